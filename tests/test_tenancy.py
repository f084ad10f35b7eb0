"""A tenant sees and changes its own rows only, even where the code forgets to ask."""

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
from accounts.rls import tenant_tables
from accounts.tenancy import acting_for, current, system, tenant
from platforms.models import Entity
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


def test_contexts_nest_and_come_back(watched, alice, bob):
    with tenant(alice.pk):
        with tenant(bob.pk):
            assert Entity.objects.get().owner_id == bob.pk
        with system():
            assert Entity.objects.count() == 2
        assert Entity.objects.get().owner_id == alice.pk
    assert current() is None


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


@both_connections
def test_the_check_names_an_open_table():
    def lay(state):
        with connections["owner"].cursor() as cursor:
            cursor.execute(f"ALTER TABLE platforms_entity {state} ROW LEVEL SECURITY")

    lay("NO FORCE")
    try:
        with pytest.raises(CommandError, match="1 without policy: platforms_entity"):
            call_command("tenancy_check", stdout=StringIO())
    finally:
        lay("FORCE")
    out = StringIO()
    call_command("tenancy_check", stdout=out)
    assert "0 without policy" in out.getvalue()


@both_connections
def test_the_check_names_a_policy_that_opens_a_table():
    def run(statement):
        with connections["owner"].cursor() as cursor:
            cursor.execute(statement)

    run("CREATE POLICY leak ON platforms_entity USING (true)")
    try:
        with pytest.raises(CommandError, match="platforms_entity"):
            call_command("tenancy_check", stdout=StringIO())
    finally:
        run("DROP POLICY leak ON platforms_entity")


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
