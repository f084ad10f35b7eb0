"""Kill -9 of every part of the running product, while a client writes.

TIDEWATCH_CHAOS=long runs ten rounds, each in a random order; TIDEWATCH_CHAOS=<seed> repeats one.
"""

import http.client
import json
import os
import random
import time
from collections import Counter
from contextlib import closing

import psutil
import pytest
import redis

from config.health.views import FRESH_SECONDS
from tests.chaos.victims import VICTIMS, signed, ticked

LONGEST_SECONDS = 15
PATIENCE_SECONDS = 60  # to measure how late it was, rather than only that it was late
POLL_SECONDS = 0.1
ROUNDS = 10
ASKED = os.environ.get("TIDEWATCH_CHAOS", "")
# Each answer of /health/ready may be this old; the long form waits for new ones after every kill.
HOLD_SECONDS = FRESH_SECONDS + 1 if ASKED else 0


def seeds():
    """One per round: it stands in the test's id. None keeps the order of the list."""
    if ASKED == "long":
        return random.sample(range(10**6), ROUNDS)
    return [int(ASKED)] if ASKED else [None]


@pytest.mark.parametrize("seed", seeds(), ids="seed-{}".format)
def test_whatever_is_killed_is_back_soon_and_no_write_is_lost(product, writer, note, seed):
    order = VICTIMS if seed is None else random.Random(seed).sample(VICTIMS, len(VICTIMS))  # noqa: S311  not a secret
    took = {victim.name: seconds_until_back(product, writer, victim) for victim in order}
    everything_stays_well(product)
    acknowledged = writer.acknowledged
    copies = Counter(writer.numbers())
    seconds = ", ".join(f"{name} {taken:.1f}" for name, taken in took.items())
    note(f"{seconds}; {acknowledged} writes acknowledged; seed {seed}")
    assert max(took.values()) <= LONGEST_SECONDS, seconds
    assert [number for number in range(acknowledged) if number not in copies] == []
    assert [number for number, count in copies.items() if count > 1] == []


def seconds_until_back(product, writer, victim):
    """Kill one, and wait until people and the writer are served and the new one does its work."""
    before, since, began = victim.processes(product), time.time(), time.monotonic()
    victim.kill(product, before)
    wait(product, lambda: victim.replaced(product, before), f"new {victim.name}")
    written = writer.acknowledged
    wait(product, lambda: victim.works(product, since), f"work of the new {victim.name}")
    wait(product, lambda: serves(product), f"page after the kill of {victim.name}")
    # The one under way at the kill, and one that was begun after it.
    wait(product, lambda: writer.has_written(written + 1), f"write after {victim.name}")
    return last_return(product) - began


def last_return(product):
    """The moment from which on it serves without a break, for as long as we watch."""
    back = time.monotonic()
    while time.monotonic() < back + HOLD_SECONDS:
        if not holds(lambda: serves(product)):
            wait(product, lambda: serves(product), "lasting return")
            back = time.monotonic()
        time.sleep(POLL_SECONDS)
    return back


def everything_stays_well(product):
    """Tasks flow again, and /health/ready is content with answers younger than the last kill."""
    since = time.time()
    wait(product, lambda: signed(product, since) and ticked(product, since), "task")
    wait(product, lambda: time.time() > since + FRESH_SECONDS, "end of old answers")
    wait(product, lambda: serves(product), "page in the end", seconds=LONGEST_SECONDS)


def wait(product, condition, missing, *, seconds=PATIENCE_SECONDS):
    """Wait until it holds; fail with the product's last lines when it never does."""
    deadline = time.monotonic() + seconds
    while not holds(condition):
        if time.monotonic() > deadline:
            last = "\n".join(product.lines().splitlines()[-40:])
            pytest.fail(f"No {missing} within {seconds} s:\n{last}")
        time.sleep(POLL_SECONDS)


def holds(condition):
    """Whether it holds; what a part that is just dying or starting raises counts as no."""
    try:
        return condition()
    except (OSError, http.client.HTTPException, redis.RedisError, psutil.Error):
        return False


def serves(product):
    """Whether the sign-in page is served and nothing is degraded."""
    page, _ = get(product, "/login/")
    ready, body = get(product, "/health/ready")
    return page == ready == 200 and json.loads(body)["status"] == "ok"


def get(product, path):
    """Status and body of the answer."""
    connection = http.client.HTTPConnection("localhost", product.port, timeout=3)
    with closing(connection):
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read()
