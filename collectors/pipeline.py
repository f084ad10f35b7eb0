"""Runs one pack: opens the credential, reads the platform, stores what it tells, closes the runs.

The platform is asked outside transactions; each part of what it answers is stored in one, together
with a look whether the runs are still this worker's own (leases.held). So a worker that was thought
dead writes nothing, and a second delivery of the message starts nothing.
"""

import logging
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from itertools import groupby
from operator import itemgetter

from celery.exceptions import SoftTimeLimitExceeded
from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from collectors import leases, pace
from collectors.leases import LeaseLost, Outcome, Pause, Run, Status
from collectors.meter import Meter, Spent
from collectors.models import JobExecution, MonitoringJob
from collectors.outcomes import outcome_of
from collectors.policies.rules import oldest_kept
from collectors.targets import targets
from platforms import registry, store
from platforms.contract import Page, Platform, Row
from platforms.credentials import doctor
from platforms.credentials.connection import connect
from platforms.errors import Gone, PlatformError
from platforms.models import ApiProfile, Entity
from platforms.store import Counts

log = logging.getLogger(__name__)

TOGETHER = 1000  # rows that are stored in one transaction
SOON = 60.0  # seconds until what was cut short goes on


@dataclass
class Pack:
    """Runs of one owner, platform and credential. Keys of `jobs` and `runs` are account ids."""

    platform: Platform
    profile: ApiProfile | None
    jobs: dict[str, MonitoringJob]
    runs: dict[str, Run]
    failed: dict[str, PlatformError] = field(default_factory=dict)
    stored: dict[int, Counts] = field(default_factory=dict)
    ended: Outcome | None = None  # what ended the whole pack
    spent: Spent = field(default_factory=Spent)
    fenced: list[int] = field(default_factory=list)  # executions that were ours once

    @property
    def entities(self) -> list[Entity]:
        """What is read, in a steady order."""
        return [job.entity for job in self.jobs.values()]

    @property
    def asked_by_person(self) -> bool:
        """Whether a person waits for all of it, and may spend the reserve of a daily quota."""
        return all(run.asked_by_person for run in self.runs.values())

    def renew(self) -> None:
        """Show that this worker lives."""
        with transaction.atomic():
            leases.renew(self.runs.values())


def run(execution_ids: Sequence[int]) -> None:
    """Read the accounts of these executions, as far as they still wait."""
    try:
        for ids in _by_credential(execution_ids):
            _run(ids)
    except (OperationalError, InterfaceError) as error:
        # What was not committed is undone. The lease ends, and another attempt of the same slot
        # begins: that the database was away is no failure of the account.
        log.warning("the runs %s were cut off by the database: %s", execution_ids, error)


def _by_credential(execution_ids: Sequence[int]) -> list[list[int]]:
    """Those that still wait, by what reads them now: it may have changed since they were packed."""
    waiting = JobExecution.objects.filter(pk__in=execution_ids, status=Status.QUEUED)
    rows = waiting.order_by("job__entity__profile", "pk").values_list("job__entity__profile", "pk")
    with transaction.atomic():
        return [[pk for _, pk in some] for _, some in groupby(rows, key=itemgetter(0))]


def _run(execution_ids: Sequence[int]) -> None:
    pack = _begin(execution_ids)
    if pack is None:
        return
    try:
        _collect(pack)
    except LeaseLost:
        pack.fenced += [run.execution_id for run in pack.runs.values()]
        _count_fenced(pack)
        return
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        pack.ended = Outcome(
            status=Status.FAILED, error_code="crash", failed=True, retry_in=SOON * 10,
            error_text="Something went wrong on our side. It is in the log.",
        )  # fmt: skip
        _finish(pack)
        raise
    _finish(pack)


def _begin(execution_ids: Sequence[int]) -> Pack | None:
    with transaction.atomic():
        runs = {run.job_id: run for run in leases.start(execution_ids)}
        jobs = MonitoringJob.objects.select_related("entity__profile").filter(pk__in=runs)
        by_account = {job.entity.external_id: job for job in jobs.order_by("pk")}
    if not by_account:
        return None
    first = next(iter(by_account.values()))
    return Pack(
        platform=registry.get(first.platform),
        profile=first.entity.profile,
        jobs=by_account,
        runs={account: runs[job.pk] for account, job in by_account.items()},
    )


def _collect(pack: Pack) -> None:
    if pack.profile is None:
        pack.ended = Outcome(
            status=Status.FAILED, pause=Pause.NO_CREDENTIAL, error_code="no_credential",
            error_text="There is no credential to read it with.",
        )  # fmt: skip
        return
    now = next(iter(pack.runs.values())).began
    try:
        for pages in _together(_pages(pack, pack.profile, now)):
            _store(pack, pages, now)
    except SoftTimeLimitExceeded:
        pack.ended = Outcome(
            status=Status.PARTIAL, error_code="too_long", retry_in=SOON,
            error_text="It took too long. What was read is kept; the rest follows.",
        )  # fmt: skip
    except PlatformError as error:
        pack.failed |= {account: error for account in pack.jobs if account not in pack.failed}
        doctor.note_refusal(pack.profile, error, now=timezone.now())


def _pages(pack: Pack, profile: ApiProfile, now: datetime) -> Iterator[Page]:
    client = connect(
        profile,
        reserve=pack.asked_by_person,
        metered=partial(Meter, renew=pack.renew, spent=pack.spent),
    )
    with transaction.atomic():
        asked = targets(pack.entities, platform=pack.platform, now=now)
    yield from pack.platform.collect(client, asked, now)


def _together(pages: Iterator[Page]) -> Iterator[list[Page]]:
    """Gather pages until there is enough for a transaction. What came before an error is kept."""
    gathered: list[Page] = []
    count = 0
    try:
        for page in pages:
            gathered.append(page)
            count += sum(map(len, page.rows.values()))
            if count >= TOGETHER:
                yield gathered
                gathered, count = [], 0
    except PlatformError:
        if gathered:
            yield gathered
        raise
    if gathered:
        yield gathered


def _store(pack: Pack, pages: Sequence[Page], now: datetime) -> None:
    for page in pages:
        pack.failed |= {a: error for a, error in page.failed.items() if a in pack.jobs}
    slot = min(run.slot for run in pack.runs.values())
    with transaction.atomic():
        _keep_held(pack)
        owner = next(iter(pack.jobs.values())).owner_id
        since = oldest_kept(pack.platform.slug, now=now)
        kept = [_of(pack, page, since) for page in pages]
        stored = store.save(kept, owner_id=owner, platform=pack.platform.slug, slot=slot, now=now)
    for entity_id, counts in stored.by_entity.items():
        pack.stored[entity_id] = pack.stored.get(entity_id, Counts()) + counts


def _keep_held(pack: Pack) -> None:
    """Go on with the runs that are still ours. Raises LeaseLost when none is."""
    ours = leases.held(list(pack.runs.values()))
    lost = [account for account, run in pack.runs.items() if run.job_id not in ours]
    for account in lost:
        pack.fenced.append(pack.runs[account].execution_id)
        del pack.runs[account], pack.jobs[account]
    if not pack.runs:
        raise LeaseLost("No run of this pack is ours any more.")


def _of(pack: Pack, page: Page, since: datetime | None) -> Page:
    """The page without accounts whose run was lost, and without items that are too old to be kept.

    A row without an account is nobody's.
    """
    ours = pack.jobs.keys()
    rows_of = {"", *ours}
    return replace(
        page,
        accounts=[facts for facts in page.accounts if facts.account in ours],
        rows={
            model: [
                row for row in rows
                if row.get("account", "") in rows_of and not _too_old(pack, row, since)
            ]
            for model, rows in page.rows.items()
        },
        vanished={
            model: [key for key in keys if key[0] in ours] for model, keys in page.vanished.items()
        },
        failed={a: error for a, error in page.failed.items() if a in ours},
        read={part: [a for a in accounts if a in ours] for part, accounts in page.read.items()},
    )  # fmt: skip


def _too_old(pack: Pack, row: Row, since: datetime | None) -> bool:
    """The first run stores all the same: its newest item tells the next one where to go on."""
    published, job = row.get("published_at"), pack.jobs.get(row.get("account", ""))
    old = since is not None and published is not None and published < since
    return old and job is not None and job.last_success_at is not None


def _finish(pack: Pack) -> None:
    with transaction.atomic():
        # The jobs first, in order, as everybody takes them who changes more than one.
        leases.held(list(pack.runs.values()))
        for account, held in pack.runs.items():
            if not leases.finish(held, _outcome(pack, account)):
                pack.fenced.append(held.execution_id)
        if well := _that_went_well(pack):
            pace.follow(pack.platform, well, now=next(iter(pack.runs.values())).began)
    _count_fenced(pack)


def _that_went_well(pack: Pack) -> list[MonitoringJob]:
    return [
        pack.jobs[account]
        for account, run in pack.runs.items()
        if pack.ended is None and account not in pack.failed and run.execution_id not in pack.fenced
    ]


def _count_fenced(pack: Pack) -> None:
    if pack.fenced:
        log.warning("fenced: the runs %s are another worker's", pack.fenced)
        with transaction.atomic():
            leases.refuse(pack.fenced)


def _outcome(pack: Pack, account: str) -> Outcome:
    job = pack.jobs[account]
    ended = pack.ended or _ended(pack, account, job)
    counts = pack.stored.get(job.entity_id, Counts())
    share = len(pack.runs)
    return replace(
        ended,
        created=counts.created,
        changed=counts.changed,
        unchanged=counts.unchanged,
        calls=pack.spent.calls / share,
        units=pack.spent.units / share,
        microdollars=round(pack.spent.dollars * 1_000_000 / share),
    )


def _ended(pack: Pack, account: str, job: MonitoringJob) -> Outcome:
    error = pack.failed.get(account)
    if error is None:
        return Outcome(status=Status.SUCCESS)
    outcome = outcome_of(
        error,
        now=timezone.now(),
        every=timedelta(seconds=job.every_seconds),
        failures=job.failures,
        jitter=random.random(),  # noqa: S311  spreads load, guards nothing
    )
    if job.entity_id in pack.stored and not isinstance(error, Gone):
        return replace(outcome, status=Status.PARTIAL)
    return outcome
