"""Tables of figures, cut by month: old months are dropped in one piece.

The partitions live in the schema `partitions`, which the app's roles cannot enter. Two functions
of the tables' owner (migration 0004) make and drop them, so that no role that serves may change a
table.
"""

from datetime import UTC, datetime

from django.db import connection, models, transaction
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.models import CreateModel
from django.db.migrations.state import ProjectState

from accounts.tenancy import system

# What the functions of migration 0004 take; no platform shows anything of other years.
FIRST, END = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)

_made: set[tuple[str, int, int]] = set()  # table, year, month: what this process knows to exist


class CreatePartitionedModel(CreateModel):
    """Makes the table of a model that is cut by the month of `taken_at`.

    Use it in place of `CreateModel`. The primary key has to contain `taken_at`.
    """

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        """Make the parent, which holds no rows itself, and its indexes."""
        del from_state  # Django's signature
        model = to_state.apps.get_model(app_label, self.name)
        if self.allow_migrate_model(schema_editor.connection.alias, model):
            statement, values = schema_editor.table_sql(model)
            schema_editor.execute(f"{statement} PARTITION BY RANGE (taken_at)", values or None)
            indexes = schema_editor._model_indexes_sql(model)  # type: ignore[attr-defined]  # stubs
            schema_editor.deferred_sql.extend(indexes)

    def describe(self) -> str:
        """The line that `migrate` prints."""
        return f"Create model {self.name}, cut by month"


def possible(moment: datetime) -> bool:
    """Whether a platform can mean this moment."""
    return FIRST <= moment < END


def ensure(model: type[models.Model], moment: datetime) -> None:
    """See to it that rows of this moment have a place.

    Call it before the first statement on the table in a transaction, so that workers which meet
    at the turn of a month wait here and hold nothing. Raises DatabaseError for a table that is
    not cut and for years that cannot be meant.
    """
    table, in_utc = model._meta.db_table, moment.astimezone(UTC)
    month = (table, in_utc.year, in_utc.month)
    if month in _made:
        return
    with connection.cursor() as cursor:
        cursor.execute("SELECT ensure_partition(%s::regclass, %s)", [table, moment])
    # Not before: with a transaction that fails, the partition goes as well.
    transaction.on_commit(lambda: _made.add(month))


def drop_before(model: type[models.Model], moment: datetime) -> list[str]:
    """Drop the months that ended at or before this moment, for all tenants; return their names.

    Gives up after three seconds of waiting for a reader, as everybody would wait behind it. Raises
    OperationalError then.
    """
    _made.clear()
    with system(), connection.cursor() as cursor:
        cursor.execute("SELECT drop_partitions(%s::regclass, %s)", [model._meta.db_table, moment])
        return [name for (name,) in cursor.fetchall()]


def partitions(model: type[models.Model]) -> list[str]:
    """Names of the months that exist, the oldest first."""
    query = "SELECT inhrelid FROM pg_inherits WHERE inhparent = %s::regclass"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT relname FROM pg_class WHERE oid IN ({query}) ORDER BY relname",  # noqa: S608
            [model._meta.db_table],
        )
        return [name for (name,) in cursor.fetchall()]
