"""A run from claim to closed, against the simulated platforms over HTTP."""

from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from accounts.tenancy import acting_for, system, tenant
from collectors import leases, pipeline, schedule, sweeper
from collectors.models import JobExecution, MonitoringJob
from platforms import registry
from platforms.models import Entity

PLATFORMS = ["twitch", "twitter", "youtube", "reddit"]
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def claim():
    with system():
        return [each.execution_id for each in schedule.claim(100)]


def run(person, ids=None):
    with acting_for(person.pk):
        pipeline.run(claim() if ids is None else ids)


def again(person):
    """Make the jobs due, and run them."""
    with system():
        MonitoringJob.objects.update(next_run_at="2026-01-01T00:00Z")
    run(person)


def executions(person):
    with tenant(person.pk):
        return list(JobExecution.objects.order_by("pk"))


def items(person, slug):
    with tenant(person.pk):
        return list(registry.get(slug).content.objects.order_by("pk").values())


@pytest.mark.parametrize("slug", PLATFORMS)
def test_what_accounts_publish_is_stored_and_the_runs_say_how_much(alice, follow, slug):
    follow(alice, slug)
    run(alice)
    runs = executions(alice)
    assert [each.status for each in runs] == ["success"] * 3
    assert sum(each.created for each in runs) >= len(items(alice, slug)) > 0
    assert all(each.calls > 0 for each in runs)


@pytest.mark.parametrize("slug", PLATFORMS)
def test_the_same_message_twice_changes_nothing(alice, follow, slug):
    follow(alice, slug)
    ids = claim()
    run(alice, ids)
    before = (items(alice, slug), [vars(each) for each in executions(alice)])
    run(alice, ids)
    after = (items(alice, slug), [vars(each) for each in executions(alice)])
    for old, new in zip(before[1], after[1], strict=True):
        old.pop("_state"), new.pop("_state")
    assert before == after


@pytest.mark.parametrize("slug", PLATFORMS)
def test_a_second_run_finds_what_is_new(alice, follow, world, slug):
    follow(alice, slug)
    run(alice)
    first = len(items(alice, slug))
    world.advance(timedelta(days=2))
    again(alice)
    assert {each.status for each in executions(alice)} == {"success"}
    assert len(items(alice, slug)) >= first


def test_a_limit_puts_the_runs_off(alice, follow, board):
    jobs = follow(alice, "twitch")
    board.faults.order(platform="twitch", kind="429", times=5)
    run(alice)
    assert {each.status for each in executions(alice)} == {"rate_limited"}
    with tenant(alice.pk):
        job = MonitoringJob.objects.get(pk=jobs[0].pk)
    assert not job.busy
    assert job.failures == 0


def test_an_unreachable_platform_is_a_failure_and_the_next_try_comes_later(alice, follow, board):
    follow(alice, "youtube")
    board.faults.order(platform="youtube", kind="500", times=50)
    run(alice)
    assert {(each.status, each.error_code) for each in executions(alice)} == {
        ("failed", "unavailable")
    }
    with tenant(alice.pk):
        assert set(MonitoringJob.objects.values_list("failures", flat=True)) == {1}


def test_without_a_credential_the_job_waits_for_one(alice, watch):
    watch(alice)
    run(alice)
    with tenant(alice.pk):
        job = MonitoringJob.objects.get()
    assert (job.pause_reason, job.next_run_at) == ("no_credential", None)


def test_each_is_read_with_the_credential_it_has_when_its_run_begins(alice, follow):
    jobs = follow(alice, "youtube")
    ids = claim()
    with tenant(alice.pk):
        Entity.objects.filter(pk=jobs[0].entity_id).update(profile=None)
    run(alice, ids)
    assert [each.status for each in executions(alice)] == ["failed", "success", "success"]


def test_a_worker_that_was_thought_dead_stores_nothing(alice, follow, monkeypatch):
    follow(alice, "reddit")
    ids = claim()
    with acting_for(alice.pk):
        pack = pipeline._begin(ids)
        with system():
            MonitoringJob.objects.update(run_token=99)
        with pytest.raises(leases.LeaseLost):
            pipeline._collect(pack)
    assert items(alice, "reddit") == []


def test_what_a_worker_wants_to_write_too_late_is_refused_and_counted(alice, follow):
    follow(alice, "reddit")
    with acting_for(alice.pk):
        pack = pipeline._begin(claim())
        with system():
            JobExecution.objects.update(lease_until="2026-01-01T00:00Z")
            sweeper.bury()
        pipeline._finish(pack)
    lost, again = executions(alice)[:3], executions(alice)[3:]
    assert [(each.status, each.refused) for each in lost] == [("lost", 1)] * 3
    assert [(each.status, each.refused) for each in again] == [("queued", 0)] * 3


@pytest.mark.parametrize("hours", [2, -2])
def test_what_a_worker_s_wrong_clock_says_is_stored_nowhere(alice, follow, hours):
    began = datetime.now(UTC)
    jobs, ids = follow(alice, "twitch"), claim()
    with time_machine.travel(began + timedelta(hours=hours)):
        run(alice, ids)
    with tenant(alice.pk):
        entity = Entity.objects.get(pk=jobs[0].entity_id)
    stamps = [entity.checked_at, *map(datetime.fromisoformat, entity.read_at.values())]
    assert began < min(stamps) <= max(stamps) < datetime.now(UTC)
