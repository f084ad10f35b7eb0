"""The embedded PostgreSQL and Valkey: who starts, adopts and stops them, and what they survive."""

import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import psutil
import psycopg
import pytest

from config.embedded import postgres, roles, servers, valkey
from config.embedded.layout import Layout
from config.embedded.servers import embedded_servers
from config.start.failures import SetupFailure
from tests.servers import PROJECT, neutral, temporary_folder

HOLD = """
import sys, time
from config.embedded.layout import Layout
from config.embedded.servers import embedded_servers
from config.env import VAR_DIR
with embedded_servers(Layout(VAR_DIR)):
    print("up", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def layout():
    with ExitStack() as cleaning:
        layout = Layout(temporary_folder(cleaning))
        cleaning.callback(servers.release_abandoned, layout)
        yield layout


def pids(layout):
    return [server.server(layout).process().pid for server in (postgres, valkey)]


def running(layout):
    return [server.server(layout).process() is not None for server in (postgres, valkey)]


def ask(layout, query, *parameters, role=roles.APP):
    with psycopg.connect(postgres.url(layout, role), autocommit=True) as connection:
        return connection.execute(query, parameters).fetchone()


def user_process(layout):
    """Another process that uses the servers."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        cwd=PROJECT,
        env=os.environ | neutral() | {"TIDEWATCH_VAR": str(layout.var)},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout.readline() == "up\n"
    return process


def kill(process):
    process.kill()
    process.wait()
    process.stdout.close()


def test_the_second_user_adopts_the_servers_and_the_last_one_stops_them(layout):
    with embedded_servers(layout):
        first = pids(layout)
        with embedded_servers(layout):
            assert pids(layout) == first
        assert pids(layout) == first
        assert valkey.answers(layout)
    assert running(layout) == [False, False]


def test_data_outlives_a_stop(layout):
    with (
        embedded_servers(layout),
        psycopg.connect(postgres.url(layout, roles.OWNER)) as connection,
    ):
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    with embedded_servers(layout):
        assert ask(layout, "SELECT n FROM kept", role=roles.OWNER) == (7,)


def test_the_app_role_owns_nothing_and_is_bound_by_policies(layout):
    query = (
        "SELECT rolsuper, rolbypassrls, rolcreatedb, rolcreaterole FROM pg_roles WHERE rolname = %s"
    )
    with embedded_servers(layout):
        assert ask(layout, query, roles.APP) == (False, False, False, False)
        assert ask(layout, "SHOW listen_addresses") == ("",)


def test_a_killed_user_leaves_the_servers_to_the_next_one(layout):
    killed = user_process(layout)
    first = pids(layout)
    kill(killed)
    assert running(layout) == [True, True]
    with embedded_servers(layout):
        assert pids(layout) == first
    assert running(layout) == [False, False]


def test_two_first_starts_at_once_share_one_cluster(layout):
    with ThreadPoolExecutor() as pool:
        first, second = pool.map(user_process, [layout, layout])
    try:
        assert len(list((layout.postgres).glob("data*"))) == 1
        kill(first)
        assert ask(layout, "SELECT 1") == (1,)
    finally:
        kill(second)


def test_a_child_process_does_not_hold_the_servers(layout):
    with embedded_servers(layout):
        sleeper = subprocess.Popen(["sleep", "60"], close_fds=False)
    try:
        assert running(layout) == [False, False]
    finally:
        sleeper.kill()
        sleeper.wait()


@pytest.mark.parametrize("victim", [postgres, valkey])
def test_a_killed_server_is_started_again(layout, victim):
    with embedded_servers(layout) as names:
        victim.server(layout).process().kill()
        while victim.server(layout).process():
            time.sleep(0.01)
        servers.revive(layout, names)
        assert running(layout) == [True, True]
        assert ask(layout, "SELECT 1") == (1,)
        assert valkey.answers(layout)


def test_busy_children_of_a_killed_postgres_do_not_hold_up_its_return(layout):
    busy = "SELECT count(*) FROM generate_series(1, 100000000000)"
    with embedded_servers(layout) as names, ThreadPoolExecutor() as pool:
        working = pool.submit(ask, layout, busy)
        while ask(layout, "SELECT count(*) FROM pg_stat_activity WHERE query = %s", busy) == (0,):
            time.sleep(0.01)
        postgres.server(layout).process().kill()
        servers.revive(layout, names)
        with pytest.raises(psycopg.OperationalError):
            working.result(20)
        assert ask(layout, "SELECT 1") == (1,)


def test_a_number_that_belongs_to_another_process_now_is_left_alone(layout):
    with embedded_servers(layout):
        pass
    ours = str(os.getpid())
    pid_file = postgres.server(layout).pid_file
    pid_file.write_text(
        f"{ours}\n{pid_file.parent}\n0\n5432\n{layout.postgres_socket}\n\n  1 1\nready   \n"
    )
    valkey.server(layout).pid_file.write_text(ours)
    assert running(layout) == [False, False]
    with embedded_servers(layout):
        assert running(layout) == [True, True]
        assert int(ours) not in pids(layout)


def test_a_killed_first_start_leaves_nothing_in_the_way(layout):
    half = layout.postgres / "data.new" / "base"
    half.mkdir(parents=True)
    (half / "1").write_text("half a table")
    with embedded_servers(layout):
        assert ask(layout, "SELECT 1") == (1,)


@pytest.mark.parametrize(
    "name", ["n" * 120, "with space, 'quotes\" and 100%", "ümläut"], ids=["long", "odd", "foreign"]
)
def test_any_folder_name_works(layout, name):
    elsewhere = Layout(layout.var / name)
    try:
        with embedded_servers(elsewhere):
            assert ask(elsewhere, "SELECT 1") == (1,)
            assert valkey.answers(elsewhere)
        assert running(elsewhere) == [False, False]
    finally:
        subprocess.run(["rm", "-r", elsewhere.run], check=True)


def test_only_we_may_enter_the_folder_of_the_sockets(layout):
    with embedded_servers(layout):
        assert layout.postgres_socket.stat().st_mode & 0o777 == 0o700
        assert layout.valkey_socket.stat().st_mode & 0o077 == 0


def test_a_socket_folder_that_is_a_trap_is_refused(layout):
    elsewhere = Layout(layout.var / ("n" * 120))
    elsewhere.run.symlink_to("/etc")
    try:
        with pytest.raises(SetupFailure, match="belongs to"), embedded_servers(elsewhere):
            pass
    finally:
        elsewhere.run.unlink()


def test_data_of_another_postgres_version_is_refused_in_a_sentence(layout):
    with embedded_servers(layout):
        pass
    (layout.postgres / "data" / "PG_VERSION").write_text("14\n")
    refused = pytest.raises(SetupFailure, match=r"written by PostgreSQL 14.*Upgrading PostgreSQL")
    with refused, embedded_servers(layout):
        pass


def test_a_server_that_does_not_start_shows_the_end_of_its_log(layout):
    with embedded_servers(layout):
        pass
    (layout.postgres / "data" / "global" / "pg_control").write_bytes(b"")
    with pytest.raises(SetupFailure, match="PostgreSQL did not start"), embedded_servers(layout):
        pass
    assert running(layout) == [False, False]


@pytest.mark.parametrize(
    ("number", "delay"), [(signal.SIGINT, 0), (signal.SIGTERM, 0.003), (signal.SIGHUP, 0.03)]
)
def test_an_interrupted_start_leaves_no_server_behind(layout, number, delay):
    starting = subprocess.Popen(
        [sys.executable, "manage.py", "tenancy_check"],
        cwd=PROJECT,
        env=os.environ | neutral() | {"TIDEWATCH_VAR": str(layout.var)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    while not (layout.postgres / "postgres.log").exists():
        time.sleep(0.001)
    time.sleep(delay)
    starting.send_signal(number)
    starting.wait()
    assert not [
        p for p in psutil.process_iter(["cmdline"]) if str(layout.var) in str(p.info["cmdline"])
    ]
