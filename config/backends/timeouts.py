"""How long we wait for our servers: shorter than people wait for a page."""

import sys
from pathlib import Path
from typing import Any

from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

# Parameters of libpq. A server that went away without a word is noticed within 30 s; by a unix
# socket it is noticed at once.
POSTGRES = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
    # In pg_stat_activity; PGAPPNAME in the environment says it better.
    "fallback_application_name": f"tidewatch {Path(sys.argv[0]).stem}",
}
# A web process makes a thread a request, and keeps no connection that nobody needs. A request waits
# for a free connection, or for a server that restarts. While the server is away it is asked again
# every second or two: psycopg's default backs off for minutes, and would outlast the outage.
POSTGRES_POOL = {"min_size": 0, "timeout": 5, "reconnect_timeout": 5}

# One more try, at once, for a connection that broke since its last use; the default is ten with
# pauses, and a page would wait for them all.
REDIS: dict[str, Any] = {
    "socket_timeout": 1.0,
    "socket_connect_timeout": 1.0,
    "retry": Retry(NoBackoff(), 1),
}
REDIS_ASYNC: dict[str, Any] = {"socket_connect_timeout": 1.0, "retry": AsyncRetry(NoBackoff(), 1)}

# Celery's connection. Redelivery is slow by default: 100 s for a visibility timeout of 10 s.
BROKER = {
    "visibility_timeout": 900,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    "socket_keepalive": True,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
}
BROKER_PUBLISH = {"max_retries": 1, "interval_start": 0, "interval_step": 0.2, "interval_max": 0.2}
