"""What is due is rung for in packs that can be read together, while there is room."""

import pytest
from django.contrib.postgres.functions import TransactionNow as Now

from accounts.tenancy import system, tenant
from collectors import dispatch
from collectors.models import JobExecution, MonitoringJob
from tests.factories.collectors import JobFactory
from tests.factories.platforms import ProfileFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def rung():
    return []


def what_travels(pack):
    return {(each.owner_id, each.platform, each.profile_id) for each in pack}


def test_each_owner_platform_and_credential_has_packs_of_its_own(alice, bob, watch, rung):
    for person in (alice, bob):
        watch(person, 3)
        watch(person, 2, entity__platform="reddit")
        with tenant(person.pk):
            key = ProfileFactory(owner=person)
            for _ in range(2):
                JobFactory(entity__owner=person, entity__profile=key)
    assert dispatch.drain(rung.append) == 14
    assert len(rung) == 6
    assert all(len(what_travels(pack)) == 1 for pack in rung)


def test_a_long_pack_is_cut(alice, watch, rung):
    watch(alice, dispatch.PACK + 1)
    dispatch.drain(rung.append)
    assert sorted(map(len, rung)) == [1, dispatch.PACK]


def test_nothing_more_is_claimed_while_the_queue_is_full(alice, watch, rung, monkeypatch):
    monkeypatch.setattr(dispatch, "DEEPEST_QUEUE", 3)
    watch(alice, 5)
    assert dispatch.drain(rung.append) == 3
    assert dispatch.drain(rung.append) == 0
    with system():
        JobExecution.objects.update(status="success")
        MonitoringJob.objects.update(busy=False)
    assert dispatch.drain(rung.append) == 2


def test_what_nobody_heard_is_rung_for_again(alice, watch, rung):
    watch(alice, 2)
    dispatch.drain(lambda _pack: None)
    with system():
        JobExecution.objects.update(lease_until="2026-01-01T00:00Z")
    dispatch.sweep(rung.append)
    assert [len(pack) for pack in rung] == [2]


def test_a_slot_that_comes_a_second_time_holds_up_nobody(alice, watch, rung):
    (job, other), slot = watch(alice, 2), "2026-01-01T00:00Z"
    with system():
        MonitoringJob.objects.filter(pk=job.pk).update(next_run_at=slot)
    assert dispatch.drain(rung.append) == 2
    with system():  # as after a clock was set back
        JobExecution.objects.update(status="success")
        MonitoringJob.objects.filter(pk=job.pk).update(next_run_at=slot, busy=False)
        MonitoringJob.objects.filter(pk=other.pk).update(next_run_at=Now(), busy=False)
    assert dispatch.drain(rung.append) == 2
