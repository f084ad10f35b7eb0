"""The database backend. Django demands this file's name and the class's."""

import os
from collections.abc import Callable
from time import monotonic
from typing import Any

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper
from psycopg import OperationalError

from accounts.tenancy import announce, as_current

# Web and worker processes are forked: a child makes connections of its own, and its parent's pool
# has no threads there.
os.register_at_fork(after_in_child=PostgresWrapper._connection_pools.clear)  # type: ignore[attr-defined]  # unknown to the stubs


REST_SECONDS = 1.0


class DatabaseWrapper(PostgresWrapper):
    """Announces the tenant at the start of each transaction, for row level security."""

    _lost_until = 0.0  # of the whole process

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect, unless that has just failed.

        A page that fails asks again for its error page, and would each time wait in vain.
        """
        if monotonic() < self._lost_until:
            raise OperationalError("The database did not answer a moment ago.")
        try:
            return super().get_new_connection(conn_params)
        except OperationalError:
            DatabaseWrapper._lost_until = monotonic() + (REST_SECONDS if self.pool else 0)
            raise

    def set_autocommit(
        self,
        autocommit: bool,  # noqa: FBT001  Django's signature
        force_begin_transaction_with_broken_autocommit: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> None:
        """Begin a transaction with the tenant set in it, and for it only."""
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit:
            announce(self)

    def on_commit(
        self,
        func: Callable[[], object],
        robust: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> None:
        """Call back for the tenant that asked; at the commit another one may be at work."""
        super().on_commit(as_current(func), robust)
