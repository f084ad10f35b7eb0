"""Questions to everything the product stands on. Each returns what it found, or raises."""

import os
import platform
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from functools import cache
from time import perf_counter
from typing import Any

import celery
import django
import psycopg
from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.conf import settings
from django.core.cache import cache as default_cache
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.migrations.loader import MigrationLoader

from config.env import VAR_DIR
from config.health import heartbeat
from config.logs.redaction import redact

LIMIT_SECONDS = 1.0
TICK_LOST = 30.0  # seconds
LEAST_FREE_BYTES = 500 * 1024 * 1024

Details = dict[str, Any]


class Failing(Exception):
    """The question was answered, and the answer is bad."""

    def __init__(self, sentence: str, **details: Any) -> None:
        super().__init__(sentence)
        self.details = details


class Pending(Failing):
    """The database lacks migrations that this code needs."""


@dataclass(frozen=True)
class Finding:
    """What a probe found. `fault`: what is wrong, None when all is well."""

    details: Details = field(default_factory=dict)
    fault: Exception | None = None

    def as_dict(self) -> Details:
        """Return it for /health/detailed."""
        if self.fault is None:
            return {"status": "ok", **self.details}
        return {"status": "failing", "reason": redact(str(self.fault)).strip(), **self.details}


def database() -> Details:
    """Open a connection of its own, beside the pool, and compare the migrations."""
    parameters = connections[DEFAULT_DB_ALIAS].get_connection_params()
    began = perf_counter()
    with psycopg.connect(**parameters | {"autocommit": True, "connect_timeout": 2}) as connection:
        connection.execute("SET statement_timeout = '1s'")
        applied = set(connection.execute("SELECT app, name FROM django_migrations").fetchall())
        version = connection.info.server_version
    missing = sorted(".".join(name) for name in wanted_migrations() - applied)
    if missing:
        raise Pending("Migrations are pending.", pending=missing)
    return {"version": f"{version // 10_000}.{version % 10_000}", "seconds": _since(began)}


@cache
def wanted_migrations() -> frozenset[tuple[str, str]]:
    """Return the last migrations of all apps, as this process's code has them."""
    return frozenset(MigrationLoader(None).graph.leaf_nodes())


def pool() -> Details:
    """Return the figures of this process's connection pool."""
    known = getattr(connections[DEFAULT_DB_ALIAS], "_connection_pools", {}).get(DEFAULT_DB_ALIAS)
    stats = known.get_stats() if known else {}
    wanted = ("pool_size", "pool_available", "pool_max", "requests_waiting", "requests_errors")
    return {name: stats.get(name, 0) for name in wanted}


def cache_server() -> Details:
    """Ask the server behind the cache, past the cache's own patience."""
    began = perf_counter()
    client = default_cache._cache.get_client()  # type: ignore[attr-defined]  # Django's has no ping
    client.ping()
    return {"seconds": _since(began)}


def broker() -> Details:
    """Ask the server that carries the tasks."""
    began = perf_counter()
    info: Any = heartbeat.broker().info("server")
    return {"version": info.get("valkey_version", info["redis_version"]), "seconds": _since(began)}


def channel_layer() -> Details:
    """Send a live event to nobody."""
    began = perf_counter()
    layer: Any = get_channel_layer()
    async_to_sync(layer.group_send)("health", {"type": "health"})
    return {"seconds": _since(began)}


def beat() -> Details:
    """Look when a message of beat last came through to a worker."""
    age = heartbeat.seconds_since_tick()
    if age is None or age > TICK_LOST:
        raise Failing("No tick of beat came through.", seconds_since_tick=age)
    return {"seconds_since_tick": round(age, 1)}


def workers() -> Details:
    """Count the workers that are alive."""
    names = heartbeat.workers()
    if not names:
        raise Failing("No worker is alive.", count=0)
    return {"count": len(names), "names": names}


def queues() -> Details:
    """Count the messages that wait, per queue, and those that a worker holds."""
    names = [queue.name for queue in settings.CELERY_TASK_QUEUES]
    with heartbeat.broker().pipeline(transaction=False) as pipeline:
        for name in names:
            pipeline.llen(name)
        pipeline.hlen("unacked")
        *depths, held = pipeline.execute()
    return {"waiting": dict(zip(names, depths, strict=True)), "held": held}


def disk() -> Details:
    """Look at the space where our files are."""
    usage = shutil.disk_usage(VAR_DIR if VAR_DIR.exists() else VAR_DIR.parent)
    details = {"free_megabytes": usage.free >> 20, "used_percent": usage.used * 100 // usage.total}
    if usage.free < LEAST_FREE_BYTES:
        raise Failing("The disk is nearly full.", **details)
    return details


def versions() -> Details:
    """Return what runs here."""
    return {
        "python": platform.python_version(),
        "django": django.get_version(),
        "celery": celery.__version__,
        "process": os.getpid(),
    }


PROBES: dict[str, Callable[[], Details]] = {
    "database": database,
    "cache": cache_server,
    "broker": broker,
    "channel_layer": channel_layer,
    "beat": beat,
    "workers": workers,
    "queues": queues,
    "disk": disk,
    "pool": pool,
    "versions": versions,
}


def ask_all() -> dict[str, Finding]:
    """Ask all at once. Who has not answered within a second counts as failing."""
    # Not reused: a probe that hangs must not hold up the next round.
    executor = ThreadPoolExecutor(max_workers=len(PROBES), thread_name_prefix="probe")
    asked = {name: executor.submit(probe) for name, probe in PROBES.items()}
    wait(asked.values(), timeout=LIMIT_SECONDS)
    executor.shutdown(wait=False)
    return {name: _finding(answer) for name, answer in asked.items()}


def _finding(answer: Future[Details]) -> Finding:
    if not answer.done():
        return Finding(fault=TimeoutError(f"No answer within {LIMIT_SECONDS:g} s."))
    fault = answer.exception()
    if fault is None:
        return Finding(answer.result())
    if not isinstance(fault, Exception):
        raise fault
    return Finding(getattr(fault, "details", {}), fault)


def _since(began: float) -> float:
    return round(perf_counter() - began, 4)
