"""Database roles: the app's, which row level security binds, and the system's, which sees all."""

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper


def ensure_roles(owner: BaseDatabaseWrapper) -> None:
    """Make the roles that migrations name in policies. `owner`: a connection of the tables' owner.

    The owner needs CREATEROLE for this once; where it may not, an administrator makes the roles
    beforehand (docs/operations.md).
    """
    app, system = settings.APP_ROLE, settings.SYSTEM_ROLE
    with owner.cursor() as cursor:
        for role in (app, system):
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [role])
            if not cursor.fetchone():
                cursor.execute(f"CREATE ROLE {role} NOLOGIN NOINHERIT")
        _join(owner, member=app, group=system)
        cursor.execute("SELECT current_user")
        (me,) = cursor.fetchone()
        for group in (app, system):
            _join(owner, member=me, group=group)


def _join(owner: BaseDatabaseWrapper, *, member: str, group: str) -> None:
    """Let `member` step into `group`. Since PostgreSQL 16 who makes a role may not, at first."""
    may_step_in = "SET" if owner.pg_version >= 160_000 else "MEMBER"  # type: ignore[attr-defined]
    with owner.cursor() as cursor:
        cursor.execute("SELECT pg_has_role(%s, %s, %s)", [member, group, may_step_in])
        (joined,) = cursor.fetchone()
        if not joined:
            cursor.execute(f'GRANT {group} TO "{member}"')


def grant(owner: BaseDatabaseWrapper) -> None:
    """Let both roles read and write every table, and own none. Runs after each migration."""
    with owner.cursor() as cursor:
        for role in (settings.APP_ROLE, settings.SYSTEM_ROLE):
            for rights in (
                "USAGE ON SCHEMA public",
                "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public",
                "USAGE ON ALL SEQUENCES IN SCHEMA public",
            ):
                cursor.execute(f"GRANT {rights} TO {role}")
