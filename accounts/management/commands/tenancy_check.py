"""Names every tenant table that row level security does not protect."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts.rls import table_states


class Command(BaseCommand):
    """Exit code 1 when a tenant table is open."""

    help = "Check that row level security protects every tenant table."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Print one line a table and a sum."""
        states = table_states()
        for state in states:
            self.stdout.write(f"{'ok  ' if state.isolated else 'OPEN'} {state.table}")
        open_tables = [state.table for state in states if not state.isolated]
        summary = f"{len(states)} tenant tables, {len(open_tables)} without policy"
        if open_tables:
            raise CommandError(f"{summary}: {', '.join(open_tables)}")
        self.stdout.write(self.style.SUCCESS(summary))
