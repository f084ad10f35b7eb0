"""The life of a run: started once, kept alive, closed once.

Every step is one compare-and-set, by the database's clock. A worker that was paused, cut off or
thought dead finds that the row is no longer its own, and its writes are refused.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection

from collectors.models import JobExecution, MonitoringJob
from platforms.loads import DAY

LEASE_SECONDS: float = settings.LEASE_SECONDS
RENEW_SECONDS = LEASE_SECONDS / 3

Status = JobExecution.Status
Pause = MonitoringJob.Pause


class LeaseLost(Exception):
    """Somebody else has taken over; stop, and write nothing more."""


@dataclass(frozen=True, slots=True)
class Run:
    """An execution that this worker has started.

    `slot`: the moment its figures are stored for. `began`: when it was started, by the database's
    clock; whatever the clock of this machine says, it is the present of what the run stores.
    """

    execution_id: int
    job_id: int
    run_token: int
    entity_id: int
    slot: datetime
    began: datetime
    asked_by_person: bool = False


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run ended, and what becomes of its job.

    `retry_in`: seconds until the next try, None for the next slot. `pause`: stops the job.
    `failed`: counts towards the back-off.
    """

    status: JobExecution.Status
    error_code: str = ""
    error_text: str = ""
    created: int = 0
    changed: int = 0
    unchanged: int = 0
    calls: float = 0
    units: float = 0
    microdollars: int = 0
    retry_in: float | None = None
    pause: MonitoringJob.Pause = Pause.RUNS
    failed: bool = False


_START = """
UPDATE job_executions e
SET status = 'running', started_at = now(), lease_until = now() + make_interval(secs => %(lease)s)
FROM monitoring_jobs j
WHERE e.id = ANY(%(ids)s) AND e.status = 'queued' AND j.id = e.job_id AND j.run_token = e.run_token
RETURNING e.id, e.job_id, e.run_token, j.entity_id, e.due_at, e.started_at,
          e.asked_by_person
"""

_RENEW = """
UPDATE job_executions SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = ANY(%(ids)s) AND status = 'running'
RETURNING id
"""

# In order, so that two workers never wait for each other.
_FENCE = """
SELECT j.id FROM monitoring_jobs j
JOIN unnest(%s::bigint[], %s::bigint[]) AS held(job_id, run_token)
  ON j.id = held.job_id AND j.run_token = held.run_token
JOIN job_executions e ON e.job_id = j.id AND e.run_token = j.run_token AND e.status = 'running'
ORDER BY j.id FOR UPDATE OF j
"""

_CLOSE = """
UPDATE job_executions
SET status = %(status)s, completed_at = now(), lease_until = NULL,
    error_code = %(error_code)s, error_text = left(%(error_text)s, 500),
    created = %(created)s, changed = %(changed)s, unchanged = %(unchanged)s,
    calls = %(calls)s, units = %(units)s, microdollars = %(microdollars)s
WHERE id = %(execution_id)s AND status = 'running'
RETURNING job_id, run_token
"""

# A person who paused the job meanwhile has the last word, and so has one who asked for a run now.
_RELEASE = """
UPDATE monitoring_jobs j
SET busy = false,
    failures = CASE WHEN %(failed)s THEN least(j.failures + 1, 1000)
                    WHEN %(succeeded)s THEN 0 ELSE j.failures END,
    last_success_at = CASE WHEN %(succeeded)s THEN now() ELSE j.last_success_at END,
    pause_reason = CASE WHEN j.pause_reason <> '' THEN j.pause_reason ELSE %(pause)s END,
    next_run_at = CASE WHEN j.pause_reason <> '' OR %(pause)s <> '' THEN NULL
                       WHEN %(retry_in)s::float8 IS NULL THEN j.next_run_at
                       ELSE now() + %(retry_in)s::float8 * interval '1 s' END
WHERE j.id = %(job_id)s AND j.run_token = %(run_token)s
"""


_REFUSE = "UPDATE job_executions SET refused = refused + 1 WHERE id = ANY(%s)"


def start(execution_ids: Sequence[int]) -> list[Run]:
    """Begin the executions that still wait; a message that came twice begins nothing."""
    with connection.cursor() as cursor:
        cursor.execute(_START, {"ids": list(execution_ids), "lease": LEASE_SECONDS})
        return [Run(*row) for row in cursor.fetchall()]


def renew(runs: Iterable[Run]) -> None:
    """Say that this worker lives. Raises LeaseLost if none of the runs is its own any more."""
    with connection.cursor() as cursor:
        cursor.execute(_RENEW, {"ids": [run.execution_id for run in runs], "lease": LEASE_SECONDS})
        if not cursor.fetchall():
            raise LeaseLost("No run of this worker is open any more.")


def held(runs: Sequence[Run]) -> set[int]:
    """Lock the jobs whose run is still this worker's, until the transaction ends; their ids."""
    with connection.cursor() as cursor:
        cursor.execute(_FENCE, [[run.job_id for run in runs], [run.run_token for run in runs]])
        return {job_id for (job_id,) in cursor.fetchall()}


def finish(run: Run, outcome: Outcome) -> bool:
    """Close a run and release its job; False if it was closed already."""
    with connection.cursor() as cursor:
        cursor.execute(_CLOSE, vars(outcome) | {"execution_id": run.execution_id})
        closed = cursor.fetchone()
        if closed:
            cursor.execute(_RELEASE, _release(run, outcome))
    return closed is not None


def refuse(execution_ids: Sequence[int]) -> None:
    """Count writes that came too late: another worker had taken over, and nothing was stored."""
    with connection.cursor() as cursor:
        cursor.execute(_REFUSE, [list(execution_ids)])


def _release(run: Run, outcome: Outcome) -> dict[str, int | float | str | None]:
    return {
        "job_id": run.job_id,
        "run_token": run.run_token,
        "failed": outcome.failed,
        "succeeded": outcome.status in {Status.SUCCESS, Status.PARTIAL},
        "pause": outcome.pause,
        "retry_in": outcome.retry_in,
    }


def back_off(*, every: timedelta, failures: int, jitter: float) -> float:
    """Seconds until the next try after so many failures in a row; at most a day.

    `jitter`: 0 to 1, spreads the tries by 10 % up and down.
    """
    seconds = min(every.total_seconds() * 2.0 ** min(failures, 20), DAY)
    return seconds * (0.9 + 0.2 * jitter)
