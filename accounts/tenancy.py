"""Whose rows the current code may see.

PostgreSQL decides it, by row level security: a policy compares each row's owner with the setting
`tidewatch.tenant`. That setting lives in one transaction, so that a pooled connection never
carries it to somebody else. Without a tenant there are no rows.

- `acting_for(user_id)`: every transaction begun inside belongs to that user. For requests, tasks
  and sockets, which begin their transactions later.
- `tenant(user_id)`: the same with a transaction around it. For exports, tests and the shell.
- `system()`: all tenants' rows, through the role `tidewatch_system`. For the dispatcher, the
  sweeper and staff. Always visible in the code by its name.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from psycopg.pq import TransactionStatus

TENANT = "tidewatch.tenant"
ROLE = "role"

_current: ContextVar[int | None] = ContextVar("tenant", default=None)


def current() -> int | None:
    """Id of the user whose rows are visible, or None."""
    return _current.get()


def announce(database: BaseDatabaseWrapper) -> None:
    """Tell a transaction that has just begun whose it is."""
    if database.alias == DEFAULT_DB_ALIAS and current() is not None:
        _set(database, TENANT, str(current()))


@contextmanager
def acting_for(user_id: int | None) -> Iterator[None]:
    """Give every transaction inside to this user; None gives them to nobody."""
    token = _current.set(user_id)
    try:
        # Inside a transaction nothing will announce the tenant any more.
        with _within_transaction(user_id) if connection.in_atomic_block else nullcontext():
            yield
    finally:
        _current.reset(token)


@contextmanager
def _within_transaction(user_id: int | None) -> Iterator[None]:
    # Also the system, which sees all, sees one tenant's rows while it acts for that tenant.
    with _local(TENANT, str(user_id or "")), _local(ROLE, settings.APP_ROLE):
        yield


def as_current(work: Callable[[], object]) -> Callable[[], None]:
    """Return the same work, to be done later for whom this code works now."""
    user_id = current()

    def work_for_them() -> None:
        with acting_for(user_id):
            work()

    return work_for_them


@contextmanager
def tenant(user_id: int) -> Iterator[None]:
    """Run one transaction as this user."""
    with acting_for(user_id), transaction.atomic():
        yield


@contextmanager
def system() -> Iterator[None]:
    """Run one transaction that sees every tenant's rows."""
    with transaction.atomic(), _local(ROLE, settings.SYSTEM_ROLE):
        yield


@contextmanager
def _local(name: str, value: str) -> Iterator[None]:
    """Set a transaction-local setting and put the old value back."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s, true)", [name])
        (before,) = cursor.fetchone()
    _set(connection, name, value)
    try:
        yield
    finally:
        # A failed transaction takes no statement, and forgets the setting when it is rolled back.
        if _takes_statements():
            _set(connection, name, before or "")


def _takes_statements() -> bool:
    if connection.needs_rollback:  # also when the connection was closed inside
        return False
    status: TransactionStatus = connection.connection.info.transaction_status
    return status == TransactionStatus.INTRANS


def _set(database: BaseDatabaseWrapper, name: str, value: str) -> None:
    with database.cursor() as cursor:
        cursor.execute("SELECT set_config(%s, %s, true)", [name, value])
