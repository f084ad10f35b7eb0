"""What people do with jobs. Pages, API and admin all come here.

Each function is one transaction and may be called twice, twice at once, and while a run is under
way: the second call finds nothing to change. `jobs` names the rows; they are locked in the order of
their ids, so that two callers never wait for each other. Each returns how many jobs it changed.
"""

from collections.abc import Iterable, Sequence
from functools import partial
from operator import attrgetter

from django.db import connection, transaction
from django.db.models import Q
from django.db.models.functions import Now

from accounts.owned import OwnedQuerySet
from collectors.dispatch import packs
from collectors.doorbell import ring, wake_governor
from collectors.intervals import IntervalOutOfRange, demand_allowed
from collectors.models import MonitoringJob
from collectors.schedule import QUEUED_LEASE_SECONDS, Claimed, next_slot
from platforms.models import Entity

__all__ = [
    "IntervalOutOfRange", "change_interval", "pause", "resume", "run_now", "start", "start_again",
    "start_all", "stop",
]  # fmt: skip

Pause = MonitoringJob.Pause
Jobs = OwnedQuerySet[MonitoringJob]

# What failed gets all its tries anew. A run under way is the first; the next comes in its slot.
_RESUME = f"""
UPDATE monitoring_jobs
SET pause_reason = '', failures = 0, updated_at = now(),
    next_run_at = CASE WHEN busy THEN {next_slot("id", "every_seconds")} ELSE now() END
WHERE id = ANY(%(ids)s)
"""  # noqa: S608  our own expression

# A shorter interval begins at once, a longer one after the next run. NULL, a pause, stays NULL.
_CHANGE = f"""
UPDATE monitoring_jobs
SET interval_minutes = %(minutes)s, every_seconds = %(seconds)s, adaptive = %(adaptive)s,
    paced_seconds = NULL, updated_at = now(),
    next_run_at = CASE WHEN next_run_at IS NOT NULL
                       THEN least(next_run_at, {next_slot("id", "%(seconds)s")}) END
WHERE id = ANY(%(ids)s)
"""  # noqa: S608  our own expression

_RUN = """
WITH taken AS (
  UPDATE monitoring_jobs SET busy = true, run_token = run_token + 1
  WHERE id = ANY(%(ids)s)
  RETURNING id, owner_id, run_token, platform, entity_id
),
written AS (
  INSERT INTO job_executions (owner_id, job_id, run_token, due_at, status, asked_by_person,
                              queued_at, lease_until)
  SELECT owner_id, id, run_token, now(), 'queued', true, now(),
         now() + make_interval(secs => %(lease)s)
  FROM taken
  RETURNING id, job_id
)
SELECT written.id, taken.owner_id, taken.platform, e.profile_id
FROM written JOIN taken ON taken.id = written.job_id
JOIN platforms_entity e ON e.id = taken.entity_id
ORDER BY taken.owner_id, taken.platform, e.profile_id, written.id
"""


def start(
    *, entity: Entity, interval_minutes: int, adaptive: bool = False
) -> tuple[MonitoringJob, bool]:
    """Watch an entity from now on. Returns its job, and whether it is new.

    A job that is there already is resumed and takes the interval. Raises IntervalOutOfRange.
    """
    (started,) = start_all(entities=[entity], interval_minutes=interval_minutes, adaptive=adaptive)
    return started


@transaction.atomic
def start_all(
    *, entities: Sequence[Entity], interval_minutes: int, adaptive: bool
) -> list[tuple[MonitoringJob, bool]]:
    """The same for many entities, in their order."""
    demand_allowed([entity.platform for entity in entities], interval_minutes)
    in_order = sorted(entities, key=attrgetter("pk"))
    wanted = [_job(entity, interval_minutes, adaptive=adaptive) for entity in in_order]
    # In one statement: between a look and an insert others could start and stop them.
    MonitoringJob.objects.bulk_create(
        wanted, update_conflicts=True, unique_fields=["entity"], update_fields=["entity"]
    )
    moments = {job.entity_id: job.created_at for job in wanted}
    mine = MonitoringJob.objects.filter(entity__in=entities)
    before = [job.pk for job in mine if job.created_at != moments[job.entity_id]]
    own = MonitoringJob.objects.filter(pk__in=before)
    resume(own)
    change_interval(own, minutes=interval_minutes, adaptive=adaptive)
    jobs = {job.entity_id: job for job in mine.select_related("entity")}
    return [(jobs[entity.pk], jobs[entity.pk].pk not in before) for entity in entities]


@transaction.atomic
def pause(jobs: Jobs) -> int:
    """Run no more until a person says so; a run under way comes to its end."""
    ids = _locked(jobs, ~Q(pause_reason=Pause.BY_PERSON))
    return MonitoringJob.objects.filter(pk__in=ids).update(
        pause_reason=Pause.BY_PERSON, next_run_at=None, updated_at=Now()
    )


@transaction.atomic
def resume(jobs: Jobs) -> int:
    """End every pause, whatever its reason, and run at once."""
    return _execute(_RESUME, ids=_locked(jobs, ~Q(pause_reason=Pause.RUNS)))


@transaction.atomic
def run_now(jobs: Jobs) -> int:
    """Run once at once, out of turn, also while paused: slots and pauses stay as they are.

    A job of which a run is under way or waits is left alone.
    """
    ids = _locked(jobs, Q(busy=False))
    with connection.cursor() as cursor:
        cursor.execute(_RUN, {"ids": ids, "lease": QUEUED_LEASE_SECONDS})
        waiting = [Claimed(*row) for row in cursor.fetchall()]
    for pack in packs(waiting):
        transaction.on_commit(partial(ring, pack), robust=True)
    return len(waiting)


@transaction.atomic
def change_interval(jobs: Jobs, *, minutes: int, adaptive: bool) -> int:
    """Run every so many minutes. Raises IntervalOutOfRange if one of the platforms forbids it."""
    demand_allowed(jobs.order_by().values_list("platform", flat=True).distinct(), minutes)
    ids = _locked(jobs, ~Q(interval_minutes=minutes, adaptive=adaptive))
    read_with = MonitoringJob.objects.filter(pk__in=ids, entity__profile__isnull=False)
    wake_governor([*read_with.values_list("entity__profile_id", flat=True).distinct()])
    return _execute(_CHANGE, ids=ids, minutes=minutes, seconds=minutes * 60, adaptive=adaptive)


@transaction.atomic
def stop(jobs: Jobs) -> int:
    """Watch no more: the jobs and their runs are deleted, what was collected stays.

    A run under way stores nothing more.
    """
    ids = _locked(jobs, Q())
    MonitoringJob.objects.filter(pk__in=ids).delete()
    return len(ids)


def start_again(stopped: Iterable[tuple[Entity, int, bool]]) -> int:
    """Take a stop back: entity, minutes and whether they adapt, as `stop` found them.

    An entity that is watched again already keeps the job it has. Returns how many began.
    """
    jobs = [_job(entity, minutes, adaptive=adaptive) for entity, minutes, adaptive in stopped]
    with transaction.atomic():
        watched = MonitoringJob.objects.filter(entity__in=[job.entity_id for job in jobs])
        before = watched.count()
        MonitoringJob.objects.bulk_create(jobs, ignore_conflicts=True)
        return watched.count() - before


def _job(entity: Entity, minutes: int, *, adaptive: bool) -> MonitoringJob:
    return MonitoringJob(
        owner_id=entity.owner_id,
        entity=entity,
        platform=entity.platform,
        interval_minutes=minutes,
        every_seconds=minutes * 60,
        adaptive=adaptive,
    )


def _locked(jobs: Jobs, which: Q) -> list[int]:
    """Ids of those of the jobs that are so, locked until the transaction ends."""
    named = MonitoringJob.objects.filter(which, pk__in=jobs.order_by().values("pk"))
    return list(named.order_by("pk").select_for_update().values_list("pk", flat=True))


def _execute(statement: str, **values: int | list[int]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return int(cursor.rowcount)
