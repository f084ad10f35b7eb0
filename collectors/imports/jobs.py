"""What people do with imports: bring a file, say what its columns are, start, cancel, take back."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

from celery import current_app
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.models import User
from accounts.tenancy import current, system
from collectors.imports import files, mapping, work
from collectors.imports.fields import READ_AT, SOURCE, model_of
from collectors.imports.mapping import Incomplete
from collectors.imports.models import Import
from collectors.imports.opening import Unreadable
from collectors.imports.reading import Source
from collectors.imports.values import Dates
from collectors.models import MonitoringJob
from platforms import registry
from platforms.models import Entity
from platforms.store import history

RUN = "collectors.tasks.run_import"
MOST_WAITING = 20  # files of one person that are not dealt with
SLICE_SECONDS = 30.0  # of a worker at a time; the limits of tasks are longer

Status = Import.Status
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a person says of a file. `entity`: the source of all of it; None: a column names it.

    `mapping`: field -> column; what is not named is guessed, '' leaves a field out. `day_first`:
    None is guessed.
    """

    platform: str
    what: str = Import.What.POSTS
    entity: Entity | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    read_at: datetime | None = None
    zone: str = "UTC"
    day_first: bool | None = None
    make_sources: bool = False


class TooManyWait(Exception):
    """So many files of a person wait that no other is taken; the text is a sentence for people."""


def demand_place(owner_id: int) -> None:
    """Raise TooManyWait, before an upload is written. Drafts count while their files are kept."""
    kept = timezone.now() - timedelta(seconds=files.KEPT_SECONDS)
    waits = Q(status__in=Import.OPEN) | Q(status=Status.DRAFT, created_at__gt=kept)
    uploads = Import.objects.filter(waits, owner_id=owner_id, is_upload=True)
    # One after the other, so that many at once cannot all have the last place.
    User.objects.select_for_update(no_key=True).get(pk=owner_id)
    if (count := uploads.count()) >= MOST_WAITING:
        raise TooManyWait(
            f"{count} of your files wait, and more are not taken at once. Start or drop those that"
            " are not started, or try again when some are done."
        )


def bring(
    path: Path, wish: Wish, *, owner_id: int, file_name: str, is_upload: bool = True
) -> Import:
    """Look at a file and keep what it seems to hold. Raises Unreadable."""
    try:
        source = Source(path)
        columns, sample = source.columns(), source.sample()
    except Unreadable:
        if is_upload:
            files.drop(str(path))
        raise
    guessed_order = mapping.days_first(sample)
    order = guessed_order if wish.day_first is None else wish.day_first
    dates = Dates(timezone.now(), day_first=order)
    guessed = mapping.guess(wish.platform, wish.what, sample, dates)
    if wish.entity is not None:
        guessed.pop(SOURCE, None)
    with transaction.atomic():
        return Import.objects.create(
            owner_id=owner_id, platform=wish.platform, what=wish.what, entity=wish.entity,
            make_sources=wish.make_sources, file_name=file_name[-255:], stored_as=str(path),
            is_upload=is_upload, digest=files.digest(path), columns=columns,
            mapping={n: c for n, c in {**guessed, **wish.mapping}.items() if c},
            zone=wish.zone, day_first=order, read_at=wish.read_at,
        )  # fmt: skip


def complete(job: Import) -> None:
    """Check that an import can begin. Raises Incomplete with a sentence."""
    chosen = mapping.checked(job.platform, job.what, job.mapping, job.columns)
    if job.entity_id is None and SOURCE not in chosen:
        noun = registry.get(job.platform).entity_noun
        raise Incomplete(f"Choose a source for all rows, or the column that names the {noun}.")
    if job.what != Import.What.COMMENTS and READ_AT not in chosen and job.read_at is None:
        raise Incomplete("Say when the figures of this file were read.")
    job.mapping = chosen


def start(job: Import) -> bool:
    """Let a draft begin; whether it was one. Raises Incomplete."""
    complete(job)
    job.status, job.lease_until = Status.QUEUED, timezone.now()
    changes = {name: getattr(job, name) for name in ("mapping", "status", "lease_until")}
    with transaction.atomic():
        begun = Import.objects.filter(pk=job.pk, status=Status.DRAFT).update(**changes) > 0
        if begun and job.is_upload:
            transaction.on_commit(lambda: ring(job.pk, job.owner_id), robust=True)
    return begun


def ring(import_id: int, owner_id: int) -> None:
    """Tell a worker. Without a broker the import waits until the sweeper rings again."""
    try:
        current_app.send_task(RUN, (import_id,), queue="export", headers={"tenant": owner_id})
    except OperationalError as error:
        log.warning("Import %d was not sent: %s", import_id, error)


def go_on(import_id: int) -> None:
    """A worker's turn: one slice, and the next one queued behind other people's work."""
    owner_id = current()
    if owner_id and work.run(import_id, seconds=SLICE_SECONDS):
        ring(import_id, owner_id)
    else:
        _tidy(import_id)


def cancel(job: Import) -> bool:
    """Stop it; what is stored stays. Whether there was something to stop."""
    ended = {"status": Status.CANCELLED, "lease_until": None, "finished_at": timezone.now()}
    openable = Import.objects.filter(pk=job.pk, status__in=[Status.DRAFT, *Import.OPEN])
    with transaction.atomic():
        stopped = openable.update(**ended) > 0
    if stopped:
        for name, value in ended.items():
            setattr(job, name, value)
        _tidy(job.pk)
    return stopped


def undo(job: Import) -> int:
    """Delete what it made and nobody has seen since; how many rows. Once it is over only."""
    with transaction.atomic():
        ended = Import.objects.select_for_update().filter(pk=job.pk).exclude(status__in=Import.OPEN)
        found = ended.exclude(status=Status.UNDONE).first()
        if found is None or found.stamp is None:
            return 0
        removed = 0
        if found.what != Import.What.AUDIENCE:
            removed = history.forget(
                model_of(registry.get(found.platform), found.what), _entities(found),
                owner_id=found.owner_id, now=found.stamp,
            )  # fmt: skip
        _forget_sources(found)
        found.status, found.removed = Status.UNDONE, removed
        found.save(update_fields=["status", "removed"])
    job.status, job.removed = found.status, removed
    return removed


def _entities(job: Import) -> list[int]:
    own = Entity.objects.filter(owner_id=job.owner_id, platform=job.platform)
    return [job.entity_id] if job.entity_id else list(own.values_list("pk", flat=True))


def _forget_sources(job: Import) -> None:
    """Sources that it made, where nobody watches them and nothing is left of them."""
    content = registry.get(job.platform).content
    made = Entity.objects.filter(pk__in=job.made_sources, profile=None)
    watched = MonitoringJob.objects.filter(entity__in=made).values("entity")
    used = content.objects.filter(entity__in=made).values("entity")
    made.exclude(pk__in=watched).exclude(pk__in=used).delete()


def _tidy(import_id: int) -> None:
    """Delete the upload of an import that is over."""
    with transaction.atomic():
        ended = Import.objects.filter(pk=import_id, is_upload=True).exclude(stored_as="")
        over = ended.exclude(status__in=[Status.DRAFT, *Import.OPEN]).first()
        if over:
            stored_as, over.stored_as = over.stored_as, ""
            over.save(update_fields=["stored_as"])
            transaction.on_commit(lambda: files.drop(stored_as))


def sweep() -> None:
    """Ring for imports that nobody works on, and delete what was left lying for a day."""
    with system():
        waiting = Import.objects.filter(
            status__in=Import.OPEN, is_upload=True, lease_until__lt=timezone.now()
        )
        unheard = list(waiting.order_by("pk").values_list("pk", "owner_id")[:100])
        in_use = list(Import.objects.filter(status__in=Import.OPEN).values_list("stored_as"))
    for import_id, owner_id in unheard:
        ring(import_id, owner_id)
    files.drop_old(stored_as for (stored_as,) in in_use)
