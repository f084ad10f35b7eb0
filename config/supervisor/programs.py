"""What runs beside the servers."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.conf import settings


@dataclass(frozen=True)
class Program:
    """A Python module with its arguments, kept running under a name."""

    name: str
    words: tuple[str, ...]
    patience: float  # seconds between the request to stop and the kill
    sockets: tuple[int, ...] = ()  # listening sockets it inherits
    interpreter: tuple[str, ...] = ()  # options of Python


def programs(*, listener: int, simulator: int | None = None) -> list[Program]:
    """Everything that starts, runs and stops together. `listener`: descriptor of the port;
    `simulator`: of the demo's, where there is a demo.

    None needs another to stop: what the web still sends waits in its queue for the next start.
    """
    collecting = [f"collect.{platform}" for platform in settings.PLATFORMS]
    return [
        _web(listener),
        # Short tasks have a worker of their own: no long task may hold up the tick. One of its
        # processes is always at the dispatch.
        _worker("worker", ["dispatch", "outbox", "default"], processes=3),
        # These wait for other people's servers, so there may be more of them than cores.
        _worker("collector", collecting, processes=4),
        # These use a core each, and the model's memory.
        _worker("analyst", ["sentiment", "export"], processes=1),
        _celery("beat", ["beat"], patience=5),
        *([] if simulator is None else [_demo(simulator)]),
    ]


def _web(listener: int) -> Program:
    words = ("gunicorn", "--config", "python:config.web.gunicorn", "--bind", f"fd://{listener}")
    return Program("web", (*words, "config.asgi:application"), patience=10, sockets=(listener,))


def _demo(simulator: int) -> Program:
    # Not manage.py: that would hold on to the servers, which are the supervisor's.
    words = ("django", "demo", "--serve", str(simulator))
    return Program("demo", words, patience=5, sockets=(simulator,))


def _worker(name: str, queues: Sequence[str], *, processes: int) -> Program:
    words = ["worker", "--hostname", f"{name}@%h", "--queues", ",".join(queues)]
    # One machine has nobody to gossip with; without the greeting the start is a second shorter.
    alone = ["--without-gossip", "--without-mingle"]
    return _celery(name, [*words, "--concurrency", str(processes), *alone], patience=30)


def _celery(name: str, words: Sequence[str], *, patience: float) -> Program:
    # Its seven lines about root, from each worker; `serve` has one for all.
    silence = ("-W", "ignore:You're running the worker with superuser privileges")
    command = ("celery", "--quiet", "--skip-checks", "--app", "config.celery", *words)
    return Program(name, command, patience, interpreter=silence)
