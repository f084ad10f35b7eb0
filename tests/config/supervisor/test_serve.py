"""`manage.py serve`: what people see while it starts, runs and stops."""

import os
import signal
import subprocess
import sys
import time

import pytest

from tests.servers import PROJECT
from tests.stack import (
    PROGRAMS,
    READY_SECONDS,
    free_port,
    migrated_data,
    running_stack,
    stack_to_start,
    wait,
)


@pytest.fixture(scope="module")
def product():
    """Started from nothing, for the tests that leave it as it was."""
    with stack_to_start() as product:
        product.start()
        product.wait_until_ready()
        wait(lambda: all(product.children(name) for name in PROGRAMS))
        yield product


# --- While it runs -----------------------------------------------------------------------------


def test_it_says_what_it_does_and_where_it_is(product):
    lines = product.lines().splitlines()
    for said in ("Making the database", "Migrating the database", f"is ready at {product.url}"):
        assert any(line.startswith("tidewatch | ") and said in line for line in lines), said
    assert "Traceback" not in product.lines()


def test_every_line_bears_the_name_of_its_process(product):
    names = {line.split("|")[0].strip() for line in product.lines().splitlines()}
    assert names <= {"tidewatch", *PROGRAMS}


def test_a_second_start_beside_it_is_refused_in_a_sentence(product):
    done = product.command("serve", env={"PORT": str(free_port())})
    assert done.returncode == 1
    pid = product.process.pid
    assert done.stderr.startswith(
        f"tidewatch: Tidewatch already runs from this folder (process {pid})"
    )
    assert done.stderr.count("\n") == 1
    assert product.serves()


def test_a_command_beside_it_uses_its_servers_and_leaves_them(product):
    before = product.server_pids()
    done = product.command("tenancy_check")
    assert done.returncode == 0, done.stderr
    assert product.server_pids() == before
    assert product.serves()


def test_its_processes_hold_its_place_but_not_the_servers(product):
    for name in PROGRAMS:
        for process in product.children(name):
            held = {os.path.basename(file.path) for file in process.open_files()}  # noqa: PTH119  a set of names
            assert "stack" in held
            assert not held & {"users", "starting", "serving"}


def test_only_the_web_server_has_the_port(product):
    def listens(process):
        return any(link.laddr.port == product.port for link in process.net_connections())

    assert listens(product.children("web")[0])
    others = [process for name in PROGRAMS[1:] for process in product.children(name)]
    assert not any(map(listens, others))


# --- Stopping ----------------------------------------------------------------------------------


def test_each_signal_stops_it_in_order_and_the_next_start_is_quick():
    with running_stack() as product:
        mark = "from accounts.models import User; User.objects.create_user('kept@example.org')"
        assert product.command("shell", "-v0", "-c", mark).returncode == 0
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            assert product.stop(number) == 0
            assert product.leftovers() == []
            assert product.lines().endswith("tidewatch | Stopped\n")
            product.start()
            product.wait_until_ready(seconds=30)  # a quiet machine needs four
        look = "from accounts.models import User; print(User.objects.get().email)"
        assert "kept@example.org" in product.command("shell", "-v0", "-c", look).stdout


def test_a_second_signal_hurries():
    with running_stack() as product:
        wait(lambda: len(product.children("worker")) == 4)
        product.children("worker")[0].suspend()  # would hold up the end for half a minute
        product.process.send_signal(signal.SIGINT)
        wait(lambda: "Stopping" in product.lines())
        time.sleep(0.5)
        began = time.monotonic()
        assert product.stop(signal.SIGINT) == 0
        assert time.monotonic() - began < 10
        assert "worker is killed" in product.lines()
        assert product.leftovers() == []


@pytest.mark.parametrize("step", ["Making the database", "Migrating", "Starting the web server"])
def test_a_signal_during_the_start_takes_everything_back(step):
    with stack_to_start() as product:
        product.start()
        wait(lambda: step in product.lines())
        assert product.stop(signal.SIGTERM) == 0
        assert product.leftovers() == []
        assert product.lines().splitlines()[-1].startswith("tidewatch | Stopped")


def test_it_stops_when_the_make_that_started_it_is_killed():
    with stack_to_start(MAKELEVEL="1") as product:
        product.take_data(migrated_data())
        parent = subprocess.Popen(
            ["sh", "-c", f"{sys.executable} manage.py serve > {product.log} 2>&1; true"],
            cwd=PROJECT,
            env=product.env | {"MAKELEVEL": "1"},
        )
        wait(lambda: product.log.exists() and "is ready" in product.lines(), seconds=READY_SECONDS)
        parent.kill()
        parent.wait()
        wait(lambda: product.leftovers() == [])
        assert product.lines().endswith("tidewatch | Stopped\n")
