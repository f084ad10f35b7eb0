"""Erases posts, or a whole account, that a platform or a person asks us to erase."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from collectors.policies import leaving
from platforms import registry


class Command(BaseCommand):
    """Words and names go at once, for every person here who holds a copy."""

    help = "Erase posts, or with --account all that is held of accounts, by the platform's ids."

    def add_arguments(self, parser: CommandParser) -> None:
        """The platform and its ids."""
        parser.add_argument("platform", choices=[platform.slug for platform in registry.every()])
        parser.add_argument("ids", nargs="+", help="As the platform writes them.")
        parser.add_argument("--account", action="store_true", help="The ids are accounts'.")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Erase, and say how much it was."""
        platform, ids, now = options["platform"], options["ids"], timezone.now()
        if options["account"]:
            held = sum(leaving.erase_account(platform, account, now=now) for account in ids)
            self.stdout.write(f"Erased of {held} sources.")
        else:
            erased = leaving.erase_posts(platform, ids, now=now)
            self.stdout.write(f"Erased {erased} copies.")
