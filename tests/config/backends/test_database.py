"""Connections to PostgreSQL: limits, and what happens when they break."""

import os
import threading
from copy import deepcopy
from time import monotonic

import pytest
from django.db import OperationalError, close_old_connections, connection, connections

from config.backends.database.base import DatabaseWrapper
from tests.stack import free_port


def ask(database, statement, *parameters):
    with database.cursor() as cursor:
        cursor.execute(statement, parameters)
        return cursor.fetchone()[0]


def in_a_thread(work):
    """As the web server does it: a thread a request. Returns what `work` returns."""
    found = []
    thread = threading.Thread(target=lambda: (found.append(work()), close_old_connections()))
    thread.start()
    thread.join()
    return found[0]


@pytest.mark.django_db(databases=["default", "owner"])
def test_statements_have_a_limit_and_migrations_have_none():
    assert ask(connection, "SHOW statement_timeout") == "30s"
    assert ask(connections["owner"], "SHOW statement_timeout") == "0"


@pytest.mark.django_db
def test_a_connection_says_whose_it_is():
    assert ask(connection, "SHOW application_name").startswith("tidewatch")


@pytest.fixture
def new_pool(transactional_db):
    """A pool that no other test has used, and none will."""
    connection.close()
    connection.close_pool()
    yield
    connection.close()
    connection.close_pool()


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_thread_does_not_notice_that_idle_connections_broke(new_pool):
    mine = ask(connection, "SELECT pg_backend_pid()")
    before = in_a_thread(lambda: ask(connection, "SELECT pg_backend_pid()"))
    assert ask(connection, "SELECT pg_terminate_backend(%s, 1000)", before)
    assert in_a_thread(lambda: ask(connection, "SELECT pg_backend_pid()")) not in {before, mine}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_forked_process_starts_without_its_parents_connections():
    in_a_thread(lambda: ask(connection, "SELECT 1"))
    assert "default" in DatabaseWrapper._connection_pools
    child = os.fork()
    if child == 0:
        os._exit(len(DatabaseWrapper._connection_pools))
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ask(connection, "SELECT 1") == 1


@pytest.fixture
def lost():
    """A connection to a server that is not there."""
    settings = deepcopy(connection.settings_dict) | {"HOST": "127.0.0.1", "PORT": free_port()}
    settings["OPTIONS"]["pool"] |= {"timeout": 0.5, "reconnect_timeout": 0.5}
    wrapper = DatabaseWrapper(settings, alias="lost")
    yield wrapper
    wrapper.close_pool()
    DatabaseWrapper._lost_until = 0.0


@pytest.mark.django_db
def test_a_lost_server_is_waited_for_once_a_page(lost):
    with pytest.raises(OperationalError, match="couldn't get a connection"):
        lost.ensure_connection()
    began = monotonic()
    for _ in range(3):
        with pytest.raises(OperationalError, match="did not answer a moment ago"):
            lost.ensure_connection()
    assert monotonic() - began < 0.2
