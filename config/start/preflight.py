"""What is looked at before anything starts: a mistake is one sentence, not a traceback."""

import os
import shutil
import socket
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import redis

from config.env import env
from config.start.failures import SetupFailure, storage_failure

LEAST_FREE_MEGABYTES = 256
OLDEST_POSTGRES, OLDEST_REDIS = 15, "6.2"
CONNECT_SECONDS = 5


def external_servers() -> None:
    """Refuse servers named by the environment that do not answer or are too old."""
    for name in ("DATABASE_URL", "DATABASE_OWNER_URL"):
        if env.database(name):
            _check_database(name, env.str(name))
    if url := env.redis("REDIS_URL", ""):
        _check_redis(url)
    if env.database("DATABASE_OWNER_URL") and not env.database("DATABASE_URL"):
        raise SetupFailure(
            "DATABASE_OWNER_URL is set without DATABASE_URL. Set both, or DATABASE_URL alone."
        )


def space(folder: Path) -> None:
    """Refuse a disk that the servers would soon fill."""
    free = shutil.disk_usage(_existing(folder)).free >> 20
    if free < LEAST_FREE_MEGABYTES:
        raise SetupFailure(
            f"The disk that holds {folder} has {free} MB left, and Tidewatch needs "
            f"{LEAST_FREE_MEGABYTES} MB. Free some space, then start again."
        )


def folder(path: Path) -> None:
    """Make the folder of everything this installation keeps; refuse one that cannot be written."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise storage_failure(error, path) from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise storage_failure(PermissionError(13, "Permission denied", str(path)))


def listen(host: str, port: int) -> socket.socket:
    """Take the port. The web server inherits it, so that nobody can take it while that restarts."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=1024)
    except OSError as error:
        raise SetupFailure(_port_sentence(host, port, error)) from error


def _port_sentence(host: str, port: int, error: OSError) -> str:
    if isinstance(error, socket.gaierror) or "assign" in str(error.strerror):
        return f"HOST={host} is no address of this machine. Set HOST to 127.0.0.1 or to 0.0.0.0."
    reason = (
        "is in use by another program" if "in use" in str(error.strerror) else "may not be opened"
    )
    return f"Port {port} {reason} ({error.strerror}). Choose another one: PORT={port + 1} make run"


def _check_database(name: str, url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=CONNECT_SECONDS) as connection:
            version = connection.info.server_version // 10_000
    except psycopg.Error as error:
        raise SetupFailure(
            f"PostgreSQL at {_place(url)} ({name}) refused: {_cause(error)}."
        ) from error
    if version < OLDEST_POSTGRES:
        raise SetupFailure(
            f"PostgreSQL at {_place(url)} ({name}) is version {version}; Tidewatch needs "
            f"{OLDEST_POSTGRES} or newer."
        )


def _check_redis(url: str) -> None:
    try:
        with redis.Redis.from_url(
            url, protocol=2, socket_timeout=CONNECT_SECONDS, decode_responses=True
        ) as client:
            client.ping()
            version = str(client.info("server")["redis_version"])
    except (redis.RedisError, ValueError) as error:
        raise SetupFailure(
            f"Redis at {_place(url)} (REDIS_URL) refused: {_cause(error)}."
        ) from error
    if _numbers(version) < _numbers(OLDEST_REDIS):
        raise SetupFailure(
            f"Redis at {_place(url)} (REDIS_URL) is version {version}; "
            f"Tidewatch needs {OLDEST_REDIS} or newer."
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")[:2]))


def _place(url: str) -> str:
    """Host, port and database of an address, without the user and the password."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


def _cause(error: Exception) -> str:
    """The driver's last line that says something, on one line and without its prefixes."""
    first = str(error).strip().splitlines()[0]
    return first.rpartition("FATAL:  ")[2].rpartition("failed: ")[2].strip().rstrip(".")


def _existing(path: Path) -> Path:
    return next(folder for folder in [path, *path.parents] if folder.exists())
