"""`manage.py serve`: what people see while it starts, runs, stops and is killed."""

import os
import signal
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import psutil
import pytest

from config.embedded import postgres, valkey
from config.embedded.layout import Layout
from tests.servers import PROJECT, temporary_folder
from tests.stack import Stack, free_port, running_stack

PROGRAMS = ("web", "worker", "collector", "analyst", "beat")
needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


@pytest.fixture(scope="module")
def product():
    """For the tests that leave it as it was."""
    with running_stack() as product:
        wait(lambda: all(product.children(name) for name in PROGRAMS))
        yield product


@contextmanager
def unstarted(**env):
    with ExitStack() as cleaning:
        product = Stack(temporary_folder(cleaning), **env)
        cleaning.callback(product.end)
        yield product


def wait(condition, *, seconds=30):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, condition
        time.sleep(0.05)


def leftovers(product):
    """Processes that still serve from its folder: they hold its lock or name it."""
    stack = str(product.var / "locks" / "stack")
    return [
        process
        for process in psutil.process_iter(["open_files", "cmdline"])
        if stack in {file.path for file in process.info["open_files"] or ()}
        or str(product.var) in " ".join(process.info["cmdline"] or ())
    ]


def lives(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def server_pids(product):
    layout = Layout(product.var)
    return [server.server(layout).process().pid for server in (postgres, valkey)]


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
    before = server_pids(product)
    done = product.command("tenancy_check")
    assert done.returncode == 0, done.stderr
    assert server_pids(product) == before
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
            assert leftovers(product) == []
            assert product.lines().endswith("tidewatch | Stopped\n")
            product.start()
            assert product.wait_until_ready() < 30  # a quiet machine needs four
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
        assert leftovers(product) == []


@pytest.mark.parametrize("step", ["Making the database", "Migrating", "Starting the web server"])
def test_a_signal_during_the_start_takes_everything_back(step):
    with unstarted() as product:
        product.start()
        wait(lambda: step in product.lines())
        assert product.stop(signal.SIGTERM) == 0
        assert leftovers(product) == []
        assert product.lines().splitlines()[-1].startswith("tidewatch | Stopped")


def test_it_stops_when_the_make_that_started_it_is_killed():
    with unstarted(MAKELEVEL="1") as product:
        parent = subprocess.Popen(
            ["sh", "-c", f"{sys.executable} manage.py serve > {product.log} 2>&1; true"],
            cwd=PROJECT,
            env=product.env | {"MAKELEVEL": "1"},
        )
        wait(lambda: product.log.exists() and "is ready" in product.lines())
        parent.kill()
        parent.wait()
        wait(lambda: leftovers(product) == [])
        assert product.lines().endswith("tidewatch | Stopped\n")


# --- Being killed ------------------------------------------------------------------------------


def test_after_a_kill_its_processes_end_by_themselves_and_the_port_is_free():
    with running_stack() as product:
        servers = server_pids(product)
        product.kill()
        wait(lambda: not product.serves(), seconds=6)
        wait(lambda: {process.pid for process in leftovers(product)} <= tree(servers), seconds=6)
        assert server_pids(product) == servers
        product.start()
        assert product.wait_until_ready() < 30
        assert server_pids(product) == servers


def tree(pids):
    return {*pids, *(child.pid for pid in pids for child in psutil.Process(pid).children())}


def test_a_process_that_hangs_after_a_kill_does_not_hold_up_the_next_start():
    with running_stack() as product:
        wait(lambda: len(product.children("collector")) == 5)
        hung = product.children("collector")
        for process in hung:
            process.suspend()
        product.kill()
        product.start()
        assert product.wait_until_ready() < 30  # it gives them six to end by themselves
        assert not any(map(lives, hung))


def test_a_start_during_a_stop_waits_for_its_end():
    with running_stack() as product:
        stopping = product.process
        stopping.send_signal(signal.SIGTERM)
        wait(lambda: "Stopping" in product.lines())
        product.start()
        wait(lambda: "Waiting for the processes of the last start to end" in product.lines())
        assert stopping.wait(30) == 0
        product.wait_until_ready()
        stopping.stdin.close()


# --- Giving up ---------------------------------------------------------------------------------


def test_it_gives_up_with_a_sentence_when_a_program_never_runs():
    with unstarted(WEB_PROCESSES="many") as product:
        product.start()
        assert product.process.wait(60) == 1
        last = product.lines().splitlines()[-1]
        assert last.startswith("tidewatch: web ended 5 times right after its start (exit code 1)")
        assert leftovers(product) == []


@needs_root
def test_it_gives_up_with_a_sentence_when_the_disk_is_full():
    with unstarted() as product, small_disk(product.var):
        product.start()
        product.wait_until_ready()
        fill(product.var)
        postgres.server(Layout(product.var)).process().kill()
        assert product.process.wait(60) == 1
        assert "Free some space, then start again." in product.lines().splitlines()[-1]
        (product.var / "ballast").unlink()
        product.start()
        product.wait_until_ready()
        assert product.stop() == 0


@contextmanager
def small_disk(folder):
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=500m,mode=755", "tmpfs", folder], check=True
    )
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def fill(folder):
    with (folder / "ballast").open("wb", buffering=0) as ballast:
        try:
            while ballast.write(bytes(2**20)):
                pass
        except OSError:
            return
