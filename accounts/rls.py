"""Row level security of tenant tables: the migration operation and the inspection."""

from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from accounts.owned import Owned
from accounts.tenancy import TENANT

# The inner SELECT is evaluated once a statement, not once a row. After SET LOCAL the setting is
# '' and not NULL, so a plain cast would raise.
OWN_ROWS = f"owner_id = (SELECT nullif(current_setting('{TENANT}', true), '')::bigint)"


def own_parents(model: type[models.Model]) -> str:
    """Say in SQL that each tenant's row this one points at is visible to its tenant; '' for none.

    A foreign key alone finds every tenant's rows: its check passes by row level security. A key
    without a constraint in the database is left to the code that writes it. Written as PostgreSQL
    prints it, so that the inspection finds it again.
    """
    return " AND ".join(_own_parent(key) for key in _foreign_keys(model) if _points_at_tenant(key))


def _foreign_keys(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    fields = model._meta.local_concrete_fields
    return [field for field in fields if isinstance(field, models.ForeignKey)]


def _points_at_tenant(key: models.ForeignKey[Any, Any]) -> bool:
    # In a migration the models know their fields and not that they derive from `Owned`.
    names = {field.name for field in key.related_model._meta.fields}
    return key.db_constraint and "owner" in names  # type: ignore[attr-defined]  # unknown to the stubs


def _own_parent(key: models.ForeignKey[Any, Any]) -> str:
    table, parent = key.model._meta.db_table, key.related_model._meta.db_table
    same = f"parent.{key.target_field.column} = {table}.{key.column}"
    visible = f"(EXISTS ( SELECT FROM {parent} parent WHERE ({same})))"
    return f"(({key.column} IS NULL) OR {visible})" if key.null else visible


class IsolateTenants(Operation):
    """Lets a tenant touch only its own rows, even where a query forgets its filter.

    Add it after `CreateModel` of every model that derives from `Owned`.
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
        parents = own_parents(to_state.apps.get_model(app_label, self.model_name))
        check = f"{OWN_ROWS} AND {parents}" if parents else OWN_ROWS
        app, system, owner = settings.APP_ROLE, settings.SYSTEM_ROLE, "CURRENT_USER"
        for statement in (
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY",
            f"CREATE POLICY tenant ON {table} TO {app} USING ({OWN_ROWS}) WITH CHECK ({check})",
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
    tenants = _tenant_models()
    parents = [own_parents(model) for model in tenants.values()]
    with connection.cursor() as cursor:
        cursor.execute(
            _INSPECTION, [f"(owner_id = %'{TENANT}'%", list(tenants), parents, settings.APP_ROLE]
        )
        return [TableState(*row) for row in cursor.fetchall()]


# Only our own policy may open a table to the app role: PostgreSQL joins policies with OR.
_INSPECTION = r"""
SELECT wanted.name,
       coalesce(c.relrowsecurity AND c.relforcerowsecurity
                AND NOT EXISTS (SELECT FROM pg_roles r
                                WHERE r.rolname IN (current_user, app.rolname)
                                AND (r.oid = c.relowner OR r.rolsuper OR r.rolbypassrls))
                AND (SELECT array_agg(policyname::text) = '{tenant}'
                            AND bool_and(qual LIKE %s AND regexp_replace(with_check, '\s', '', 'g')
                                = regexp_replace(CASE wanted.parents WHEN '' THEN qual
                                  ELSE '(' || qual || 'AND' || wanted.parents || ')' END,
                                  '\s', '', 'g'))
                     FROM pg_policies p
                     WHERE p.schemaname = current_schema() AND p.tablename = wanted.name
                       AND p.roles && ARRAY['public', app.rolname]), false)
FROM unnest(%s::text[], %s::text[]) AS wanted(name, parents)
LEFT JOIN pg_class c ON c.oid = to_regclass(wanted.name)
LEFT JOIN pg_roles app ON app.rolname = %s
ORDER BY wanted.name
"""
