"""`manage.py serve`: what people see when it is killed, and when it has to give up."""

import os
import signal
import subprocess
from contextlib import contextmanager

import psutil
import pytest

from config.embedded import postgres
from config.embedded.layout import Layout
from tests.stack import running_stack, stack_to_start, wait

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="mounts a file system")


# --- Being killed ------------------------------------------------------------------------------


def test_after_a_kill_its_processes_end_by_themselves_and_the_port_is_free():
    with running_stack() as product:
        servers = product.server_pids()
        product.kill()
        wait(lambda: not product.serves(), seconds=6)
        wait(lambda: {process.pid for process in product.leftovers()} <= tree(servers), seconds=6)
        assert product.server_pids() == servers
        product.start()
        product.wait_until_ready(seconds=30)
        assert product.server_pids() == servers


def tree(pids):
    return {*pids, *(child.pid for pid in pids for child in psutil.Process(pid).children())}


def lives(process):
    return process.is_running() and process.status() != psutil.STATUS_ZOMBIE


def test_a_process_that_hangs_after_a_kill_does_not_hold_up_the_next_start():
    with running_stack() as product:
        wait(lambda: len(product.children("collector")) == 5)
        hung = product.children("collector")
        for process in hung:
            process.suspend()
        product.kill()
        product.start()
        product.wait_until_ready(seconds=30)  # it gives them six to end by themselves
        assert not any(map(lives, hung))


def test_a_start_during_a_stop_waits_for_its_end():
    with running_stack() as product:
        stopping, hung = product.process, product.children("worker")[0]
        hung.suspend()  # it would hold up the end for half a minute
        stopping.send_signal(signal.SIGTERM)
        wait(lambda: "Stopping" in product.lines())
        product.start()
        wait(lambda: "Waiting for the processes of the last start to end" in product.lines())
        hung.resume()
        assert stopping.wait(30) == 0
        product.wait_until_ready()
        stopping.stdin.close()


# --- Giving up ---------------------------------------------------------------------------------


def test_it_gives_up_with_a_sentence_when_a_program_never_runs():
    with stack_to_start(WEB_PROCESSES="many") as product:
        product.start()
        assert product.process.wait(60) == 1
        last = product.lines().splitlines()[-1]
        assert last.startswith("tidewatch: web ended 5 times right after its start (exit code 1)")
        assert product.leftovers() == []


@needs_root
def test_it_gives_up_with_a_sentence_when_the_disk_is_full():
    with stack_to_start() as product, small_disk(product.var):
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
