"""A worker beside the product's own, on a machine whose clock is wrong by hours."""

import json
import subprocess
import sys

import psutil

from config.env import BASE_DIR

# Shifts what Python takes for the time, before anything else is imported; forks inherit it.
SHIFTED = """
from datetime import UTC, datetime, timedelta
import runpy, sys, time_machine
time_machine.travel(datetime.now(UTC) + timedelta(hours={hours}), tick=True).start()
sys.argv = ["tethered", *{words!r}]
runpy.run_module("config.supervisor.tethered", run_name="__main__", alter_sys=True)
"""
QUEUES = "collect.twitch,collect.twitter,collect.youtube,collect.reddit"


class WrongClock:
    """It collects from all platforms, one pack at a time. `hours`: how far its clock is ahead."""

    def __init__(self, product, *, hours):
        self.hours = hours
        self._product = product
        self._log = product.var / f"worker{hours:+d}h.log"

    def __enter__(self):
        words = [
            "celery", "--quiet", "--skip-checks", "--app", "config.celery", "worker",
            "--hostname", f"wrong{self.hours:+d}@%h", "--queues", QUEUES, "--concurrency", "1",
            "--without-gossip", "--without-mingle",
        ]  # fmt: skip
        code = SHIFTED.format(hours=self.hours, words=words)
        with self._log.open("wb") as log:
            # Tethered to the test run: it ends with it, however that ends.
            self._process = subprocess.Popen(
                [sys.executable, "-c", code], cwd=BASE_DIR, env=self._product.env,
                stdin=subprocess.PIPE, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
        return self

    def __exit__(self, *_):
        for process in self.processes():
            process.kill()
        self._process.wait()
        self._process.stdin.close()

    def processes(self):
        """The worker and the processes that it has forked."""
        parent = psutil.Process(self._process.pid)
        return [parent, *parent.children(recursive=True)]

    def collected(self):
        """The moments, by its own clock, at which it finished a pack."""
        return [
            line["timestamp"]
            for line in map(as_json, self._log.read_text(errors="replace").splitlines())
            if line.get("task") == "collectors.tasks.collect" and line.get("state") == "SUCCESS"
        ]


def as_json(line):
    """A line of a log, or nothing."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
