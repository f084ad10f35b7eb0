"""Settings of the web server, gunicorn."""

from typing import Any

from config.env import env

worker_class = "config.web.worker.Worker"
asgi_lifespan = "off"
workers = env.number("WEB_PROCESSES", default=2, least=1, most=64)
# Loaded once and forked: less memory, and a worker that was killed is back at once.
preload_app = True
graceful_timeout = 5  # seconds that a request in hand has at a stop
keepalive = 5  # seconds from an answer to the end of the next request's headers
# Who the client is, and whether it spoke https, is decided by the settings (TRUSTED_PROXIES).
forwarded_allow_ips = ""
control_socket_disable = True
logger_class = "config.logs.gunicorn.GunicornLogger"
accesslog = None  # requests are logged by the product, with their id
loglevel = "warning"
websocket_max_message_size = 64 * 1024  # bytes; browsers send short commands


def post_worker_init(worker: Any) -> None:
    """Let /health/ready say that this process is about to go."""
    from config.health import views  # noqa: PLC0415  needs the settings

    views.shutting_down = lambda: not worker.alive
