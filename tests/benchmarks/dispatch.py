"""Dispatch: 100,000 overdue jobs, a simulated day of them, and beside it one PeriodicTask per job.

The simulated day runs the product's own claim second by second with the clock as its argument;
every run is closed a few seconds later, as a worker would. Starts are counted in the second in
which they are claimed; the time that the claim itself takes counts as lateness.
"""

import statistics
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

from django.db import connection, connections

from accounts.models import User
from accounts.tenancy import system
from collectors import schedule
from collectors.dispatch import packs
from tests.benchmarks.periodic_tasks import cpu_and_pace
from tests.benchmarks.report import Report, cpu_seconds

JOBS, OWNERS = 100_000, 50
BEGIN = datetime(2026, 11, 24, tzinfo=UTC)
SECOND, WARM, DAY = timedelta(seconds=1), timedelta(hours=3), timedelta(hours=24)
RUN = timedelta(seconds=6)  # how long a worker takes


def run(scale):
    jobs = int(JOBS * scale)
    populate(jobs)
    seconds, ids, cpu = claim_all(jobs)
    idle = idle_tick_ms()
    late, starts, drift = simulated_day()
    beat, pace = cpu_and_pace(jobs)
    ratios = {
        "claim_100k_s": seconds / scale,
        "duplicates": len(ids) - len(set(ids)),
        "idle_tick_ms": idle,
        "lateness_p99_s": percentile(late, 99),
        "cpu_to_celery_beat": beat / cpu,
    }
    figures = {
        "jobs": jobs,
        "claimed": len(ids),
        "day_runs": sum(starts),
        "lateness_max_s": max(late),
        "starts_a_second_mean": statistics.mean(starts),
        "starts_a_second_max_to_mean": max(starts) / statistics.mean(starts),
        "drift_max_s": drift,
        "cpu_ms_a_job": cpu * 1000,
        "celery_beat_cpu_ms_a_task": beat * 1000,
        "celery_beat_starts_a_second": pace,
    }
    met = (
        len(ids) == len(set(ids)) == jobs
        and ratios["claim_100k_s"] <= 10
        and idle <= 2
        and ratios["lateness_p99_s"] <= 10
        and figures["starts_a_second_max_to_mean"] <= 2
        and drift == 0
        and ratios["cpu_to_celery_beat"] >= 10
    )
    return Report("dispatch", figures, ratios, met)


def populate(jobs):
    """Jobs at 15 to 120 minutes, all overdue since the last minute before BEGIN."""
    with system():
        owners = [User.objects.create(email=f"d{n}@example.org").pk for n in range(OWNERS)]
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO platforms_entity (owner_id, platform, external_id, handle, title,"
                " state, audience_hidden, read_at, created_at, updated_at)"
                " SELECT (%s::bigint[])[1 + n %% %s], 'twitch', 'd' || n, 'd' || n, '', 'active',"
                " false, '{}', now(), now() FROM generate_series(1, %s) n",
                [owners, OWNERS, jobs],
            )
            cursor.execute(
                "INSERT INTO monitoring_jobs (owner_id, entity_id, platform, interval_minutes,"
                " every_seconds, adaptive, next_run_at, pause_reason, run_token, busy, failures,"
                " skipped, created_at, updated_at)"
                " SELECT owner_id, id, platform, m, m * 60, false,"
                " %s - random() * interval '1 min', '', 0, false, 0, 0, now(), now()"
                " FROM (SELECT *, 15 + (id * 7919) %% 106 AS m FROM platforms_entity) e",
                [BEGIN],
            )
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def claim_all(jobs):
    """Two dispatchers take all; seconds, execution ids, CPU seconds a job."""

    def take(_):
        taken = []
        while claimed := claim(1000, BEGIN):
            taken += [each.execution_id for pack in packs(claimed) for each in pack]
        connection.close()
        return taken

    began, cpu = time.perf_counter(), cpu_seconds()
    with ThreadPoolExecutor(2) as dispatchers:
        ids = [i for taken in dispatchers.map(take, range(2)) for i in taken]
    return time.perf_counter() - began, ids, (cpu_seconds() - cpu) / jobs


def claim(limit, now):
    with system():
        return schedule.claim(limit, now=now)


def idle_tick_ms():
    """The middle one of many looks when nothing is due."""
    times = []
    for _ in range(200):
        began = time.perf_counter()
        with system():
            schedule.anything_due(now=BEGIN - timedelta(days=1))
        times.append((time.perf_counter() - began) * 1000)
    return statistics.median(times)


def simulated_day():
    """Lateness of each run, starts of each second, and the largest departure from the grid."""
    close(BEGIN)
    begin = BEGIN + WARM
    # The first intervals only spread what was overdue all at once.
    list(runs(BEGIN, begin))
    grid, late, starts = slots(), [], Counter()
    for claimed, due, took in runs(begin, begin + DAY):
        late.append((claimed - due).total_seconds() + took)
        starts[claimed] += 1
    seconds = int(DAY.total_seconds())
    return late, [*starts.values(), *[0] * (seconds - len(starts))], drift(grid, slots())


def runs(begin, end):
    """Each run of that time: when it was claimed, when it was due, the seconds its claim took."""
    took, moment = {}, begin
    while moment < end:
        with system():  # a minute of the clock in one transaction
            minute = [moment + n * SECOND for n in range(1, 61)]
            closed = [run for now in minute for run in second(now, took)]
        moment = minute[-1]
        yield from ((claimed, due, took[claimed]) for claimed, due in closed)
    yield from ((claimed, due, took[claimed]) for claimed, due in close(end))


def second(now, took):
    """Claim what is due, as the dispatch does, and now and then close what has run."""
    began = time.perf_counter()
    while schedule.anything_due(now=now):
        schedule.claim(1000, now=now)
    took[now] = time.perf_counter() - began
    return close(now - RUN) if now.second % RUN.seconds == 0 else []


def close(before):
    """Close what was claimed until then, and forget it: a day of runs would fill the disk."""
    with system(), connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM job_executions WHERE queued_at <= %s"
            "  RETURNING job_id, queued_at, due_at),"
            " freed AS (UPDATE monitoring_jobs j SET busy = false FROM gone WHERE id = gone.job_id)"
            " SELECT queued_at, due_at FROM gone",
            [before],
        )
        return cursor.fetchall()


def slots():
    with system(), connection.cursor() as cursor:
        cursor.execute("SELECT id, every_seconds, next_run_at FROM monitoring_jobs")
        return {job: (every, at.timestamp() % every) for job, every, at in cursor.fetchall()}


def drift(before, after):
    """Largest change of a job's phase, in seconds, to the millisecond."""
    return max(round(abs(before[job][1] - after[job][1]), 3) for job in before)


def percentile(values, which):
    return sorted(values)[int(len(values) * which / 100)]
