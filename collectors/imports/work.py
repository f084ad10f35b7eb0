"""Works through a file: batch by batch, each with what it brought in one transaction.

An import may be cut off anywhere and go on anywhere: the file is read from its beginning each time,
and what lies before `position` is only remembered. A worker that has lost its lease stores nothing.
"""

import sqlite3
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from zoneinfo import ZoneInfo

from django.db import InterfaceError, OperationalError, connection, transaction
from django.db.models import F
from django.utils import timezone

from collectors.imports.fields import model_of
from collectors.imports.models import Import, ImportProblem
from collectors.imports.opening import Unreadable
from collectors.imports.reading import Record, Source
from collectors.imports.rows import Judge, Problem, Told
from collectors.imports.sources import Sources, make
from collectors.imports.values import Dates
from collectors.leases import LEASE_SECONDS, LeaseLost
from platforms import registry
from platforms.contract import Page, Row
from platforms.models import Entity
from platforms.store import history
from platforms.store.words import cleaned

TOGETHER = 1000  # records that are stored in one transaction
MOST_RECORDS = 5_000_000
MOST_PROBLEMS = 2000  # that are kept; the rest is counted

Status = Import.Status

_CLAIM = """
UPDATE imports
SET status = 'running', run_token = run_token + 1, stamp = coalesce(stamp, now()),
    lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND (status = 'queued' OR status = 'running' AND lease_until < now())
RETURNING id
"""
_FENCE = """
UPDATE imports SET lease_until = now() + make_interval(secs => %(lease)s)
WHERE id = %(id)s AND run_token = %(token)s AND status = 'running' RETURNING id
"""


@dataclass
class Batch:
    """Records that are stored together, and what became of them."""

    records: int = 0
    told: list[tuple[str, Told]] = field(default_factory=list)  # account, row
    problems: list[Problem] = field(default_factory=list)
    new_sources: list[Entity] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)

    def refuse(self, problems: Sequence[Problem]) -> None:
        """Note why one row is not stored."""
        self.problems += problems
        self.counts["refused"] += 1


class Seen:
    """Which item and moment an earlier row has told; on disk, as a file may have any length.

    Two rows for the same moment contradict each other or are the same: the first counts, in every
    run over the file.
    """

    def __init__(self) -> None:
        self._keys = sqlite3.connect("")  # a temporary file, gone with the connection
        self._keys.execute("CREATE TABLE seen (key BLOB PRIMARY KEY) WITHOUT ROWID")

    def again(self, key: str) -> bool:
        """Whether the key came before; it has now."""
        short = blake2b(key.encode("utf-8", "replace"), digest_size=16).digest()
        done = self._keys.execute("INSERT OR IGNORE INTO seen VALUES (?)", (short,))
        return done.rowcount == 0


Tell = Callable[[Import, int, float], None]  # the import, its records so far, the share read


def say_nothing(_job: Import, _records: int, _share: float) -> None:
    """For workers, who are asked through the database."""


def run(import_id: int, *, seconds: float | None = None, tell: Tell = say_nothing) -> bool:
    """Go on with an import; whether it was put back into the queue because its time was over."""
    job = _claimed(import_id)
    if job is None:
        return False
    began = time.monotonic()
    try:
        for batch, share in batches(job):
            _store(job, batch, share)
            tell(job, batch.records, share)
            if seconds is not None and time.monotonic() - began > seconds:
                return _close(job, Status.QUEUED)
    except LeaseLost:
        return False
    except Unreadable as error:
        _close(job, Status.FAILED, error_text=str(error))
        return False
    except (OperationalError, InterfaceError):
        raise  # the server was lost, not the file: the lease runs out, and the sweeper goes on
    except Exception:
        _close(job, Status.FAILED, error_text="Something went wrong on our side; see the log.")
        raise
    _close(job, Status.DONE)
    return False


def put_back(import_id: int) -> None:
    """Give up an import that this process was interrupted in, so that the next need not wait."""
    with transaction.atomic():
        open_one = Import.objects.filter(pk=import_id, status=Status.RUNNING)
        open_one.update(status=Status.QUEUED, run_token=F("run_token") + 1)


def judge_of(job: Import) -> Judge:
    """What an import makes of records."""
    now = timezone.now()
    dates = Dates(now, ZoneInfo(job.zone), job.day_first)
    return Judge(job.platform, job.what, job.mapping, dates, job.read_at or now)


def batches(job: Import) -> Iterator[tuple[Batch, float]]:
    """Batches that are not stored yet, each with the share of the file that is read then."""
    source = Source(Path(job.stored_as))
    judge, seen = judge_of(job), Seen()
    with transaction.atomic():
        sources = Sources(job)
        whole = job.entity.external_id if job.entity else ""
    batch = Batch()
    for number, record in enumerate(source.records(), start=1):
        _put(batch, record, judge, seen, whole or sources)
        batch.records = number
        if number > MOST_RECORDS:
            raise Unreadable(f"This file has more than {MOST_RECORDS:,} rows. Import it in parts.")
        if number <= job.position:
            batch = Batch()  # stored before, and only remembered
            if number % (20 * TOGETHER) == 0:
                with transaction.atomic():
                    _hold(job)
        elif number % TOGETHER == 0:
            batch.new_sources = sources.taken()
            yield batch, source.opened.done
            batch = Batch()
    if batch.records > job.position:
        batch.new_sources = sources.taken()
        yield batch, 1.0


def _put(batch: Batch, record: Record, judge: Judge, seen: Seen, of: str | Sources) -> None:
    told = judge.judge(record)
    if not isinstance(told, Told):
        batch.refuse(told)
        return
    try:
        account = of if isinstance(of, str) else of.account(told.source)
    except ValueError as error:
        column = judge.mapping.get("account", "")
        batch.refuse([Problem(told.line, str(error), column, told.source[:100])])
        return
    if seen.again(f"{account}\n{told.key}"):
        batch.counts["repeated"] += 1
    else:
        batch.told.append((account, told))


# --- Storing --------------------------------------------------------------------------------------
def _claimed(import_id: int) -> Import | None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_CLAIM, {"id": import_id, "lease": LEASE_SECONDS})
        if cursor.fetchone() is None:
            return None
        return Import.objects.select_related("entity").get(pk=import_id)


def _store(job: Import, batch: Batch, share: float) -> None:
    with transaction.atomic():
        _hold(job)
        make(job, batch.new_sources)
        (_add_figures if job.what == Import.What.AUDIENCE else _add_items)(job, batch)
        _note_problems(job, batch)
        counts = {name: F(name) + number for name, number in batch.counts.items()}
        Import.objects.filter(pk=job.pk).update(position=batch.records, share_done=share, **counts)


def _hold(job: Import) -> None:
    """Lock the import until the transaction ends. Raises LeaseLost if it is another's by now."""
    with connection.cursor() as cursor:
        values = {"id": job.pk, "token": job.run_token, "lease": LEASE_SECONDS}
        cursor.execute(_FENCE, values)
        if cursor.fetchone() is None:
            raise LeaseLost("The import was cancelled, or another worker has it.")


def _add_items(job: Import, batch: Batch) -> None:
    model = model_of(registry.get(job.platform), job.what)
    moments: defaultdict[datetime, list[Row]] = defaultdict(list)
    for account, told in batch.told:
        moments[told.slot].append({"account": account, **told.row})
    kept = history.add(
        {slot: Page(rows={model: rows}) for slot, rows in moments.items()},
        owner_id=job.owner_id, platform=job.platform, now=job.stamp or timezone.now(),
    )  # fmt: skip
    for account, told in batch.told:
        key = (account, told.row["external_id"])
        if key in kept.erased:
            sentence = "The platform no longer shows this; what was erased stays erased."
            batch.refuse([Problem(told.line, sentence)])
        elif key in kept.undated:
            sentence = "It is not known yet, and nothing says when it was published."
            batch.refuse([Problem(told.line, sentence, job.mapping.get("published_at", ""))])
    batch.counts.update(created=kept.created, changed=kept.changed, unchanged=kept.unchanged)
    batch.counts["refused"] += kept.dropped


def _add_figures(job: Import, batch: Batch) -> None:
    own = Entity.objects.filter(owner_id=job.owner_id, platform=job.platform)
    accounts = {account for account, _ in batch.told}
    ids = dict(own.filter(external_id__in=accounts).values_list("external_id", "pk"))
    figures = {(ids[a], told.slot): told.row for a, told in batch.told if a in ids}
    fresh, differing = history.add_figures(figures, owner_id=job.owner_id)
    same = len(figures) - fresh - differing
    batch.counts.update(created=fresh, changed=differing, unchanged=same)
    batch.counts["refused"] += len(batch.told) - len(figures)  # their source is gone by now


def _note_problems(job: Import, batch: Batch) -> None:
    room = MOST_PROBLEMS - job.problems.count() if batch.problems else 0
    ImportProblem.objects.bulk_create(
        ImportProblem(
            owner_id=job.owner_id, of=job, line=problem.line, column=problem.column[:100],
            cell=cleaned(problem.cell)[:100], sentence=problem.sentence[:200],
        )
        for problem in batch.problems[: max(0, room)]
    )  # fmt: skip


def _close(job: Import, status: Status, *, error_text: str = "") -> bool:
    """Put it back into the queue (True), or end it. Nothing where another worker has it."""
    mine = Import.objects.filter(pk=job.pk, run_token=job.run_token, status=Status.RUNNING)
    again = status is Status.QUEUED
    with transaction.atomic():
        closed = mine.update(
            status=status, error_text=error_text[:500],
            lease_until=timezone.now() if again else None,
            finished_at=None if again else datetime.now(UTC),
        )  # fmt: skip
    return again and closed > 0
