"""Imports the history of sources from a CSV or JSONL file of any size."""

import time
from argparse import ArgumentTypeError
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from accounts.models import User
from accounts.tenancy import acting_for, tenant
from collectors.imports import jobs, values, work
from collectors.imports.fields import READ_AT, SOURCE
from collectors.imports.mapping import Incomplete
from collectors.imports.models import Import
from collectors.imports.opening import Unreadable
from collectors.imports.preview import preview
from collectors.imports.sources import Sources
from platforms import registry
from platforms.models import Entity

SHOWN_PROBLEMS = 10


class Command(BaseCommand):
    """Safe to interrupt and to run again: it goes on, and doubles nothing."""

    help = "Import history from a CSV or JSONL file (also .gz) into the sources of a person."

    def add_arguments(self, parser: CommandParser) -> None:
        """The file, whose it becomes, and how it is to be read."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--owner", required=True, help="E-mail address of the person.")
        slugs = [platform.slug for platform in registry.every()]
        parser.add_argument("--platform", required=True, choices=slugs)
        parser.add_argument("--what", default="posts", choices=Import.What.values)
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--source", help="Name or id of the source of the whole file.")
        where.add_argument("--source-column", help="The column that names each row's source.")
        parser.add_argument(
            "--make-sources", action="store_true",
            help="Make sources that are missing; they are not collected.",
        )  # fmt: skip
        parser.add_argument(
            "--map", action="append", default=[], type=_pair, metavar="FIELD=COLUMN",
            help="Which column tells a field, where the guess is wrong; FIELD= leaves it out.",
        )  # fmt: skip
        parser.add_argument(
            "--read-at", type=_moment,
            help="When the figures stood so, if no column tells: the file's date unless given.",
        )  # fmt: skip
        parser.add_argument("--zone", type=_zone, default="UTC", help="Of moments without one.")
        parser.add_argument("--day-first", action="store_true", default=None)
        parser.add_argument("--dry-run", action="store_true", help="Show the first rows only.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Find or begin the import, work through it, and say what came of it."""
        owner = User.objects.filter(email__iexact=options["owner"]).first()
        if owner is None:
            raise CommandError(f"Nobody has the address {options['owner']}.")
        with acting_for(owner.pk):
            try:
                job = self._brought(owner.pk, options)
                if options["dry_run"]:
                    self._show(job)
                    return
                jobs.start(job)
            except (Unreadable, Incomplete, ValueError) as error:
                raise CommandError(str(error)) from None
            self._work(job)

    def _brought(self, owner_id: int, options: dict[str, Any]) -> Import:
        """The import of this file: one that was cut off, or a new one."""
        path = options["file"].resolve()
        if not path.is_file():
            raise CommandError(f"There is no file {options['file']}.")
        wish = self._wish(owner_id, path, options)
        job = jobs.bring(path, wish, owner_id=owner_id, file_name=path.name, is_upload=False)
        for name, column in job.mapping.items():
            self.stdout.write(f"  {name:18} {column}")
        if READ_AT not in job.mapping:
            self.stdout.write(f"  {READ_AT:18} {job.read_at:%Y-%m-%d %H:%M} UTC, the whole file")
        return job if options["dry_run"] else _cut_off(job) or job

    def _wish(self, owner_id: int, path: Path, options: dict[str, Any]) -> jobs.Wish:
        mapped = dict(options["map"])
        if options["source_column"]:
            mapped[SOURCE] = options["source_column"]
        file_date = datetime.fromtimestamp(path.stat().st_mtime, UTC)
        return jobs.Wish(
            platform=options["platform"],
            what=options["what"],
            entity=self._source(owner_id, options) if options["source"] else None,
            mapping=mapped,
            read_at=options["read_at"] or file_date,
            zone=options["zone"],
            day_first=options["day_first"],
            make_sources=options["make_sources"],
        )

    def _source(self, owner_id: int, options: dict[str, Any]) -> Entity:
        asked = Import(
            owner_id=owner_id, platform=options["platform"], make_sources=options["make_sources"]
        )
        with tenant(owner_id):
            try:
                sources = Sources(asked)
                account = sources.account(options["source"])
                Entity.objects.bulk_create(sources.taken())
            except ValueError as error:
                raise CommandError(f"{options['source']}: {error} Try --make-sources.") from None
            return Entity.objects.get(
                owner_id=owner_id, platform=options["platform"], external_id=account
            )

    def _show(self, job: Import) -> None:
        with tenant(job.owner_id):
            for row in preview(job):
                self.stdout.write(f"line {row.line}")
                for heading, value in row.cells:
                    self.stdout.write(f"  {heading:26} {value}")
                for sentence in row.problems:
                    self.stdout.write(self.style.WARNING(f"  {sentence}"))
            job.delete()

    def _work(self, job: Import) -> None:
        began = time.monotonic()
        self._wait_for(job)
        try:
            work.run(job.pk, tell=self._progress)
        except KeyboardInterrupt:
            work.put_back(job.pk)
            raise CommandError("Interrupted. Run the same command again, and it goes on.") from None
        with tenant(job.owner_id):
            job.refresh_from_db()
            self._report(job, time.monotonic() - began)

    def _wait_for(self, job: Import) -> None:
        """Let the lease of a process that was killed run out."""
        while (left := _left(job)) > 0:
            self.stdout.write(f"Another process has this import; waiting for {left:.0f} s")
            time.sleep(min(left + 0.5, 15.0))

    def _progress(self, job: Import, records: int, share: float) -> None:
        del job
        self.stdout.write(f"{share:6.1%}  {records:,} rows")

    def _report(self, job: Import, seconds: float) -> None:
        for problem in job.problems.order_by("line", "pk")[:SHOWN_PROBLEMS]:
            where = f" ({problem.column}: {problem.cell})" if problem.column else ""
            self.stdout.write(self.style.WARNING(f"line {problem.line}: {problem.sentence}{where}"))
        counts = ("created", "changed", "unchanged", "repeated", "refused")
        told = ", ".join(f"{getattr(job, name):,} {name}" for name in counts)
        line = f"{job.position:,} rows: {told}; {seconds:.1f} s"
        if job.status != Import.Status.DONE:
            raise CommandError(f"{job.error_text or job.get_status_display()} {line}")
        self.stdout.write(self.style.SUCCESS(line))


def _cut_off(job: Import) -> Import | None:
    """An earlier import of the same file in the same way that has not ended; the new one goes."""
    same = ("owner_id", "platform", "what", "entity_id", "digest", "mapping", "zone", "day_first",
            "read_at", "make_sources")  # fmt: skip
    with tenant(job.owner_id):
        earlier = (
            Import.objects.filter(status__in=Import.OPEN, is_upload=False)
            .filter(**{name: getattr(job, name) for name in same})
            .first()
        )
        if earlier is not None:
            job.delete()
            Import.objects.filter(pk=earlier.pk).update(stored_as=job.stored_as)
    return earlier


def _left(job: Import) -> float:
    """Seconds until the import may be taken."""
    with tenant(job.owner_id):
        job.refresh_from_db()
    if job.status != Import.Status.RUNNING or job.lease_until is None:
        return 0.0
    return (job.lease_until - timezone.now()).total_seconds()


def _pair(text: str) -> tuple[str, str]:
    name, mark, column = text.partition("=")
    if not mark:
        raise ArgumentTypeError("write FIELD=COLUMN")
    return name, column


def _moment(text: str) -> datetime:
    try:
        found = values.moment(text, values.Dates(timezone.now()))
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from None
    if found is None:
        raise ArgumentTypeError("write a date, such as 2013-08-20")
    return found


def _zone(text: str) -> str:
    if text not in available_timezones():
        raise ArgumentTypeError("write a time zone, such as Europe/Berlin")
    return ZoneInfo(text).key
