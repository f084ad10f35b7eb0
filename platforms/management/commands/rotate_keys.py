"""Seals every credential with the first key of CREDENTIAL_KEYS, so that older ones can go."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts.crypto import SealError
from accounts.keyring import keyring
from accounts.tenancy import system
from platforms.credentials import sealing
from platforms.models import ApiProfile

BATCH = 100


class Command(BaseCommand):
    """Safe at any time and as often as wanted: what the first key sealed is left alone."""

    help = "Seal every credential with the first key of CREDENTIAL_KEYS. Safe while all runs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whether to count only."""
        parser.add_argument("--dry-run", action="store_true", help="Count, and change nothing.")

    def handle(self, *_args: Any, dry_run: bool, **_options: Any) -> None:
        """Work through all profiles in batches, then say which keys are still needed."""
        self.left: Counter[str] = Counter()
        self.unreadable: list[str] = []
        total = 0
        for seen, changed in self.batches(dry_run=dry_run):
            total += changed
            self.stdout.write(f"{seen} profiles seen, {total} fields {self.verb(dry_run=dry_run)}")
        self.report()

    def batches(self, *, dry_run: bool) -> Iterator[tuple[int, int]]:
        """Yield how many profiles were seen, and how many fields changed, batch by batch."""
        last, seen = 0, 0
        while True:
            with system():
                # Locked for a moment each: somebody may replace a credential at the same time.
                profiles = list(
                    ApiProfile.objects.filter(pk__gt=last)
                    .select_for_update()
                    .order_by("pk")[:BATCH]
                )
                changed = sum(self.rotate(profile, dry_run=dry_run) for profile in profiles)
            if not profiles:
                return
            last, seen = profiles[-1].pk, seen + len(profiles)
            yield seen, changed

    def rotate(self, profile: ApiProfile, *, dry_run: bool) -> int:
        """Reseal one profile. Returns the number of fields that another key had sealed."""
        try:
            changed = sealing.reseal(profile)
            if changed and not dry_run:
                ApiProfile.objects.filter(pk=profile.pk).update(sealed=profile.sealed)
            elif changed:
                profile.refresh_from_db(fields=["sealed"])
            self.left.update(sealing.keys_of(profile))
        except SealError as error:
            self.unreadable.append(f"profile {profile.pk}: {error}")
            return 0
        return changed

    def report(self) -> None:
        """Say how many fields each key seals; fail where some cannot be opened."""
        ring = keyring()
        for name in ring.names:
            note = " (current)" if name == ring.current.name else ""
            self.stdout.write(f"key {name}{note}: {self.left[name]} fields")
        if self.unreadable:
            listed = "\n".join(self.unreadable)
            raise CommandError(
                f"{len(self.unreadable)} profiles cannot be opened and were left alone:\n{listed}"
            )

    @staticmethod
    def verb(*, dry_run: bool) -> str:
        """What happens to the fields."""
        return "to be sealed again" if dry_run else "sealed again"
