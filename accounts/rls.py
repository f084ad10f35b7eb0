"""Row level security of tenant tables: the migration operation, the parents and the inspection."""

import re
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from accounts.owned import Owned
from accounts.tenancy import TENANT

# The inner SELECT is evaluated once a statement, not once a row. After SET LOCAL the setting is
# '' and not NULL, so a plain cast would raise.
OWN_ROWS = f"owner_id = (SELECT nullif(current_setting('{TENANT}', true), '')::bigint)"


class IsolateTenants(Operation):
    """Lets a tenant touch only its own rows, even where a query forgets its filter.

    Add it after `CreateModel` of every model that derives from `Owned`. What `migrate` adds at its
    end, as foreign keys come and go, is in `guard_parents`.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """Policies are no part of Django's model state."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,
        to_state: ProjectState,
    ) -> None:
        """Turn row level security on, also for the table's owner, and write both policies."""
        del from_state  # Django's signature
        table = self._table(app_label, schema_editor, to_state)
        app, system, owner = settings.APP_ROLE, settings.SYSTEM_ROLE, "CURRENT_USER"
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {table} TO {app} USING ({OWN_ROWS}) WITH CHECK ({OWN_ROWS})",
            f"CREATE POLICY system ON {table} TO {system}, {owner} USING (true) WITH CHECK (true)",
        ):
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: Any,
    ) -> None:
        """Take both policies away."""
        del to_state  # Django's signature
        table = self._table(app_label, schema_editor, from_state)
        for statement in (
            f"DROP POLICY system ON {table}",
            f"DROP POLICY tenant ON {table}",
            f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        ):
            schema_editor.execute(statement)

    def describe(self) -> str:
        """The line that `migrate` prints."""
        return f"Isolate the tenants of {self.model_name}"

    @property
    def migration_name_fragment(self) -> str:
        """Part of a generated migration's name."""
        return f"isolate_{self.model_name.lower()}"

    def _table(
        self, app_label: str, schema_editor: BaseDatabaseSchemaEditor, state: ProjectState
    ) -> str:
        model = state.apps.get_model(app_label, self.model_name)
        return schema_editor.quote_name(model._meta.db_table)


def guard_parents(owner: BaseDatabaseWrapper) -> None:
    """Let a row hang on its own tenant's rows only, by the foreign keys that its model has now.

    The check of a foreign key passes by row level security and finds every tenant's rows.
    `owner`: a connection of the tables' owner. Runs after each migration; a policy that is right
    already is left alone, because to change it locks the table.
    """
    tenants = _tenant_models()
    with owner.cursor() as cursor, transaction.atomic(owner.alias):
        for table in sorted(set(tenants) - _guarded_tables(owner)):
            rule = " AND ".join([OWN_ROWS, *_own_parents(tenants[table])])
            cursor.execute(f"DROP POLICY IF EXISTS tenant ON {table}")
            cursor.execute(
                f"CREATE POLICY tenant ON {table} TO {settings.APP_ROLE} "
                f"USING ({OWN_ROWS}) WITH CHECK ({rule})"
            )


def _own_parents(model: type[models.Model]) -> list[str]:
    """Say in SQL, as PostgreSQL prints it, that each tenant's row this one points at is visible.

    A key without a constraint in the database is left to the code that writes it.
    """
    return [
        _own_parent(key)
        for key in model._meta.local_concrete_fields
        if isinstance(key, models.ForeignKey)
        and issubclass(key.related_model, Owned)
        and key.db_constraint  # type: ignore[attr-defined]  # unknown to the stubs
    ]


def _own_parent(key: models.ForeignKey[Any, Any]) -> str:
    table, parent = key.model._meta.db_table, key.related_model._meta.db_table
    same = f"parent.{key.target_field.column} = {table}.{key.column}"
    visible = f"(EXISTS ( SELECT FROM {parent} parent WHERE ({same})))"
    return f"(({key.column} IS NULL) OR {visible})" if key.null else visible


def _guarded_tables(database: BaseDatabaseWrapper) -> set[str]:
    """Tables whose policy `tenant` is as `guard_parents` writes it."""
    tenants = _tenant_models()
    with database.cursor() as cursor:
        cursor.execute(
            "SELECT tablename, qual, with_check FROM pg_policies "
            "WHERE policyname = 'tenant' AND schemaname = current_schema() AND tablename = ANY(%s)",
            [list(tenants)],
        )
        return {
            table
            for table, own_rows, rule in cursor.fetchall()
            if re.match(rf"\(owner_id = .*'{TENANT}'", own_rows)
            and _squeezed(rule) == _squeezed(_printed(own_rows, _own_parents(tenants[table])))
        }


def _printed(own_rows: str, parents: list[str]) -> str:
    return f"({' AND '.join([own_rows, *parents])})" if parents else own_rows


def _squeezed(text: str) -> str:
    """Without spaces: PostgreSQL breaks lines where it likes."""
    return re.sub(r"\s", "", text)


@dataclass(frozen=True)
class TableState:
    """What protects one tenant table."""

    table: str
    isolated: bool


def tenant_tables() -> list[str]:
    """Tables of every model that derives from `Owned`, sorted."""
    return sorted(_tenant_models())


def _tenant_models() -> dict[str, type[models.Model]]:
    tenants = (model for model in apps.get_models() if issubclass(model, Owned))
    return {model._meta.db_table: model for model in tenants if model._meta.managed}


def table_states() -> list[TableState]:
    """State of every tenant table: enabled, forced, its only policy for the app the tenant's."""
    guarded = _guarded_tables(connection)
    with connection.cursor() as cursor:
        cursor.execute(_INSPECTION, [tenant_tables(), settings.APP_ROLE])
        return [TableState(table, fenced and table in guarded) for table, fenced in cursor]


# Only our own policy may open a table to the app role: PostgreSQL joins policies with OR.
_INSPECTION = """
SELECT wanted.name,
       coalesce(c.relrowsecurity AND c.relforcerowsecurity
                AND NOT EXISTS (SELECT FROM pg_roles r
                                WHERE r.rolname IN (current_user, app.rolname)
                                AND (r.oid = c.relowner OR r.rolsuper OR r.rolbypassrls))
                AND (SELECT array_agg(policyname::text) = '{tenant}'
                     FROM pg_policies p
                     WHERE p.schemaname = current_schema() AND p.tablename = wanted.name
                       AND p.roles && ARRAY['public', app.rolname]), false)
FROM unnest(%s::text[]) AS wanted(name)
LEFT JOIN pg_class c ON c.oid = to_regclass(wanted.name)
LEFT JOIN pg_roles app ON app.rolname = %s
ORDER BY wanted.name
"""
