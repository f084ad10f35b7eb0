"""What happens to the product while it collects. Each storm strikes work that is under way."""

import random
import signal
import time
from functools import partial

import psutil
import redis

from config.embedded import postgres, valkey
from config.embedded.layout import Layout
from tests.chaos.victims import program

PATIENCE_SECONDS, TRIES = 30, 100
# Two of three strike those who collect, the third one those who dispatch, bury and ring.
WORKERS = ("collector@%h", "collector@%h", "worker@%h")


def forecast(size, chance):
    """For each wave of the run the storm that strikes it, or None; the kinds in any order."""
    kinds = [
        *[partial(kill_worker, chance=chance)] * size.worker_kills,
        *[kill_valkey] * size.valkey_kills,
        *[partial(crash_postgres, chance=chance)] * size.postgres_crashes,
        flush_valkey,
        *[freeze_collector] * size.freezes,
    ]
    kinds += [None] * (size.rounds * size.owners - len(kinds))
    chance.shuffle(kinds)
    return iter(kinds)


def kill_worker(scene, people, chance):
    """Kill -9 of a worker, or of one of the processes that it has forked."""
    scene.begin(people)
    processes = wait_for(lambda: family(scene.product, chance.choice(WORKERS)))
    chance.choice(processes).kill()


def kill_valkey(scene, people):
    """Kill -9 of the broker: up to a second of its messages is gone."""
    scene.begin(people)
    wait_for(lambda: valkey.server(Layout(scene.product.var)).process()).kill()


def crash_postgres(scene, people, chance):
    """An immediate shutdown, or a kill -9: in both cases the log is read back."""
    scene.begin(people)
    process = wait_for(lambda: postgres.server(Layout(scene.product.var)).process())
    process.send_signal(chance.choice([signal.SIGQUIT, signal.SIGKILL]))


def flush_valkey(scene, people):
    """Empty it: messages, limits, tokens and signs of life are gone."""
    scene.begin(people)

    def flushed():
        with redis.Redis.from_url(valkey.url(Layout(scene.product.var))) as client:
            return client.flushall()

    wait_for(flushed)


def freeze_collector(scene, people):
    """Stop the product's collector in the middle of its work until others have done it.

    When it wakes up its leases are over, and what it still wants to write must be refused.
    """
    before = scene.books.refused()
    frozen = stopped_at_work(scene, people)
    try:
        wait_for(lambda: scene.books.waiting(scene.slots_of(people)) == 0, seconds=90)
    finally:
        resume(frozen)
    wait_for(lambda: scene.books.refused() > before)


def stopped_at_work(scene, people):
    """The processes of the collector, stopped while they read at least one pack of these people.

    The other workers hold a pack each at most; so with more packs under way one is the collector's.
    """
    others = [process for worker in scene.others for process in worker.processes()]
    ours = wait_for(lambda: family(scene.product, "collector@%h"))
    with scene.board.farther_away():
        scene.begin(people)
        for _ in range(TRIES):
            stop([*others, *ours])
            if scene.books.running(people) > len(scene.others) and scene.books.at_rest():
                resume(others)
                return ours
            resume([*others, *ours])
            time.sleep(0.1)
    raise AssertionError("The collector was never at work.")


def family(product, word):
    """A program of the supervisor and all it has forked; nothing while it is started again."""
    parents = program(word)(product)
    return [one for parent in parents for one in (parent, *parent.children(recursive=True))]


def stop(processes):
    for process in processes:
        process.suspend()


def resume(processes):
    for process in processes:
        process.resume()


def wait_for(found, *, seconds=PATIENCE_SECONDS):
    """What it gives, once it gives something; a part that is just starting gives nothing."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            if answer := found():
                return answer
        except (OSError, psutil.Error, redis.RedisError):
            pass
        assert time.monotonic() < deadline, f"It took longer than {seconds} s."
        time.sleep(0.1)


def seeded(seed):
    """The dice of one run."""
    return random.Random(seed)  # noqa: S311  not a secret
