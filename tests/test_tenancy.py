"""A tenant sees and changes its own rows only, even where the code forgets to ask."""

from functools import partial
from io import StringIO

import pytest
from django.apps import apps
from django.contrib.auth.models import AnonymousUser
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.utils import ProgrammingError
from django.http import HttpResponse
from django.urls import path

from accounts.owned import Owned
from accounts.rls import OWN_ROWS, tenant_tables
from accounts.tenancy import acting_for, current, system, tenant
from platforms.models import Entity, EntityName
from tests.factories.platforms import EntityFactory

both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def watched(alice, bob):
    """The same channel, watched by alice and by bob."""
    for person in (alice, bob):
        with tenant(person.pk):
            EntityFactory(owner=person, external_id="UC1")


def test_each_tenant_sees_its_own_rows_without_any_filter(watched, alice, bob):
    for person in (alice, bob):
        with tenant(person.pk):
            assert [entity.owner_id for entity in Entity.objects.all()] == [person.pk]
            with connection.cursor() as cursor:
                cursor.execute("SELECT owner_id FROM platforms_entity")
                assert cursor.fetchall() == [(person.pk,)]


def test_nobody_sees_no_rows(watched, charlie):
    assert Entity.objects.count() == 0
    with tenant(charlie.pk):
        assert Entity.objects.count() == 0


def test_the_system_sees_all_rows_and_only_while_it_says_so(watched):
    with system():
        assert Entity.objects.count() == 2
    assert Entity.objects.count() == 0


def test_a_tenant_cannot_change_or_delete_foreign_rows(watched, alice, bob):
    with tenant(alice.pk):
        assert Entity.objects.filter(owner=bob).update(title="taken") == 0
        assert Entity.objects.filter(owner=bob).delete()[0] == 0
    with system():
        assert not Entity.objects.filter(title="taken").exists()
        assert Entity.objects.count() == 2


def test_a_tenant_cannot_write_in_anothers_name(alice, bob):
    refused = pytest.raises(ProgrammingError, match="row-level security")
    with tenant(alice.pk), refused, transaction.atomic():
        EntityFactory(owner=bob)


def test_a_tenants_row_cannot_hang_on_a_foreign_one(watched, alice, bob):
    with system():
        hers, his = (Entity.objects.get(owner=person) for person in (alice, bob))
    with tenant(alice.pk):
        name = EntityName.objects.create(owner=alice, entity=hers, handle="hers")
        for attach in (
            lambda: EntityName.objects.create(owner=alice, entity=his, handle="his"),
            lambda: EntityName.objects.filter(pk=name.pk).update(entity=his),
        ):
            with pytest.raises(ProgrammingError, match="row-level"), transaction.atomic():
                attach()


def test_contexts_nest_and_come_back(watched, alice, bob):
    with tenant(alice.pk):
        with tenant(bob.pk):
            assert Entity.objects.get().owner_id == bob.pk
        with system():
            assert Entity.objects.count() == 2
        assert Entity.objects.get().owner_id == alice.pk
    assert current() is None


def test_the_system_acts_for_a_tenant_as_that_tenant(watched, alice, bob):
    with system():
        with tenant(alice.pk):
            assert Entity.objects.get().owner_id == alice.pk
        with acting_for(None):
            assert not Entity.objects.exists()
        assert Entity.objects.count() == 2


@both_connections
def test_what_waits_for_the_commit_is_done_for_the_tenant_that_asked(watched, alice, bob):
    seen = []

    def look():
        with transaction.atomic():
            seen.append((current(), Entity.objects.get().owner_id))

    with tenant(alice.pk):
        with tenant(bob.pk):
            transaction.on_commit(look)
        transaction.on_commit(look)
    assert seen == [(bob.pk, bob.pk), (alice.pk, alice.pk)]


@both_connections
def test_a_failure_after_the_commit_costs_only_itself(alice, caplog):
    with tenant(alice.pk):
        EntityFactory(owner=alice)
        transaction.on_commit(partial(divmod, 1, 0), robust=True)
    assert "on_commit" in caplog.text


@both_connections
@pytest.mark.parametrize("context", [system, lambda: acting_for(1)])
def test_a_connection_that_closes_inside_hides_no_error(context):
    def lose_the_connection():
        connection.close()
        raise KeyError

    with pytest.raises(KeyError), transaction.atomic(), context():
        lose_the_connection()


def test_a_failed_statement_leaves_the_outer_context_whole(watched, alice, bob):
    with tenant(alice.pk):
        with pytest.raises(ProgrammingError), transaction.atomic(), tenant(bob.pk):
            EntityFactory(owner=alice)
        assert Entity.objects.get().owner_id == alice.pk


@both_connections
def test_the_tenant_ends_with_its_transaction(alice, bob):
    with tenant(alice.pk):
        EntityFactory(owner=alice)
    with transaction.atomic():  # most likely on the same pooled connection
        assert Entity.objects.count() == 0
    with acting_for(alice.pk):
        assert Entity.objects.count() == 0, "outside a transaction nothing is announced"
        with transaction.atomic():
            assert Entity.objects.count() == 1


@both_connections
def test_the_serving_role_cannot_lift_the_protection(alice):
    for statement in (
        "ALTER TABLE platforms_entity DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON platforms_entity",
        "ALTER ROLE tidewatch_app BYPASSRLS",
        "TRUNCATE platforms_entity",
    ):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def as_owner(statement):
    with connections["owner"].cursor() as cursor:
        cursor.execute(statement)


@both_connections
def test_the_check_names_an_open_table():
    as_owner("ALTER TABLE platforms_entity NO FORCE ROW LEVEL SECURITY")
    try:
        with pytest.raises(CommandError, match="1 without policy: platforms_entity"):
            call_command("tenancy_check", stdout=StringIO())
    finally:
        as_owner("ALTER TABLE platforms_entity FORCE ROW LEVEL SECURITY")
    out = StringIO()
    call_command("tenancy_check", stdout=out)
    assert "0 without policy" in out.getvalue()


@both_connections
def test_the_check_names_a_policy_that_opens_a_table():
    as_owner("CREATE POLICY leak ON platforms_entity USING (true)")
    try:
        with pytest.raises(CommandError, match="platforms_entity"):
            call_command("tenancy_check", stdout=StringIO())
    finally:
        as_owner("DROP POLICY leak ON platforms_entity")


@both_connections
def test_the_check_names_a_policy_that_was_weakened():
    for rule in ("USING (true)", f"WITH CHECK ({OWN_ROWS} OR true)"):
        as_owner(f"ALTER POLICY tenant ON platforms_entity {rule}")
        try:
            with pytest.raises(CommandError, match="platforms_entity"):
                call_command("tenancy_check", stdout=StringIO())
        finally:
            call_command("migrate", verbosity=0)


@both_connections
def test_the_check_names_a_policy_that_asks_for_no_parent_and_migrate_mends_it():
    as_owner(f"ALTER POLICY tenant ON platforms_entityname WITH CHECK ({OWN_ROWS})")
    try:
        with pytest.raises(CommandError, match="1 without policy: platforms_entityname"):
            call_command("tenancy_check", stdout=StringIO())
    finally:
        call_command("migrate", verbosity=0)  # writes it again
    call_command("tenancy_check", stdout=StringIO())


def test_every_model_with_an_owner_is_a_tenant_table():
    owned = {m._meta.db_table for m in apps.get_models() if issubclass(m, Owned)}
    assert owned == set(tenant_tables())
    assert "platforms_entity" in owned


# Tables that name a person and are no tenant's: they are read before anybody is known.
SHARED = {
    "users_groups", "users_user_permissions",  # rights, given by staff
    "account_emailaddress",  # sign-in looks an address up
    "usersessions_usersession",  # the session middleware writes it
    "django_admin_log",  # staff only
}  # fmt: skip


def test_no_table_names_a_person_without_being_a_tenant_table(db):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid = 'users'::regclass"
        )
        tables = {name for (name,) in cursor.fetchall()}
    assert tables - set(tenant_tables()) == SHARED


def test_no_table_points_at_a_tenants_rows_without_being_a_tenant_table(db):
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT conrelid::regclass::text FROM pg_constraint"
            " WHERE contype = 'f' AND confrelid::regclass::text = ANY(%s)",
            [tenant_tables()],
        )
        tables = {name for (name,) in cursor.fetchall()}
    assert "platforms_entityname" in tables
    assert tables <= set(tenant_tables())


def entities(request):
    """A view that forgot its filter."""
    return HttpResponse(",".join(str(entity.owner_id) for entity in Entity.objects.all()))


urlpatterns = [path("entities/", entities)]


@pytest.mark.urls("tests.test_tenancy")
def test_a_view_that_forgot_its_filter_shows_no_foreign_rows(watched, client, alice, bob, charlie):
    for person, seen in ((alice, str(alice.pk)), (bob, str(bob.pk)), (charlie, "")):
        client.force_login(person)
        assert client.get("/entities/").text == seen
    client.logout()
    assert client.get("/entities/").content == b""


def test_for_user_is_the_first_fence(watched, alice, bob):
    with system():
        assert Entity.objects.for_user(alice).get().owner_id == alice.pk
        assert not Entity.objects.for_user(AnonymousUser()).exists()
