"""What people do with jobs: start, pause, resume, run now, change, stop."""

from datetime import UTC, datetime, timedelta

import pytest

from accounts.tenancy import system, tenant
from collectors import control, leases, schedule
from collectors.leases import Outcome
from collectors.models import JobExecution, MonitoringJob
from platforms.models import Entity
from tests.factories.platforms import EntityFactory

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def own(alice):
    """Alice's jobs, inside her tenancy."""
    with tenant(alice.pk):
        yield MonitoringJob.objects.for_user(alice)


def now():
    return datetime.now(UTC)


def begin(jobs):
    """Claim and start what is due; the runs."""
    with system():
        ids = [each.execution_id for each in schedule.claim(100)]
    return leases.start(ids)


def finish(run, **outcome):
    return leases.finish(run, Outcome(status=JobExecution.Status.SUCCESS, **outcome))


# --- Start -------------------------------------------------------------------------------------
def test_a_start_runs_at_once_and_then_every_interval(alice, own):
    entity = EntityFactory(owner=alice, platform="twitch")
    job, new = control.start(entity=entity, interval_minutes=15, adaptive=True)
    assert new
    assert (job.owner, job.platform, job.interval_minutes) == (alice, "twitch", 15)
    assert (job.every_seconds, job.adaptive, job.pause_reason) == (900, True, "")
    assert job.next_run_at <= now()


def test_starting_what_runs_changes_its_interval_and_nothing_else(alice, own, watch):
    (job,) = watch(alice, next_run_at=now() + 5 * MINUTE)
    again, new = control.start(entity=job.entity, interval_minutes=90)
    assert not new
    assert (again.pk, again.interval_minutes, again.every_seconds) == (job.pk, 90, 5400)
    assert again.next_run_at == job.next_run_at


def test_starting_what_is_paused_resumes_it(alice, own, watch):
    (job,) = watch(alice, next_run_at=None, pause_reason="failures", failures=10)
    again, new = control.start(entity=job.entity, interval_minutes=60)
    assert (new, again.pause_reason, again.failures) == (False, "", 0)
    assert again.next_run_at <= now()


@pytest.mark.parametrize(("slug", "minutes"), [("twitch", 14), ("youtube", 59), ("reddit", 121)])
def test_an_interval_that_the_platform_forbids_is_refused_in_a_sentence(alice, own, slug, minutes):
    entity = EntityFactory(owner=alice, platform=slug)
    with pytest.raises(control.IntervalOutOfRange, match=r"Choose \d+ to 120 minutes for \w+\."):
        control.start(entity=entity, interval_minutes=minutes)
    assert not own.exists()


# --- Pause and resume --------------------------------------------------------------------------
def test_a_pause_lasts_until_it_is_ended(alice, own, watch):
    watch(alice, 3)
    assert control.pause(own) == 3
    assert begin(own) == []
    assert control.pause(own) == 0
    assert control.resume(own) == 3
    assert len(begin(own)) == 3
    assert control.resume(own) == 0


def test_a_person_s_pause_takes_the_place_of_the_product_s(alice, own, watch):
    watch(alice, next_run_at=None, pause_reason="credential")
    assert control.pause(own) == 1
    assert own.get().pause_reason == "by_person"


def test_a_run_under_way_ends_in_peace_when_its_job_is_paused(alice, own, watch):
    watch(alice)
    (run,) = begin(own)
    control.pause(own)
    assert leases.held([run]) == {run.job_id}
    assert finish(run)
    job = own.get()
    assert (job.pause_reason, job.next_run_at, job.busy) == ("by_person", None, False)


def test_who_resumes_during_a_run_gets_no_second_one_beside_it(alice, own, watch):
    watch(alice)
    (run,) = begin(own)
    control.pause(own)
    control.resume(own)
    assert begin(own) == []
    job = own.get()
    assert (job.run_token, job.busy, job.skipped) == (run.run_token, True, 0)
    assert job.next_run_at > now() + 20 * MINUTE


def test_who_resumes_what_failed_too_often_gives_it_all_its_tries(alice, own, watch):
    watch(alice, next_run_at=None, pause_reason="failures", failures=10)
    control.resume(own)
    assert own.get().failures == 0


# --- Run now -----------------------------------------------------------------------------------
def test_running_now_writes_a_run_and_leaves_the_slots_alone(alice, own, watch):
    (job,) = watch(alice, next_run_at=now() + 40 * MINUTE)
    assert control.run_now(own) == 1
    run = JobExecution.objects.get()
    assert (run.status, run.asked_by_person, run.attempt) == ("queued", True, 1)
    (started,) = leases.start([run.pk])
    assert started.asked_by_person
    finish(started)
    after = own.get()
    assert (after.next_run_at, after.busy) == (job.next_run_at, False)
    assert after.last_success_at is not None


def test_running_now_twice_is_one_run(alice, own, watch):
    watch(alice, 2)
    assert control.run_now(own) == 2
    assert control.run_now(own) == 0
    assert JobExecution.objects.count() == 2


def test_running_now_beside_a_run_does_nothing(alice, own, watch):
    watch(alice)
    begin(own)
    assert control.run_now(own) == 0


def test_running_now_is_no_end_of_a_pause(alice, own, watch):
    watch(alice, next_run_at=None, pause_reason="by_person")
    assert control.run_now(own) == 1
    (run,) = leases.start([JobExecution.objects.get().pk])
    finish(run)
    job = own.get()
    assert (job.pause_reason, job.next_run_at) == ("by_person", None)


# --- Another interval --------------------------------------------------------------------------
def test_a_shorter_interval_begins_at_once(alice, own, watch):
    watch(alice, interval_minutes=120, entity__platform="twitch", next_run_at=now() + 110 * MINUTE)
    assert control.change_interval(own, minutes=15, adaptive=False) == 1
    job = own.get()
    assert (job.interval_minutes, job.every_seconds) == (15, 900)
    assert now() < job.next_run_at < now() + 23 * MINUTE


def test_a_longer_interval_begins_after_the_next_run(alice, own, watch):
    soon = now() + 5 * MINUTE
    watch(alice, interval_minutes=15, entity__platform="twitch", next_run_at=soon)
    control.change_interval(own, minutes=120, adaptive=False)
    assert own.get().next_run_at == soon


def test_the_same_interval_again_changes_nothing(alice, own, watch):
    watch(alice, interval_minutes=60, every_seconds=7777, next_run_at=now() + 50 * MINUTE)
    before = own.values().get()
    assert control.change_interval(own, minutes=60, adaptive=False) == 0
    assert own.values().get() == before


def test_what_is_paused_stays_paused_with_another_interval(alice, own, watch):
    watch(alice, next_run_at=None, pause_reason="by_person")
    assert control.change_interval(own, minutes=90, adaptive=True) == 1
    job = own.get()
    assert (job.next_run_at, job.adaptive) == (None, True)


def test_one_platform_that_forbids_the_interval_keeps_all_as_they_are(alice, own, watch):
    watch(alice, entity__platform="twitch")
    watch(alice, entity__platform="youtube")
    with pytest.raises(control.IntervalOutOfRange, match="60 to 120 minutes for YouTube"):
        control.change_interval(own, minutes=15, adaptive=False)
    assert set(own.values_list("interval_minutes", flat=True)) == {60}


# --- Stop --------------------------------------------------------------------------------------
def test_a_stop_deletes_jobs_and_runs_and_keeps_what_was_collected(alice, own, watch):
    watch(alice, 2)
    begin(own)
    assert control.stop(own) == 2
    assert not JobExecution.objects.exists()
    assert Entity.objects.count() == 2
    assert control.stop(own) == 0


def test_a_run_whose_job_is_stopped_stores_nothing_more(alice, own, watch):
    watch(alice)
    (run,) = begin(own)
    control.stop(own)
    assert leases.held([run]) == set()
    with pytest.raises(leases.LeaseLost):
        leases.renew([run])
    assert not finish(run)


# --- Many, and other people's ------------------------------------------------------------------
def test_a_thousand_jobs_take_a_handful_of_statements(
    alice, own, watch, django_assert_max_num_queries
):
    watch(alice, 1000, entity__platform="reddit")
    for action in (control.run_now, control.pause, control.resume, control.stop):
        with django_assert_max_num_queries(20):
            assert action(own) == 1000


@pytest.mark.parametrize("action", [control.pause, control.run_now, control.stop])
def test_another_person_s_jobs_cannot_be_reached(alice, bob, watch, action):
    (job,) = watch(bob)
    with tenant(alice.pk):
        assert action(MonitoringJob.objects.filter(pk=job.pk)) == 0
    with tenant(bob.pk):
        assert MonitoringJob.objects.get().next_run_at == job.next_run_at
        assert not JobExecution.objects.exists()
