"""Signs of life: beat's last tick and the workers, by the clock of the broker's server.

A wrong clock on one machine must not make the others look dead.
"""

import logging
from functools import cache
from typing import Any

import redis
from celery import bootsteps
from django.conf import settings

from config.backends import timeouts

SECONDS = 5.0  # between two signs
WORKER_LOST = 20.0  # seconds without a sign
TICK = "tw:beat:tick"
WORKERS = "tw:workers"

log = logging.getLogger(__name__)


@cache
def broker() -> redis.Redis:
    """Return the process's own client of the broker's server, with short patience."""
    return redis.Redis.from_url(settings.REDIS_URL, **timeouts.REDIS)


def tick() -> None:
    """Note that a message of beat came through the broker to a worker."""
    broker().set(TICK, _now())


def seconds_since_tick() -> float | None:
    """Return the age of the last tick, None when there was none."""
    ticked: Any = broker().get(TICK)
    return max(0.0, _now() - float(ticked)) if ticked else None


def workers() -> list[str]:
    """Return the names of the workers that gave a sign lately, sorted."""
    names: Any = broker().zrangebyscore(WORKERS, _now() - WORKER_LOST, "+inf")
    return sorted(name.decode() for name in names)


def _now() -> float:
    seconds, micros = broker().time()
    return float(seconds) + float(micros) / 1_000_000


class WorkerHeartbeat(bootsteps.StartStopStep):
    """Gives the sign from the worker's own loop: a worker that hangs gives none."""

    requires = ("celery.worker.components:Timer",)

    def __init__(self, parent: Any, **options: Any) -> None:
        super().__init__(parent, **options)
        self.timer: Any = None

    def start(self, parent: Any) -> None:
        """Begin with the worker."""
        _sign(parent.hostname)
        self.timer = parent.timer.call_repeatedly(SECONDS, _sign, (parent.hostname,))

    def stop(self, parent: Any) -> None:
        """End with the worker, and say so."""
        if self.timer is not None:
            self.timer.cancel()
        try:
            broker().zrem(WORKERS, parent.hostname)
        except redis.RedisError as error:
            log.warning("The worker could not say that it leaves: %s", error)

    terminate = stop


def _sign(name: str) -> None:
    try:
        now = _now()
        broker().zadd(WORKERS, {name: now})
        broker().zremrangebyscore(WORKERS, "-inf", now - 100 * WORKER_LOST)
    except redis.RedisError as error:
        log.warning("The worker's sign of life was not taken: %s", error)
