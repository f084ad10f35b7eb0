"""Migrates as the owner of the tables, one process at a time, and grants the others rights."""

from typing import Any

from django.conf import settings
from django.core.management.base import CommandParser
from django.core.management.commands.migrate import Command as DjangoMigrate
from django.db import connections

from accounts.rls import guard_parents
from accounts.roles import ensure_roles, grant

# Any number that nothing else in this database locks.
MIGRATION_LOCK = 7_411_902


class Command(DjangoMigrate):
    """Django's migrate, through the owner's connection."""

    def add_arguments(self, parser: CommandParser) -> None:
        """Django's arguments, with the owner's connection as the default database."""
        super().add_arguments(parser)
        parser.set_defaults(database=settings.MIGRATION_DATABASE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Wait for the turn, make the roles, migrate, guard, grant."""
        owner = connections[options["database"]]
        with owner.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [MIGRATION_LOCK])
        try:
            ensure_roles(owner)
            super().handle(*args, **options)
            if not options["app_label"] and not options["plan"]:  # the tables are as the models
                guard_parents(owner)
            grant(owner)
        finally:
            with owner.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])
