"""Logs: one JSON object a line on stderr, with the context of the request or task, without secrets.

Python's own loggers (Django, gunicorn, Celery, allauth) pass through the same formatter.
"""

import json
import logging
import logging.config
import sys
import threading
from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any

import structlog
from django.http import HttpRequest
from django.urls import ResolverMatch, resolve
from django.utils.functional import SimpleLazyObject, empty

from config.env import env
from config.logs.redaction import SHORTEST_LITERAL, clean, is_secret_name, redact

Line = MutableMapping[str, Any]

LEVELS = ("INFO", "DEBUG", "WARNING", "ERROR", "CRITICAL")
# What they say below these levels is said better by the line of the request or the task, or is
# the talk of a library that prints headers.
LOUDEST = {
    "django.request": "ERROR",
    "django.channels.server": "ERROR",
    "celery.worker.strategy": "WARNING",
    "celery.app.trace": "WARNING",
    "celery.beat": "WARNING",
    "django_celery_beat": "WARNING",
    "psycopg.pool": "WARNING",
    "asyncio": "WARNING",
    "filelock": "WARNING",
    "hpack": "WARNING",
    "httpcore": "WARNING",
    "httpx": "WARNING",
    "huggingface_hub": "WARNING",
    "requests": "WARNING",
    "tweepy": "WARNING",
    "urllib3": "WARNING",
}
FIRST = ("timestamp", "level", "logger", "event")
# Of a part of an address that nobody types: it also has a digit.
SHORTEST_KEY = 16

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_literals: set[str] = set()  # configured secrets, hidden wherever they stand


def logging_settings() -> dict[str, Any]:
    """Return settings for `configure`, in the form of Python's dictConfig."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {"()": formatter, "style": env.one_of("DJANGO_LOG_FORMAT", "json", "console")}
        },
        "handlers": {"stderr": {"()": LineHandler, "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": env.one_of("LOG_LEVEL", *LEVELS)},
        "loggers": {name: {"level": level} for name, level in LOUDEST.items()}
        # Django has given these handlers of their own.
        | {name: {"handlers": [], "propagate": True} for name in ("django", "django.server")},
    }


def configure(settings: dict[str, Any]) -> None:
    """Set up all logging of this process. Django calls it with `LOGGING`; a second call is fine."""
    logging.config.dictConfig(settings)
    logging.captureWarnings(capture=True)
    threading.excepthook = _thread_died
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *CONTEXT,
            structlog.stdlib.PositionalArgumentsFormatter(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def hide(*secrets: str) -> None:
    """Keep these values out of every line, whatever stands around them."""
    _literals.update(secret for secret in secrets if len(secret) >= SHORTEST_LITERAL)


@contextmanager
def in_request(request: HttpRequest) -> Iterator[None]:
    """Give the lines inside the request's context."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


def request_id() -> str | None:
    """Id of the request that this code works for, also in a task it sent."""
    request = _request.get()
    if request is not None:
        return getattr(request, "id", None)
    return structlog.contextvars.get_contextvars().get("request_id")


def known_user(request: HttpRequest) -> Any:
    """Who is signed in, if the request has found that out; asking would load session and person."""
    user = getattr(request, "user", None)
    if isinstance(user, SimpleLazyObject) and user.__dict__.get("_wrapped") is empty:
        return None
    return user if user is not None and user.is_authenticated else None


def safe_path(request: HttpRequest) -> str:
    """The path without the secrets that stand in some addresses, such as a reset key."""
    path = request.path
    for secret in _path_secrets(request):
        path = path.replace(secret, "[redacted]")
    return path


def _path_secrets(request: HttpRequest) -> list[str]:
    match = request.resolver_match or _resolved(request.path_info)
    if match:
        return [
            str(value) for name, value in match.kwargs.items() if value and is_secret_name(name)
        ]
    return [part for part in request.path.split("/") if _looks_like_a_key(part)]


def _looks_like_a_key(part: str) -> bool:
    return len(part) >= SHORTEST_KEY and any(map(str.isdigit, part))


def _resolved(path: str) -> ResolverMatch | None:
    """What an address leads to, or would with a slash at its end: not every answer looked it up.

    A wrong host and plain http are turned away before, and they carry the same keys.
    """
    for written in (path, f"{path}/"):
        with suppress(Exception):  # a line must come out even where the addresses are broken
            return resolve(written)
    return None


def _add_request(_logger: Any, _method: str, line: Line) -> Line:
    if (request := _request.get()) is not None:
        line.setdefault("request_id", getattr(request, "id", None))
        line.setdefault("ip", getattr(request, "client_ip", None))
        line.setdefault("user_id", getattr(known_user(request), "pk", None))
    return line


def _strangers_mistake(_logger: Any, _method: str, line: Line) -> Line:
    """What Django takes for an attack is answered with 400: a line is enough, no traceback."""
    if line["logger"].startswith("django.security."):
        line["level"] = "warning"
        line.pop("exc_info", None)
    return line


def _drop_objects(_logger: Any, _method: str, line: Line) -> Line:
    """Django's loggers pass the whole request along, Celery's every argument of the task."""
    for name in ("request", "response", "server_time", "data", "taskName"):
        line.pop(name, None)
    return line


CONTEXT = (
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    _add_request,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="timestamp"),
    structlog.processors.StackInfoRenderer(),
)


def _clean(_logger: Any, _method: str, line: Line) -> Mapping[str, Any]:
    request = _request.get()
    secrets = [*_literals, *(_path_secrets(request) if request is not None else ())]
    ordered = {name: line.pop(name) for name in FIRST if name in line} | dict(line)
    cleaned: dict[str, Any] = clean({k: v for k, v in ordered.items() if v is not None}, secrets)
    return cleaned


def formatter(style: str) -> logging.Formatter:
    """Make the formatter of every line. `style`: 'json', or 'console' for people at a terminal."""
    renderers: dict[str, Any] = {
        "json": structlog.processors.JSONRenderer(),
        "console": structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback),
    }
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[
            structlog.stdlib.ExtraAdder(),
            _drop_objects,
            *CONTEXT,
            _strangers_mistake,
        ],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            structlog.processors.format_exc_info,
            _clean,
            renderers[style],
        ],
    )


class LineHandler(logging.StreamHandler[Any]):
    """Writes lines to stderr, and a line of its own where a call could not be formatted."""

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802  logging's name
        """Say which call failed, and why, without its arguments. Python would print a traceback."""
        line = {
            "level": "error",
            "logger": record.name,
            "event": "A log line could not be written.",
            "template": redact(str(record.msg)),
            "reason": redact(repr(sys.exc_info()[1])),
        }
        with suppress(OSError, ValueError):  # nobody reads any more
            self.stream.write(json.dumps(line) + self.terminator)


def _thread_died(failure: threading.ExceptHookArgs) -> None:
    """Log what ended a thread, which Python would print over several lines."""
    if failure.exc_value is not None:
        name = failure.thread.name if failure.thread else "?"
        logging.getLogger("tidewatch").error("Thread %s died", name, exc_info=failure.exc_value)
