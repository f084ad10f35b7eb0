"""A run that a person asks for, from the wish to the posts."""

import time
from datetime import UTC, datetime

import pytest
from celery.contrib.testing.worker import start_worker
from django.db import connection

from accounts.tenancy import acting_for, system, tenant
from collectors import control, pipeline, schedule
from collectors.models import JobExecution, MonitoringJob
from config.celery import app
from platforms import registry
from platforms.credentials.connection import terms
from platforms.models import ApiProfile
from platforms.spending import budget, ledger
from platforms.terms import Quota

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def executions(person):
    with tenant(person.pk):
        return list(JobExecution.objects.order_by("pk"))


def run_now(person):
    with acting_for(person.pk):
        return control.run_now(MonitoringJob.objects.for_user(person))


def use_up_all_but_the_reserve(person, slug):
    with tenant(person.pk):
        fingerprint = ApiProfile.objects.get().fingerprint
    for name, allowed in terms(slug).buckets.items():
        if isinstance(allowed, Quota):
            spent = allowed.per_day * (100 - budget.KEPT_PERCENT) // 100
            today = budget.day_in(datetime.now(UTC), allowed.zone)
            ledger.spent_at_least(fingerprint, name, day=today, spent=spent)


def test_a_person_may_use_what_is_kept_of_a_daily_quota(alice, follow):
    follow(alice, "youtube", 2)
    use_up_all_but_the_reserve(alice, "youtube")
    with system():
        due = [each.execution_id for each in schedule.claim(10)]
    with acting_for(alice.pk):
        pipeline.run(due)
    assert {run.status for run in executions(alice)} == {"rate_limited"}
    run_now(alice)
    asked = [run.pk for run in executions(alice) if run.asked_by_person]
    with acting_for(alice.pk):
        pipeline.run(asked)
    assert [run.status for run in executions(alice) if run.asked_by_person] == ["success"] * 2


def test_a_worker_hears_the_bell_and_stores_posts(alice, follow):
    follow(alice, "twitch", 2)
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge("collect.twitch")
    connection.close_pool()  # threads of other tests may still hold its connections
    with start_worker(app, pool="solo", queues=["collect.twitch"], perform_ping_check=False):
        assert run_now(alice) == 2
        for _ in range(100):
            if {run.status for run in executions(alice)} == {"success"}:
                break
            time.sleep(0.1)
    assert {run.status for run in executions(alice)} == {"success"}
    with tenant(alice.pk):
        assert registry.get("twitch").content.objects.exists()
