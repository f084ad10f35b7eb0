"""The database backend. Django demands this file's name and the class's."""

from django.db.backends.postgresql.base import DatabaseWrapper as PostgresWrapper

from accounts.tenancy import announce


class DatabaseWrapper(PostgresWrapper):
    """Announces the tenant at the start of each transaction, for row level security."""

    def set_autocommit(
        self,
        autocommit: bool,
        force_begin_transaction_with_broken_autocommit: bool = False,  # noqa: FBT001, FBT002  Django's signature
    ) -> None:
        """Begin a transaction with the tenant set in it, and for it only."""
        super().set_autocommit(autocommit, force_begin_transaction_with_broken_autocommit)
        if not autocommit:
            announce(self)
