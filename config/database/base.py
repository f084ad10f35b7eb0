"""The database backend. Django demands this file's name and the class's."""

import os

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from accounts.tenancy import announce

# Web and worker processes are forked: a child makes connections of its own, and its parent's pool
# has no threads there.
os.register_at_fork(after_in_child=PostgresWrapper._connection_pools.clear)  # type: ignore[attr-defined]  # unknown to the stubs


class DatabaseWrapper(PostgresWrapper):
    """Announces the tenant at the start of each transaction, for row level security."""

    def set_autocommit(
        self,
        autocommit: bool,  # noqa: FBT001  Django's signature
        force_begin_transaction_with_broken_autocommit: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> None:
        """Begin a transaction with the tenant set in it, and for it only."""
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit:
            announce(self)
