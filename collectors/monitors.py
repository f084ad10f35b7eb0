"""Monitors as their owner reads them: a page of the table, with few queries however many."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil
from typing import Any

from django.db.models import Case, CharField, Count, F, OuterRef, Q, QuerySet, Subquery, Value, When
from django.db.models.functions import Coalesce, Lower, NullIf

from accounts.models import User
from accounts.owned import OwnedQuerySet
from collectors import pace, runs, signs
from collectors.models import JobExecution, MonitoringJob
from collectors.runs import Recent, is_id
from collectors.signs import STATES, Advice, Sign, State, Strip
from platforms import registry
from platforms.contract import Platform
from platforms.models import ApiProfile, Entity

Pause = MonitoringJob.Pause
Status = JobExecution.Status
Jobs = OwnedQuerySet[MonitoringJob]

ROWS = 50  # of a page
NEW = timedelta(days=7)
NOBODY = "none"  # the filter for monitors without a credential
NEEDS_NOBODY = [Pause.RUNS, Pause.BY_PERSON, Pause.HISTORY]
SORTS = {  # word of the address -> column
    "name": "name",
    "state": "state",
    "every": "every_seconds",
    "last": "last_at",
    "next": "next_run_at",
    "audience": "entity__audience",
}
NAME = Lower(Coalesce(NullIf("entity__title", Value("")), "entity__handle"))


@dataclass(frozen=True)
class Wanted:
    """What the table is narrowed to and how it is sorted. `sort`: '-last' runs backwards."""

    words: str = ""
    platform: str = ""
    credential: str = ""
    state: str = ""
    sort: str = "name"
    page: int = 1

    @property
    def narrowed(self) -> bool:
        """Whether anything leaves monitors out."""
        return bool(self.words or self.platform or self.credential or self.state)


def wanted(query: Mapping[str, str]) -> Wanted:
    """Read the query string; what is unknown narrows nothing."""
    platform, state = query.get("platform", ""), query.get("state", "")
    credential, sort = query.get("credential", ""), query.get("sort", "")
    number = query.get("page", "")
    return Wanted(
        words=query.get("q", "").replace("\0", "").strip()[:100],
        platform=platform if platform in dict(registry.choices()) else "",
        credential=credential if credential == NOBODY or is_id(credential) else "",
        state=state if state in list(State) else "",
        sort=sort if sort.removeprefix("-") in SORTS else "name",
        page=max(1, int(number)) if is_id(number) else 1,
    )


def states(jobs: Jobs) -> Any:  # a queryset; the type checker does not see annotations
    """The jobs with `last_status` and `last_at` of their last run, their `name` and `state`."""
    ended = JobExecution.objects.filter(job=OuterRef("pk")).exclude(
        status__in=[*JobExecution.OPEN, Status.SKIPPED]
    )
    last = ended.order_by("-due_at", "-attempt")
    known = jobs.annotate(
        name=NAME,
        last_status=Subquery(last.values("status")[:1]),
        last_at=Subquery(last.values("completed_at")[:1]),
    )
    return known.annotate(state=_STATE)


_BROKEN = Q(failures__gt=0) | ~Q(entity__state=Entity.State.ACTIVE)
_STATE = Case(
    When(busy=True, then=Value(State.COLLECTING.value)),
    When(pause_reason=Pause.HISTORY, then=Value(State.COLLECTING.value)),
    When(pause_reason=Pause.BY_PERSON, then=Value(State.PAUSED.value)),
    When(~Q(pause_reason=Pause.RUNS), then=Value(State.FAILED.value)),
    When(_BROKEN, then=Value(State.FAILED.value)),
    When(last_status=Status.RATE_LIMITED, then=Value(State.RATE_LIMITED.value)),
    default=Value(State.SCHEDULED.value),
    output_field=CharField(),
)


@dataclass(frozen=True)
class Row:
    """A monitor in the table. `new`: posts of the last 7 days."""

    job: MonitoringJob
    state: State
    recent: Recent
    new: int = 0

    @property
    def entity(self) -> Entity:
        """What is read."""
        return self.job.entity

    @property
    def platform(self) -> Platform:
        """Where."""
        return registry.get(self.job.platform)

    @property
    def sign(self) -> Sign:
        """Its pill."""
        return STATES[self.state]

    @property
    def strip(self) -> Strip:
        """Its last runs."""
        return signs.strip(self.recent.closed)

    @property
    def advice(self) -> Advice | None:
        """What is wrong with its last run."""
        return signs.advice(self.recent.last) if self.recent.last else None

    @property
    def needs_you(self) -> bool:
        """Whether it waits for a person, who did not pause it."""
        return self.job.pause_reason not in NEEDS_NOBODY

    @property
    def paused(self) -> bool:
        """Whether it can be resumed."""
        return self.job.pause_reason != Pause.RUNS

    @property
    def effective_minutes(self) -> int | None:
        """Minutes between two runs where they are not what was asked for."""
        minutes = round(self.job.every_seconds / 60)
        return minutes if minutes != self.job.interval_minutes else None

    @property
    def pace_reason(self) -> str:
        """Why they are others; '' if they are not."""
        return pace.reason(self.job)


@dataclass(frozen=True)
class Table:
    """A page of the table, and the counts around it. `counts`: state -> monitors, '' for all."""

    rows: Sequence[Row]
    counts: Mapping[str, int]
    found: int
    page: int
    pages: int

    @property
    def range(self) -> str:
        """ "51–100 of 128"."""  # noqa: RUF002  a dash, as ranges are written
        last = min(self.page * ROWS, self.found)
        return f"{(self.page - 1) * ROWS + 1}–{last} of {self.found:,}"  # noqa: RUF001


def table(user: User, want: Wanted, *, now: datetime) -> Table:
    """A page of a person's monitors."""
    chosen = _narrowed(MonitoringJob.objects.for_user(user), want)
    counts = _counts(states(chosen))
    found = counts[want.state]
    pages = max(1, ceil(found / ROWS))
    number = min(want.page, pages)
    shown = _sorted(states(chosen), want)[(number - 1) * ROWS : number * ROWS] if found else []
    return Table(rows(list(shown), now=now), counts, found, number, pages)


def matching(user: User, want: Wanted) -> Jobs:
    """All of a person's monitors that the table shows on its pages."""
    chosen = _narrowed(MonitoringJob.objects.for_user(user), want)
    if not want.state:
        return chosen
    return chosen.filter(pk__in=states(chosen).filter(state=want.state).values("pk"))


def _narrowed(jobs: Jobs, want: Wanted) -> Jobs:
    if want.platform:
        jobs = jobs.filter(platform=want.platform)
    if want.credential == NOBODY:
        jobs = jobs.filter(entity__profile=None)
    elif want.credential:
        jobs = jobs.filter(entity__profile_id=int(want.credential))
    for word in want.words.split():
        named = Q(entity__title__icontains=word) | Q(entity__handle__icontains=word)
        jobs = jobs.filter(named)
    return jobs


def _sorted(jobs: Any, want: Wanted) -> Any:
    column = F(SORTS[want.sort.removeprefix("-")])
    backwards = want.sort.startswith("-")
    order = column.desc(nulls_last=True) if backwards else column.asc(nulls_last=True)
    chosen = jobs.filter(state=want.state) if want.state else jobs
    return chosen.select_related("entity__profile").order_by(order, "name", "pk")


def _counts(jobs: Any) -> Counter[str]:
    by_state = jobs.values_list("state").annotate(n=Count("pk"))
    counts = Counter(dict(by_state.order_by()))
    counts[""] = counts.total()
    return counts


def rows(jobs: Sequence[MonitoringJob], *, now: datetime) -> list[Row]:
    """Rows of these jobs, which `states` has annotated, in their order."""
    known = runs.recent([job.pk for job in jobs], closed=signs.BARS)
    fresh = _new_posts([job.entity for job in jobs], since=now - NEW)
    return [
        Row(
            job=job,
            state=State(job.state),  # type: ignore[attr-defined]  # annotated by `states`
            recent=known.get(job.pk, Recent()),
            new=fresh[job.entity_id],
        )
        for job in jobs
    ]


def _new_posts(entities: Sequence[Entity], *, since: datetime) -> Counter[int]:
    """Entity id -> posts published since; one query a platform."""
    found: Counter[int] = Counter()
    for slug in {entity.platform for entity in entities}:
        content = registry.get(slug).content.objects.filter(
            entity_id__in=[entity.pk for entity in entities if entity.platform == slug],
            published_at__gt=since,
            removed_at=None,
        )
        found.update(dict(content.values_list("entity_id").annotate(Count("pk")).order_by()))
    return found


@dataclass(frozen=True)
class Summary:
    """All monitors of a person in numbers."""

    monitors: int
    platforms: int
    ran: int


def summary(user: User, *, now: datetime) -> Summary:
    """How many there are, on how many platforms, and how many ran in the last hour."""
    own = MonitoringJob.objects.for_user(user)
    ran = JobExecution.objects.for_user(user).filter(
        due_at__gt=now - timedelta(hours=3), completed_at__gt=now - timedelta(hours=1)
    )
    told = own.aggregate(monitors=Count("pk"), platforms=Count("platform", distinct=True))
    return Summary(**told, ran=ran.exclude(status=Status.SKIPPED).values("job").distinct().count())


def tally(user: User) -> tuple[int, int]:
    """How many monitors there are, and how many of them failed: for the navigation of each page."""
    needs = ~Q(pause_reason__in=NEEDS_NOBODY)
    failed = Q(busy=False) & (needs | Q(pause_reason=Pause.RUNS) & _BROKEN)
    own = MonitoringJob.objects.for_user(user)
    told = own.aggregate(there=Count("pk"), failed=Count("pk", filter=failed))
    return told["there"], told["failed"]


def credentials(user: User) -> QuerySet[ApiProfile]:
    """What the table can be narrowed to."""
    return ApiProfile.objects.for_user(user).order_by("platform", "name")
