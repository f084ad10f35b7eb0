"""Due jobs are taken once, in turns, and come back in their own rhythm."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies

from accounts.tenancy import system
from collectors import schedule
from collectors.models import JobExecution, MonitoringJob

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)


def claim(limit=1000, now=None):
    with system():
        return schedule.claim(limit, now=now)


def jobs():
    with system():
        return list(MonitoringJob.objects.order_by("pk"))


def executions():
    with system():
        return list(JobExecution.objects.order_by("pk"))


def test_a_due_job_gets_one_execution_and_its_next_slot(alice, watch):
    watch(alice)
    (claimed,) = claim()
    (execution,) = executions()
    (job,) = jobs()
    assert claimed.execution_id == execution.pk
    assert execution.status == "queued"
    assert execution.run_token == job.run_token == 1
    assert job.busy
    wait = job.next_run_at - datetime.now(UTC)
    assert timedelta(minutes=30) <= wait <= timedelta(minutes=90)


def test_a_job_that_is_not_due_or_paused_stays(alice, watch):
    watch(alice, next_run_at=datetime.now(UTC) + timedelta(minutes=1))
    watch(alice, next_run_at=None, pause_reason="by_person")
    assert claim() == []
    with system():
        assert not schedule.anything_due()


def test_slots_that_were_missed_fall_into_one_run(alice, watch):
    watch(alice, next_run_at=datetime.now(UTC) - timedelta(days=3))
    assert len(claim()) == 1
    assert claim() == []


def test_a_slot_that_meets_a_run_under_way_is_skipped_and_the_run_keeps_its_token(alice, watch):
    watch(alice)
    claim()
    with system():
        MonitoringJob.objects.update(next_run_at=datetime.now(UTC) - timedelta(minutes=1))
    assert claim() == []
    (job,) = jobs()
    assert [execution.status for execution in executions()] == ["queued", "skipped"]
    assert (job.run_token, job.skipped, job.busy) == (1, 1, True)


def test_owners_take_turns(alice, bob, watch):
    watch(alice, 20, next_run_at=datetime.now(UTC) - timedelta(hours=5))
    watch(bob, 3)
    owners = [claimed.owner_id for claimed in claim(limit=6)]
    assert owners.count(alice.pk) == owners.count(bob.pk) == 3


def test_what_one_owner_does_not_need_the_others_get_in_the_next_claim(alice, bob, watch):
    watch(alice, 5)
    watch(bob, 1)
    assert len(claim(limit=4)) + len(claim(limit=4)) == 6


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_two_dispatchers_never_take_the_same_job(alice, bob, watch):
    watch(alice, 60)
    watch(bob, 60)

    def take(_):
        try:
            return [claimed.execution_id for _ in range(8) for claimed in claim(limit=10)]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as dispatchers:
        taken = [i for ids in dispatchers.map(take, range(2)) for i in ids]
    taken += [claimed.execution_id for claimed in claim()]
    assert len(taken) == len(set(taken)) == 120
    assert len(executions()) == 120


@pytest.mark.django_db
def test_nothing_drifts_over_many_runs(alice, watch):
    watch(alice, interval_minutes=15, next_run_at=NOW)
    moment, slots = NOW, []
    for lateness in range(96):
        claim(now=moment)
        with system():
            MonitoringJob.objects.update(busy=False)
            JobExecution.objects.update(status="success")
        slots.append(jobs()[0].next_run_at)
        moment = slots[-1] + timedelta(seconds=lateness % 7)
    gaps = {later - earlier for earlier, later in pairwise(slots)}
    assert gaps == {timedelta(minutes=15)}


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    every=strategies.sampled_from([900, 1800, 3600, 7200]),
    late=strategies.integers(0, 40_000),
)
@pytest.mark.django_db
def test_the_next_slot_is_ahead_by_half_to_one_and_a_half_intervals(alice, watch, every, late):
    with system():
        MonitoringJob.objects.all().delete()
    watch(alice, every_seconds=every, next_run_at=NOW)
    now = NOW + timedelta(seconds=late)
    claim(now=now)
    ahead = (jobs()[0].next_run_at - now).total_seconds()
    assert every / 2 - 1 <= ahead <= every * 1.5 + 1


@pytest.mark.django_db
def test_slots_of_many_jobs_are_spread_over_the_interval(alice, watch):
    watch(alice, 60, interval_minutes=60, next_run_at=NOW)
    claim(now=NOW)
    slots = sorted(job.next_run_at for job in jobs())
    # An even spread is one a minute; multiples of the golden ratio stay under thrice that.
    assert max(later - earlier for earlier, later in pairwise(slots)) < timedelta(minutes=3)


# --- What is read together -----------------------------------------------------------------------
def in_their_slots(count, minutes=60):
    """Let jobs wait for the slots of their own grids; their moments, the nearest first."""
    with system():
        for job in MonitoringJob.objects.order_by("pk")[:count]:
            every = minutes * 60
            phase = job.pk * 0.6180339887498949 % 1 * every
            slot = (NOW.timestamp() - phase) // every * every + every + phase
            job.next_run_at = datetime.fromtimestamp(slot, UTC)
            job.save()
        return sorted(MonitoringJob.objects.values_list("next_run_at", flat=True))


def test_a_job_takes_along_those_of_its_credential_that_come_next(alice, keys):
    keys(alice, "youtube", 60)
    slots = in_their_slots(60)
    near = [slot for slot in slots if slot <= slots[0] + timedelta(minutes=3)]
    assert len(near) > 2
    claimed = claim(now=slots[0])
    assert len(claimed) == len(near)
    assert sorted(each.due_at for each in executions()) == near


def test_who_was_taken_along_keeps_his_grid_and_skips_no_turn(alice, keys):
    keys(alice, "youtube", 30)
    slots = in_their_slots(30)
    grid = {job.pk: job.next_run_at.timestamp() % 3600 for job in jobs()}
    moment, runs = slots[0], 0
    while moment < slots[0] + timedelta(hours=6):
        runs += len(claim(now=moment))
        with system():
            MonitoringJob.objects.update(busy=False)
            JobExecution.objects.update(status="success")
        moment += timedelta(minutes=1)
    assert 30 * 6 <= runs <= 30 * 7
    for job in jobs():
        assert job.next_run_at.timestamp() % 3600 == pytest.approx(grid[job.pk], abs=0.001)
        due = sorted(each.due_at for each in executions() if each.job_id == job.pk)
        gaps = [(later - first).total_seconds() for first, later in pairwise(due)]
        assert gaps == pytest.approx([3600] * len(gaps), abs=0.001)


def test_nobody_takes_along_other_credentials_retries_or_who_is_busy(alice, bob, keys):
    keys(alice, "youtube", 30)
    first = in_their_slots(30)[0]
    with system():
        rest = MonitoringJob.objects.exclude(next_run_at=first)
        soon = first + timedelta(seconds=40)  # no slot of theirs
        rest.filter(pk__in=rest.order_by("pk").values("pk")[:15]).update(next_run_at=soon)
        rest.exclude(next_run_at=soon).update(busy=True)
    for person in (alice, bob):
        keys(person, "youtube", 5, number=7)
    with system():
        others = MonitoringJob.objects.order_by("-pk").values("pk")[:10]
        near = first + timedelta(seconds=20)
        MonitoringJob.objects.filter(pk__in=others).update(next_run_at=near)
    assert len(claim(now=first)) == 1
