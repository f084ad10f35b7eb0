"""Six processes share three limits, and the platforms count along.

Work always waits: each process calls as soon as a limit lets it. The simulators enforce their own
windows (Twitch 800 a minute, X 300 in 15 minutes, Reddit 100 a minute) and answer 429 beyond them.
Time runs faster on both sides: `LIMITS_SPEED` simulated seconds in one.
"""

import os
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager

from django.conf import settings

from config.env import BASE_DIR
from tests.benchmarks.limit_worker import FULL, answers
from tests.benchmarks.report import Report

PROCESSES = 6
MINUTES = 30  # simulated


def run(scale):
    speed = float(os.environ.get("LIMITS_SPEED", "10"))
    minutes = max(1, MINUTES * scale)
    with simulators(speed) as address:
        counts = [answers(worker) for worker in workers(address, speed, minutes)]
    figures, shares = {}, []
    for platform, (limit, seconds) in FULL.items():
        granted = sum(count[platform]["granted"] for count in counts)
        figures[f"{platform}_calls"] = granted
        # A full limit may be spent at once in the beginning: only what lies after it is a pace.
        shares.append(granted / (limit * max(1, minutes * 60 / seconds)))
        figures[f"{platform}_share"] = shares[-1]
        figures[f"{platform}_429"] = sum(count[platform]["refused"] for count in counts)
    refused = sum(figures[f"{platform}_429"] for platform in FULL)
    figures["other_errors"] = sum(count[p]["failed"] for count in counts for p in FULL)
    ratios = {"answers_429": refused, "least_share_of_budget": min(shares)}
    figures["mean_share_of_budget"] = statistics.mean(shares)
    return Report("limits", figures, ratios, met=refused == 0 and min(shares) >= 0.95)


@contextmanager
def simulators(speed):
    """The simulated platforms over HTTP; their address."""
    command = [sys.executable, "manage.py", "simulate_platforms", "--port", "0"]
    server = subprocess.Popen(
        [*command, "--speed", str(speed)], cwd=BASE_DIR, stdout=subprocess.PIPE, text=True
    )
    try:
        yield server.stdout.readline().split(" at ")[1].split(",")[0]
    finally:
        server.terminate()
        server.wait(10)
        server.stdout.close()


def workers(address, speed, minutes):
    """Processes that call until the simulated minutes are over, all begun at the same moment."""
    command = [sys.executable, "-m", "tests.benchmarks.limit_worker", settings.REDIS_URL, address]
    started = [
        subprocess.Popen(
            [*command, str(speed)],
            cwd=BASE_DIR, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )
        for _ in range(PROCESSES)
    ]  # fmt: skip
    for worker in started:
        worker.stdout.readline()  # it is ready
    end = time.time() + minutes * 60 / speed
    for worker in started:
        worker.stdin.write(f"{end}\n")
        worker.stdin.flush()
    return started
