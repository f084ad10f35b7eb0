"""A run is started once, kept alive, and closed once; a worker thought dead is refused."""

from datetime import timedelta

import pytest

from accounts.tenancy import system
from collectors import leases, schedule, sweeper
from collectors.leases import LeaseLost, Outcome
from collectors.models import JobExecution, MonitoringJob

Status, Pause = JobExecution.Status, MonitoringJob.Pause
SUCCESS = Outcome(status=Status.SUCCESS, created=3, changed=2, unchanged=1, calls=0.5, units=1)


@pytest.fixture
def claimed(alice, watch):
    """The ids of three waiting executions of alice."""
    watch(alice, 3)
    with system():
        yield [each.execution_id for each in schedule.claim(10)]


def job(run):
    return MonitoringJob.objects.get(pk=run.job_id)


def expire():
    JobExecution.objects.filter(lease_until__isnull=False).update(
        lease_until=JobExecution.objects.first().queued_at - timedelta(seconds=1)
    )


def test_a_message_that_comes_twice_starts_nothing_twice(claimed):
    assert len(leases.start(claimed)) == 3
    assert leases.start(claimed) == []


def test_a_finished_run_says_what_it_did_and_frees_its_job(claimed):
    run = leases.start(claimed)[0]
    assert leases.finish(run, SUCCESS)
    execution = JobExecution.objects.get(pk=run.execution_id)
    assert (execution.status, execution.created, execution.calls) == ("success", 3, 0.5)
    assert execution.completed_at is not None
    assert not job(run).busy
    assert job(run).last_success_at is not None


def test_a_run_is_closed_once(claimed):
    run = leases.start(claimed)[0]
    assert leases.finish(run, SUCCESS)
    assert not leases.finish(run, Outcome(status=Status.FAILED, failed=True))
    assert job(run).failures == 0


def test_failures_add_up_and_a_success_forgets_them(claimed):
    first, second, _ = leases.start(claimed)
    MonitoringJob.objects.filter(pk=second.job_id).update(failures=4)
    leases.finish(first, Outcome(status=Status.FAILED, failed=True, retry_in=600))
    leases.finish(second, SUCCESS)
    assert (job(first).failures, job(second).failures) == (1, 0)


def test_a_limit_puts_the_job_off_and_is_no_failure(claimed):
    run = leases.start(claimed)[0]
    leases.finish(run, Outcome(status=Status.RATE_LIMITED, retry_in=90, error_code="rate_limited"))
    execution = JobExecution.objects.get(pk=run.execution_id)
    assert job(run).next_run_at - execution.completed_at == timedelta(seconds=90)
    assert job(run).failures == 0


def test_a_refused_credential_pauses_the_job(claimed):
    run = leases.start(claimed)[0]
    leases.finish(run, Outcome(status=Status.FAILED, pause=Pause.CREDENTIAL))
    assert job(run).next_run_at is None
    assert job(run).pause_reason == Pause.CREDENTIAL


def test_a_person_who_paused_it_meanwhile_has_the_last_word(claimed):
    run = leases.start(claimed)[0]
    MonitoringJob.objects.filter(pk=run.job_id).update(
        next_run_at=None, pause_reason=Pause.BY_PERSON
    )
    leases.finish(run, Outcome(status=Status.FAILED, retry_in=60, pause=Pause.CREDENTIAL))
    assert job(run).pause_reason == Pause.BY_PERSON
    assert job(run).next_run_at is None


def test_only_the_holder_of_the_token_may_write(claimed):
    runs = leases.start(claimed)
    assert leases.held(runs) == {run.job_id for run in runs}
    MonitoringJob.objects.filter(pk=runs[0].job_id).update(run_token=9)
    assert leases.held(runs) == {run.job_id for run in runs[1:]}
    leases.finish(runs[1], SUCCESS)
    assert leases.held(runs) == {runs[2].job_id}


def test_a_dead_worker_s_run_is_lost_and_begun_again(claimed):
    runs = leases.start(claimed)
    expire()
    sweeper.bury()
    assert set(JobExecution.objects.filter(attempt=1).values_list("status", flat=True)) == {"lost"}
    again = leases.start([each.execution_id for each in sweeper.unheard(10)])
    assert {run.slot for run in again} == {run.slot for run in runs}
    assert all(new.run_token == old.run_token + 1 for new, old in zip(again, runs, strict=True))


def test_a_dead_worker_that_wakes_up_is_refused(claimed):
    runs = leases.start(claimed)
    leases.renew(runs)
    expire()
    sweeper.bury()
    with pytest.raises(LeaseLost):
        leases.renew(runs)
    assert leases.held(runs) == set()
    assert not leases.finish(runs[0], SUCCESS)
    assert job(runs[0]).busy, "the new run still waits"


def test_a_job_that_kills_its_worker_again_and_again_is_given_up(claimed):
    run = None
    for _ in range(sweeper.MOST_ATTEMPTS):
        run = leases.start([e.pk for e in JobExecution.objects.filter(status="queued")])[0]
        expire()
        sweeper.bury()
    assert not JobExecution.objects.filter(status__in=JobExecution.OPEN).exists()
    assert JobExecution.objects.filter(error_code="poison", status="failed").count() == 3
    assert (job(run).busy, job(run).failures) == (False, 1)


def test_sweeping_twice_changes_nothing_more(claimed):
    leases.start(claimed)
    expire()
    sweeper.bury()
    before = list(JobExecution.objects.order_by("pk").values())
    sweeper.bury()
    assert list(JobExecution.objects.order_by("pk").values()) == before


def test_a_lost_message_is_sent_again_once_its_time_is_over(claimed):
    assert sweeper.unheard(10) == []
    expire()
    assert {each.execution_id for each in sweeper.unheard(10)} == set(claimed)
    assert sweeper.unheard(10) == []


@pytest.mark.parametrize(("failures", "minutes"), [(0, 60), (1, 120), (3, 480), (9, 24 * 60)])
def test_tries_come_rarer_with_every_failure_up_to_a_day(failures, minutes):
    hour = timedelta(hours=1)
    waits = [leases.back_off(every=hour, failures=failures, jitter=j) for j in (0, 0.5, 1)]
    assert waits == pytest.approx([minutes * 60 * share for share in (0.9, 1.0, 1.1)])
