"""Which jobs are due: the claim.

PostgreSQL is the queue of record. One statement takes due jobs, moves each to its next slot and
writes an execution; several dispatchers may do so at once (SKIP LOCKED). The message that follows
is only a doorbell, and the sweeper rings again when it was lost.

Slots lie on a grid of their own for each job: a phase from its id (multiples of the golden ratio
fall evenly into any interval) plus whole intervals. So nothing drifts, missed slots fall into one
run, and a run out of turn ("run now", a retry) does not move the grid.

Slots that lie evenly seldom meet, and platforms are cheap for those who ask for many accounts at
once. So a job takes along those of its credential whose slots come next: up to a twentieth of their
own interval early, at most `EARLIEST_SECONDS`. Their grid stays, too.
"""

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.db import connection

# For so long a message may be under way, or wait behind others, before it is sent once more.
QUEUED_LEASE_SECONDS = 2.5 * settings.LEASE_SECONDS
EARLY, EARLIEST_SECONDS, MOST_MATES = 0.05, 300, 100  # how many are taken along, how early

GOLDEN = "0.6180339887498949::float8"


def next_slot(job_id: str, every: str, *, now: str = "now()") -> str:
    """The SQL of a job's next slot on its grid, from half to one and a half intervals ahead.

    `job_id`, `every`: SQL of its id and of its interval in seconds.
    """
    phase = f"({job_id} * {GOLDEN} - floor({job_id} * {GOLDEN})) * {every}"
    since = f"extract(epoch FROM {now}) + {every} / 2.0 - {phase}"
    return f"to_timestamp({phase} + {every} * (1 + floor(({since}) / {every})))"


# A retry has a moment of its own, which is not to be had earlier.
_SLOTS = f"(extract(epoch FROM j.next_run_at)::float8 / j.every_seconds - j.id * {GOLDEN})"
_IN_SLOT = f"abs({_SLOTS} - round({_SLOTS})) < 0.0001"

# Owners take turns: a thousand overdue jobs of one must not keep the others waiting. The recursion
# steps from owner to owner through the index (owner, next_run_at). Half an interval must lie
# between two runs, so a slot that is nearer than that is passed over.
_NOW = "coalesce(%(now)s::timestamptz, now())"
_CLAIM = """
WITH RECURSIVE owners AS (
  (SELECT j.owner_id FROM monitoring_jobs j WHERE j.next_run_at <= {now}
   ORDER BY j.owner_id LIMIT 1)
  UNION ALL
  SELECT (SELECT j.owner_id FROM monitoring_jobs j
          WHERE j.owner_id > owners.owner_id AND j.next_run_at <= {now}
          ORDER BY j.owner_id LIMIT 1)
  FROM owners WHERE owners.owner_id IS NOT NULL
),
share AS (SELECT greatest(1, %(limit)s / greatest(1, count(owner_id))) AS n FROM owners),
ripe AS (
  SELECT mine.* FROM owners CROSS JOIN LATERAL (
    SELECT j.id, j.next_run_at AS due_at, j.busy, j.every_seconds, j.owner_id, j.entity_id
    FROM monitoring_jobs j
    WHERE j.owner_id = owners.owner_id AND j.next_run_at <= {now}
    ORDER BY j.next_run_at LIMIT (SELECT n FROM share) FOR UPDATE OF j SKIP LOCKED) mine
  LIMIT %(limit)s
),
mates AS (
  SELECT near.* FROM (
    SELECT DISTINCT ripe.owner_id, e.profile_id
    FROM ripe JOIN platforms_entity e ON e.id = ripe.entity_id WHERE e.profile_id IS NOT NULL
  ) credential CROSS JOIN LATERAL (
    SELECT j.id, j.next_run_at AS due_at, j.busy, j.every_seconds
    FROM monitoring_jobs j JOIN platforms_entity e ON e.id = j.entity_id
    WHERE j.owner_id = credential.owner_id AND e.profile_id = credential.profile_id
      AND j.next_run_at > {now} AND j.next_run_at <= {now} + {earliest} * interval '1 s'
      AND j.next_run_at <= {now} + j.every_seconds * {early} * interval '1 s'
      AND NOT j.busy AND {in_slot}
    ORDER BY j.next_run_at LIMIT {most_mates} FOR UPDATE OF j SKIP LOCKED) near
),
due AS (
  SELECT id, due_at, busy, every_seconds FROM ripe
  UNION ALL SELECT id, due_at, busy, every_seconds FROM mates
),
moved AS (
  UPDATE monitoring_jobs j
  SET busy = true, run_token = j.run_token + (NOT due.busy)::int,
      skipped = j.skipped + due.busy::int,
      next_run_at = {next_slot}
  FROM due WHERE j.id = due.id
  RETURNING j.id, j.owner_id, j.run_token, j.platform, j.entity_id, due.due_at,
            due.busy AS was_busy
),
written AS (
  INSERT INTO job_executions (owner_id, job_id, run_token, due_at, status, queued_at, lease_until,
                              completed_at)
  SELECT owner_id, id, run_token, due_at, CASE WHEN was_busy THEN 'skipped' ELSE 'queued' END,
         {now}, {now} + make_interval(secs => %(lease)s),
         CASE WHEN was_busy THEN {now} END
  FROM moved
  RETURNING id, job_id, status
)
SELECT written.id, moved.owner_id, moved.platform, e.profile_id
FROM written JOIN moved ON moved.id = written.job_id
JOIN platforms_entity e ON e.id = moved.entity_id
WHERE written.status = 'queued'
ORDER BY moved.owner_id, moved.platform, e.profile_id, moved.due_at
""".format(  # noqa: S608  our own expressions
    now=_NOW, next_slot=next_slot("due.id", "due.every_seconds", now=_NOW), in_slot=_IN_SLOT,
    earliest=EARLIEST_SECONDS, early=EARLY, most_mates=MOST_MATES,
)  # fmt: skip

_RENAME = f"""
UPDATE monitoring_jobs j SET next_run_at = {_NOW}
WHERE j.next_run_at <= {_NOW}
  AND EXISTS (SELECT FROM job_executions e WHERE e.job_id = j.id AND e.due_at = j.next_run_at)
"""  # noqa: S608  our own expression


@dataclass(frozen=True, slots=True)
class Claimed:
    """An execution that waits for a worker."""

    execution_id: int
    owner_id: int
    platform: str
    profile_id: int | None


def anything_due(*, now: datetime | None = None) -> bool:
    """Whether a claim would find something; costs one look at an index."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT EXISTS (SELECT FROM monitoring_jobs "
            "WHERE next_run_at <= coalesce(%s::timestamptz, now()))",
            [now],
        )
        return bool(cursor.fetchone()[0])


def claim(limit: int, *, now: datetime | None = None) -> list[Claimed]:
    """Take up to `limit` due jobs, in turns between owners; needs the system's rights.

    `now`: the moment to believe; None is the database's own clock, the only one in production.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"limit": limit, "now": now, "lease": QUEUED_LEASE_SECONDS})
        return [Claimed(*row) for row in cursor.fetchall()]


def give_used_slots_a_new_name(*, now: datetime | None = None) -> int:
    """Move due jobs off slots that they have run in already; the number of jobs.

    A claim of such a slot would fail, and with it all others. It takes a clock that was set back.
    """
    with connection.cursor() as cursor:
        cursor.execute(_RENAME, {"now": now})
        return int(cursor.rowcount)
