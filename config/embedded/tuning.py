"""Settings of the embedded PostgreSQL, fitted to the machine."""

import os
import shutil
from pathlib import Path

SHARED_MEMORY = Path("/dev/shm")  # noqa: S108  asked for its size only


def settings(*, socket: Path, data: Path) -> str:
    """Text of the configuration file. `socket`: its folder; `data`: the cluster."""
    megabytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 20
    return f"""# Written at every start; change the environment, not this file.
listen_addresses = ''
unix_socket_directories = '{socket}'
unix_socket_permissions = 0777        # the folder itself is 0700
max_connections = 100
shared_buffers = {_between(128, megabytes // 8, 2048)}MB
effective_cache_size = {max(256, megabytes // 2)}MB
work_mem = {16 if megabytes < 4096 else 32}MB
maintenance_work_mem = {_between(64, megabytes // 16, 1024)}MB
max_wal_size = {_between(512, _free_megabytes(data) // 20, 4096)}MB
min_wal_size = 256MB
checkpoint_timeout = 15min
wal_compression = on
random_page_cost = 1.1
effective_io_concurrency = 64
default_statistics_target = 200
autovacuum_vacuum_insert_scale_factor = 0.05
dynamic_shared_memory_type = {"posix" if _roomy_shared_memory() else "mmap"}
shared_preload_libraries = 'pg_stat_statements'
idle_in_transaction_session_timeout = 5min
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = off
"""


def _between(least: int, value: int, most: int) -> int:
    return max(least, min(value, most))


def _free_megabytes(folder: Path) -> int:
    return shutil.disk_usage(folder).free >> 20


def _roomy_shared_memory() -> bool:
    return not SHARED_MEMORY.is_dir() or shutil.disk_usage(SHARED_MEMORY).total >> 20 >= 256
