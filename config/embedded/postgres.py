"""The embedded PostgreSQL: one cluster, reached by a unix socket only."""

import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from config.embedded.binaries import postgres_folder
from config.embedded.layout import Layout
from config.embedded.privileges import Identity, postgres_identity
from config.embedded.process import Command, launch, running, stop
from config.failures import SetupFailure

DATABASE = "tidewatch"
OWNER = "tidewatch_owner"  # migrates; may create test databases
APP = "tidewatch_app"  # serves; owns nothing, so that row level security applies to it
SUPERUSER = "postgres"
EXTENSIONS = ("pg_trgm", "btree_gin", "citext", "unaccent", "pg_stat_statements")


def url(layout: Layout, role: str, database: str = DATABASE) -> str:
    """Connection string of a role."""
    return f"postgresql://{role}@/{database}?host={layout.run}"


def start(layout: Layout) -> None:
    """Start or adopt the cluster, and make its roles and database. Idempotent."""
    if not answers(layout):
        _start_cluster(layout)
    _make_roles(layout)


def answers(layout: Layout) -> bool:
    """Whether the server takes connections."""
    try:
        with psycopg.connect(url(layout, SUPERUSER, "postgres"), connect_timeout=2):
            return True
    except psycopg.OperationalError:
        return False


def halt(layout: Layout) -> None:
    """Stop in order: SIGINT is PostgreSQL's fast shutdown, SIGQUIT its immediate one."""
    pid_file = layout.postgres / "data" / "postmaster.pid"
    stop(pid_file, signal=signal.SIGINT, last_resort=signal.SIGQUIT)


def _start_cluster(layout: Layout) -> None:
    folder, data = postgres_folder(), layout.postgres / "data"
    identity = postgres_identity(folder, layout.var)
    for path in (layout.postgres, layout.run):
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        identity.give(path)
    if not (data / "PG_VERSION").exists():
        _create_cluster(folder, data, identity)
    _check_version(folder, data)
    _configure(layout, data, identity)
    _wait_for_old_server(data)
    command = Command(
        "PostgreSQL", [folder / "postgres", "-D", data], _log(layout, identity), identity
    )
    launch(command, lambda: answers(layout))


def _create_cluster(folder: Path, data: Path, identity: Identity) -> None:
    # Made under another name and renamed: a first start that was killed leaves no half cluster.
    draft = data.with_name("data.new")
    shutil.rmtree(draft, ignore_errors=True)
    words = [folder / "initdb", "-D", draft, "-U", SUPERUSER, "-E", "UTF8", "-A", "trust"]
    done = subprocess.run(  # noqa: S603  our own binary and files
        [*identity.prefix, *map(str, words), *_locale(folder)],
        capture_output=True,
        text=True,
        cwd="/",
        check=False,
        **identity.popen,
    )
    if done.returncode:
        raise SetupFailure(f"PostgreSQL could not make its data folder: {done.stderr.strip()}")
    with (draft / "postgresql.conf").open("a") as conf:
        conf.write("\ninclude_if_exists = 'tidewatch.conf'\n")
    draft.rename(data)


def _locale(folder: Path) -> list[str]:
    # The packaged server has no ICU; the built-in provider orders alike on every machine.
    if _major(folder) >= 17:  # noqa: PLR2004  the provider came with PostgreSQL 17
        return ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
    return ["--locale=C.UTF-8"]


def _major(folder: Path) -> int:
    answer = subprocess.run(
        [folder / "postgres", "--version"], capture_output=True, text=True, check=True
    )  # noqa: S603
    return int(answer.stdout.split()[2].split(".")[0])


def _check_version(folder: Path, data: Path) -> None:
    ours, theirs = _major(folder), int((data / "PG_VERSION").read_text())
    if ours != theirs:
        raise SetupFailure(
            f"{data} was written by PostgreSQL {theirs}, and this installation brings "
            f"PostgreSQL {ours}. Follow 'Upgrading PostgreSQL' in docs/operations.md."
        )


def _configure(layout: Layout, data: Path, identity: Identity) -> None:
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    path = data / "tidewatch.conf"
    path.write_text(_settings(layout.run, megabytes))
    identity.give(path)


def _settings(run: Path, megabytes: int) -> str:
    shared = Path("/dev/shm")  # noqa: S108  asked for its size only
    roomy = not shared.is_dir() or shutil.disk_usage(shared).total >> 20 >= 256  # noqa: PLR2004  MB
    return f"""# Written at every start; change the environment, not this file.
listen_addresses = ''
unix_socket_directories = '{run}'
unix_socket_permissions = 0777        # the folder itself is 0700
max_connections = 100
shared_buffers = {max(128, min(megabytes // 8, 2048))}MB
effective_cache_size = {max(256, megabytes // 2)}MB
work_mem = {16 if megabytes < 4096 else 32}MB
maintenance_work_mem = {min(1024, max(64, megabytes // 16))}MB
max_wal_size = 4GB
min_wal_size = 256MB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
effective_io_concurrency = 64
default_statistics_target = 200
autovacuum_vacuum_insert_scale_factor = 0.05
dynamic_shared_memory_type = {"posix" if roomy else "mmap"}
shared_preload_libraries = 'pg_stat_statements'
idle_in_transaction_session_timeout = 5min
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
"""


def _log(layout: Layout, identity: Identity) -> Path:
    log = layout.postgres / "postgres.log"
    log.touch(mode=0o600)
    identity.give(log)
    return log


def _wait_for_old_server(data: Path, *, seconds: float = 15) -> None:
    """After kill -9 of the server its last children may still be leaving."""
    deadline = time.monotonic() + seconds
    while running(data / "postmaster.pid") and time.monotonic() < deadline:
        time.sleep(0.05)


def _make_roles(layout: Layout) -> None:
    with psycopg.connect(url(layout, SUPERUSER, "postgres"), autocommit=True) as server:
        _make_role(server, OWNER, "CREATEDB CREATEROLE")
        if not _exists(server, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
            names = map(sql.Identifier, (DATABASE, OWNER))
            server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    with psycopg.connect(url(layout, OWNER), autocommit=True) as server:
        # Made by the owner, who may therefore grant it.
        _make_role(server, APP, "NOINHERIT")
    with psycopg.connect(url(layout, SUPERUSER), autocommit=True) as database:
        for extension in EXTENSIONS:
            statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
            database.execute(statement.format(sql.Identifier(extension)))


def _make_role(server: psycopg.Connection[Any], role: str, rights: LiteralString) -> None:
    if not _exists(server, "SELECT FROM pg_roles WHERE rolname = %s", role):
        statement = sql.SQL("CREATE ROLE {} LOGIN " + rights)
        server.execute(statement.format(sql.Identifier(role)))


def _exists(server: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return server.execute(query, [name]).fetchone() is not None
