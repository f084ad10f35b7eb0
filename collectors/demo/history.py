"""Loads the demo's past: what collecting from its first day on would have stored.

Nothing here knows what a platform's answers look like. For each slot of the past, the clock of a
world in this process is set to it, the real collector asks the simulated platform through the real
client, and the real store keeps what it tells. Figures are read again on a ladder of their own: as
often as it takes to draw how a post grew, and not as often as when somebody looks on.

How far a job has come is `last_success_at`. Each slot is one transaction that finds it where this
loader left it, so what is killed goes on where it was, and of two that load the same one gives up.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from collectors.demo.world import credentials, world_of
from collectors.meter import Meter, Spent
from collectors.models import JobExecution, MonitoringJob
from collectors.targets import targets
from platforms import registry, store
from platforms.batches import batches
from platforms.contract import Connection, Page, Platform, Target
from platforms.credentials.connection import terms
from platforms.http import HttpClient
from platforms.local_http import simulated_session
from platforms.models import Entity
from platforms.replay.exchanges import Held, Unmetered
from platforms.simulation.world import World
from platforms.store import Stored

HISTORY, RUNS = MonitoringJob.Pause.HISTORY, MonitoringJob.Pause.RUNS
RARELY = {"videos": 4}  # part -> it is read every so many days
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
SECONDS = 30.0  # of one task; the next goes on
# Jobs that are loaded together. Subreddits are the busiest by far: few of them, many at once.
TOGETHER, FEW = 6, {"reddit": 2}
LADDERS = {
    "reddit": [(2 * DAY, DAY)],
    "twitter": [(2 * DAY, DAY)],
    "youtube": [(7 * DAY, DAY), (30 * DAY, 3 * DAY), (90 * DAY, 7 * DAY)],
}


def waiting(owner_id: int) -> list[tuple[str, list[int]]]:
    """Jobs whose history is to be loaded, as they are loaded together: platform and ids."""
    jobs = MonitoringJob.objects.filter(owner_id=owner_id, pause_reason=HISTORY)
    rows = jobs.order_by("platform", "last_success_at", "pk").values_list(
        "platform", "last_success_at", "pk"
    )
    return [
        (slug, list(part))
        for (slug, _), group in groupby(rows, key=lambda row: row[:2])
        for part in batches([pk for *_, pk in group], FEW.get(slug, TOGETHER))
    ]


def load(job_ids: Sequence[int], *, seconds: float = SECONDS) -> bool:
    """Load the history of jobs of one platform for so many seconds; whether there is more to do."""
    lane = _lane(job_ids)
    if lane is None:
        return False
    end = time.monotonic() + seconds
    for slot in lane.slots():
        if not lane.load(slot):
            return False
        # Not after a slot that left nothing to go on from.
        if time.monotonic() > end and lane.stored_until == slot:
            break
    return lane.reached < lane.began


def _lane(job_ids: Sequence[int]) -> "_Lane | None":
    with transaction.atomic():
        own = MonitoringJob.objects.filter(pk__in=job_ids, pause_reason=HISTORY)
        jobs = list(own.select_related("entity", "owner").order_by("pk"))
    if not jobs:
        return None
    began = jobs[0].owner.date_joined
    return _Lane(registry.get(jobs[0].platform), jobs, began, world_of(began))


@dataclass
class _Lane:
    """Jobs of one platform that go through their past together. `reached`: the last slot stored."""

    platform: Platform
    jobs: list[MonitoringJob]
    began: datetime
    world: World

    def __post_init__(self) -> None:
        self.tokens = Held()
        # It ends in this process, so there is nothing to close.
        self.http = HttpClient(session=simulated_session(self.world, registry.simulators()))
        self.stored_until = self.jobs[0].last_success_at
        self.reached = self.stored_until or self.began - settings.DEMO_DAYS * DAY - self.step

    @property
    def step(self) -> timedelta:
        """Broadcasts are seen only while they are on air: they are looked for all day long."""
        return DAY if self.platform.content.DUE is None else 2 * HOUR

    def slots(self) -> Iterator[datetime]:
        """The slots still to come, the last of them the moment when the demo began."""
        slot = self.reached + self.step
        while slot <= self.began:
            yield slot
            slot += self.step

    def load(self, slot: datetime) -> bool:
        """Read and store one slot. False: somebody else has done so."""
        began, spent = time.monotonic(), Spent()
        pages = self._pages(slot, spent)
        daily = (self.began - slot) % DAY == timedelta()
        if daily or any(map(len, (rows for page in pages for rows in page.rows.values()))):
            with transaction.atomic():
                if not self._is_ours():
                    return False
                stored = self._save(pages, slot)
                self._note(slot, stored, spent, timedelta(seconds=time.monotonic() - began))
            self.stored_until = slot
        self.reached = slot
        return True

    def _pages(self, slot: datetime, spent: Spent) -> list[Page]:
        self.world.advance(slot - self.world.now)
        known = terms(self.platform.slug)
        connection = Connection(
            credentials=credentials(self.platform),
            http=self.http,
            budget=Meter(Unmetered(), renew=lambda: None, spent=spent),
            tokens=self.tokens,
            terms=known,
        )
        client = self.platform.client(connection)
        return list(self.platform.collect(client, self._targets(slot, known.every), slot))

    def _targets(self, slot: datetime, paced: Iterable[str]) -> list[Target]:
        """What a run at this slot asks for. `paced`: parts that are read once a day, or rarely."""
        with transaction.atomic():
            entities = self._entities()
            ladder = LADDERS.get(self.platform.slug)
            asked = targets(entities, platform=self.platform, now=slot, ladder=ladder)
        days, rest = divmod(self.began - slot, DAY)
        spared = dict.fromkeys([part for part in paced if rest or days % RARELY.get(part, 1)], slot)
        return [replace(t, read_at={**t.read_at, **spared}) for t in asked]

    def _entities(self) -> list[Entity]:
        ids = [job.entity_id for job in self.jobs]
        return list(Entity.objects.filter(pk__in=ids).order_by("pk"))

    def _is_ours(self) -> bool:
        """Lock the jobs, if they are where this loader left them."""
        here = MonitoringJob.objects.filter(
            pk__in=[job.pk for job in self.jobs], pause_reason=HISTORY
        )
        left = {"last_success_at": self.stored_until} if self.stored_until else {
            "last_success_at__isnull": True
        }  # fmt: skip
        held = here.filter(**left).order_by("pk").select_for_update()
        return len(held) == len(self.jobs)

    def _save(self, pages: Sequence[Page], slot: datetime) -> Stored:
        owner = self.jobs[0].owner_id
        return store.save(pages, owner_id=owner, platform=self.platform.slug, slot=slot, now=slot)

    def _note(self, slot: datetime, stored: Stored, spent: Spent, took: timedelta) -> None:
        """Keep how far it is, and a run of each job; after the last slot they run by themselves."""
        moved: dict[str, Any] = {"last_success_at": slot}
        if slot == self.began:
            moved |= {"pause_reason": RUNS, "next_run_at": timezone.now()}
        MonitoringJob.objects.filter(pk__in=[job.pk for job in self.jobs]).update(**moved)
        JobExecution.objects.bulk_create(
            _execution(job, slot, stored, spent, took, share=len(self.jobs)) for job in self.jobs
        )


def _execution(
    job: MonitoringJob, slot: datetime, stored: Stored, spent: Spent, took: timedelta, *, share: int
) -> JobExecution:
    """The run that a job had at a slot."""
    counts = stored.by_entity.get(job.entity_id)
    told = {n: getattr(counts, n) for n in ("created", "changed", "unchanged")} if counts else {}
    return JobExecution(
        owner_id=job.owner_id, job=job, run_token=job.run_token, due_at=slot,
        status=JobExecution.Status.SUCCESS, queued_at=slot, started_at=slot,
        completed_at=slot + took, calls=spent.calls / share, units=spent.units / share, **told,
    )  # fmt: skip
