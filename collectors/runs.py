"""Runs as their owner reads them: the history of all, the last ones of a few, and one whole."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import F

from accounts.models import User
from accounts.owned import OwnedQuerySet
from collectors.models import JobExecution
from collectors.signs import RUNS, Advice, Sign, advice
from platforms import keyset, registry
from platforms.contract import Platform
from platforms.models import Entity
from platforms.watched import words_of

Status = JobExecution.Status
Runs = OwnedQuerySet[JobExecution]

ROWS = 50  # of a page
RANGES = {"1": "24 h", "7": "7 d", "30": "30 d", "90": "90 d"}  # days -> words
NEW_POSTS = 10  # shown with a run
# A slot that met a run under way is counted at its job; it says nothing about the source.
_LAST = """
SELECT run.* FROM unnest(%s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
  SELECT e.* FROM job_executions e WHERE e.job_id = wanted.id AND e.status <> 'skipped'
  ORDER BY e.due_at DESC, e.attempt DESC LIMIT %s) run
"""


@dataclass(frozen=True, slots=True)
class Recent:
    """The last runs of one job, newest first. `open`: the one that is under way or waits."""

    open: JobExecution | None = None
    closed: Sequence[JobExecution] = ()

    @property
    def last(self) -> JobExecution | None:
        """The one that ended last."""
        return self.closed[0] if self.closed else None


def recent(job_ids: Sequence[int], *, closed: int) -> Mapping[int, Recent]:
    """The last runs of these jobs, with one query however long their history is."""
    found: dict[int, list[JobExecution]] = defaultdict(list)
    for run in JobExecution.objects.raw(_LAST, [list(job_ids), closed + 1]):
        found[run.job_id].append(run)
    return {job_id: _recent(runs, closed) for job_id, runs in found.items()}


def _recent(runs: Sequence[JobExecution], closed: int) -> Recent:
    done = [run for run in runs if run.status not in JobExecution.OPEN]
    is_open = (run for run in runs if run.status in JobExecution.OPEN)
    return Recent(next(is_open, None), done[:closed])


# --- One run in a list -------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Line:
    """A run in a table."""

    run: JobExecution

    @property
    def entity(self) -> Entity:
        """What was read."""
        return self.run.job.entity

    @property
    def platform(self) -> Platform:
        """Where."""
        return registry.get(self.run.job.platform)

    @property
    def sign(self) -> Sign:
        """Its pill."""
        return RUNS[Status(self.run.status)]

    @property
    def advice(self) -> Advice | None:
        """What to do about it."""
        return advice(self.run)

    @property
    def took(self) -> timedelta | None:
        """From its start to its end."""
        run = self.run
        return run.completed_at - run.started_at if run.completed_at and run.started_at else None

    @property
    def late(self) -> timedelta | None:
        """From its slot to its start."""
        return self.run.started_at - self.run.due_at if self.run.started_at else None

    @property
    def dollars(self) -> float:
        """What the platform billed."""
        return self.run.microdollars / 1_000_000

    @property
    def is_open(self) -> bool:
        """Whether it is still to end."""
        return self.run.status in JobExecution.OPEN


# --- The history -------------------------------------------------------------------------------
@dataclass(frozen=True)
class Wanted:
    """What the history is narrowed to. `before`: the mark of the last run of the page before."""

    platform: str = ""
    status: str = ""
    source: int | None = None
    days: str = "7"
    before: str = ""

    @property
    def narrowed(self) -> bool:
        """Whether anything but the range leaves runs out."""
        return bool(self.platform or self.status or self.source)


def wanted(query: Mapping[str, str]) -> Wanted:
    """Read the query string; what is unknown narrows nothing."""
    platform, status = query.get("platform", ""), query.get("status", "")
    source, days = query.get("source", ""), query.get("days", "")
    return Wanted(
        platform=platform if platform in dict(registry.choices()) else "",
        status=status if status in Status.values else "",
        source=int(source) if is_id(source) else None,
        days=days if days in RANGES else "7",
        before=query.get("before", ""),
    )


def is_id(text: str) -> bool:
    """Whether the text can be the number of a row."""
    return text.isascii() and text.isdecimal() and len(text) < 19


@dataclass(frozen=True)
class History:
    """A page of the history. `older`: the mark where the next begins, '' for none."""

    lines: Sequence[Line]
    older: str


def history(user: User, want: Wanted, *, now: datetime) -> History:
    """A page of a person's runs, newest first."""
    runs = narrowed(JobExecution.objects.for_user(user), want, now=now)
    return page(runs, before=want.before)


def narrowed(runs: Runs, want: Wanted, *, now: datetime) -> Runs:
    """The runs that are asked for."""
    runs = runs.filter(due_at__gt=now - timedelta(days=int(want.days)))
    if want.platform:
        runs = runs.filter(job__platform=want.platform)
    if want.status:
        runs = runs.filter(status=want.status)
    if want.source:
        runs = runs.filter(job__entity_id=want.source)
    return runs


def page(runs: Runs, *, before: str = "") -> History:
    """A page of these runs, newest first."""
    if before:
        runs = runs.filter(keyset.behind(before, moment="due_at"))
    chosen = runs.select_related("job__entity__profile").order_by("-due_at", "-pk")
    found = list(chosen[: ROWS + 1])
    shown = [Line(run) for run in found[:ROWS]]
    last = shown[-1].run if len(found) > ROWS else None
    return History(shown, keyset.mark(last.due_at, last.pk) if last else "")


# --- One whole ---------------------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class Moment:
    """A step of a run. `at`: None while it is still to come."""

    name: str
    at: datetime | None
    text: str = ""


def timeline(run: JobExecution) -> list[Moment]:
    """What happened when."""
    slot = "Asked by you" if run.asked_by_person else "Its turn in the schedule"
    ended = RUNS[Status(run.status)].word if run.completed_at else "Ends"
    return [
        Moment("Due", run.due_at, slot),
        Moment("Handed to a worker", run.queued_at),
        Moment("Started" if run.started_at else "Starts", run.started_at),
        Moment(ended, run.completed_at),
    ]


def attempts(run: JobExecution) -> list[Line]:
    """All tries of the same slot, if there was more than one."""
    same = JobExecution.objects.filter(job_id=run.job_id, due_at=run.due_at)
    tries = list(same.select_related("job__entity").order_by("attempt"))
    return [Line(one) for one in tries] if len(tries) > 1 else []


def new_posts(line: Line) -> list[tuple[str, Any]]:
    """Words and row of posts that this run has found, newest first; at most `NEW_POSTS`."""
    run, platform = line.run, line.platform
    if not (run.created and run.started_at and run.completed_at):
        return []
    seen = platform.content.objects.filter(
        entity_id=line.entity.pk,
        first_seen_at__gte=run.started_at,
        first_seen_at__lte=run.completed_at,
    ).order_by(F("published_at").desc(), "-pk")[:NEW_POSTS]
    return [(words_of(item, platform) or item.external_id, item) for item in seen]
