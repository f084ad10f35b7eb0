"""Actors: alice (owner), bob (watches the same account, other tenant), charlie (empty)."""

import os
from pathlib import Path

import psycopg
import pytest
from django.db import connection
from hypothesis import HealthCheck, settings
from rest_framework.test import APIClient

from tests.factories.accounts import UserFactory

# A busy machine is no fault of the property.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


@pytest.fixture(scope="session")
def django_db_setup(request, django_test_environment, django_db_blocker):
    """Create and migrate as the owner, as in production, and run the tests as the app's role."""
    from django.db import connections
    from django.test.utils import setup_databases

    with django_db_blocker.unblock():
        setup_databases(verbosity=0, interactive=False, aliases=["owner", "default"])
    yield
    # Nothing to drop: the whole server is thrown away.
    connections["default"].close_pool()


# Of tables that nobody wrote to, not even the file is opened. Kept is what migrating has made.
EMPTY = """
DO $$ DECLARE used regclass; BEGIN
    FOR used IN
        SELECT oid FROM pg_class
        WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_relation_size(oid) > 0
            AND relname NOT IN ('django_migrations', 'django_content_type', 'auth_permission')
    LOOP EXECUTE 'DELETE FROM ' || used; END LOOP;
END $$
"""


@pytest.fixture(scope="session", autouse=True)
def _emptied_in_milliseconds():
    """After a test whose writes were committed, delete its rows alone.

    Django truncates every table and writes all permissions again: half a second, hundreds of times.
    """
    from django.test import TransactionTestCase

    from config.embedded import postgres
    from config.embedded.layout import Layout

    layout = Layout(Path(os.environ["TIDEWATCH_VAR"]))

    def empty(self):
        # The superuser meets no row level security; as a replica no foreign key and no trigger.
        url = postgres.url(layout, postgres.SUPERUSER, connection.settings_dict["NAME"])
        with psycopg.connect(url, options="-c session_replication_role=replica") as server:
            server.execute(EMPTY)

    TransactionTestCase._fixture_teardown = empty


@pytest.fixture(scope="session", autouse=True)
def _watched_queries():
    """Let a request fail that asks the database row by row."""
    from django.conf import settings
    from zeal.constants import initialize_app_registry
    from zeal.patch import patch

    initialize_app_registry()
    patch()
    settings.MIDDLEWARE.insert(0, "zeal.middleware.zeal_middleware")
    # Who signs in is asked for here and there by Django and by allauth: often, and never in a loop.
    settings.ZEAL_ALLOWLIST = [
        {"model": "accounts.User", "field": "get()"},
        {"model": "account.EmailAddress"},
        {"model": "usersessions.UserSession"},
        {"model": "sessions.Session"},
    ]


@pytest.fixture
def alice(db):
    return UserFactory(email="alice@example.org", name="Alice")


@pytest.fixture
def bob(db):
    return UserFactory(email="bob@example.org", name="Bob")


@pytest.fixture
def charlie(db):
    return UserFactory(email="charlie@example.org", name="Charlie")


@pytest.fixture
def page(client, alice):
    """A browser in which alice is signed in."""
    client.force_login(alice)
    return client


@pytest.fixture
def api(alice):
    """A program that acts for alice."""
    client = APIClient()
    client.force_login(alice)
    return client
