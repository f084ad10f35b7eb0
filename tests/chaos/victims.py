"""What is killed, and by which sign it is known to be back."""

from collections.abc import Callable
from dataclasses import dataclass

import psutil
import redis

from config.embedded import postgres, valkey
from config.embedded.layout import Layout
from config.health import heartbeat
from tests.stack import Stack

# A message that the killed beat had sent may still be on its way for a moment.
ON_ITS_WAY_SECONDS = 1


def _kill_first(product, processes):
    processes[0].kill()


def _kill_and_start_again(product, processes):
    product.kill()
    product.start()


def _at_once(product, since):
    return True


@dataclass(frozen=True)
class Victim:
    """Processes of one kind. `kill` ends the first of them."""

    name: str
    processes: Callable[[Stack], list[psutil.Process]]
    works: Callable[[Stack, float], bool] = _at_once  # since this time of the wall clock
    kill: Callable[[Stack, list[psutil.Process]], None] = _kill_first

    def replaced(self, product, before):
        """Whether as many run as `before`, the first of them is gone, and one is new."""
        try:
            now = self.processes(product)
        except psutil.Error:  # one ended while we looked
            return False
        return len(now) >= len(before) and before[0] not in now and bool(set(now) - set(before))


def signed(product, since):
    """Whether the worker gave a sign of life since then."""
    for name, moment in _broker(product).zrange(heartbeat.WORKERS, 0, -1, withscores=True):
        if name.startswith(b"worker@"):
            return moment > since
    return False


def ticked(product, since):
    """Whether a message of beat came through to a worker since then."""
    moment = _broker(product).get(heartbeat.TICK)
    return moment is not None and float(moment) > since + ON_ITS_WAY_SECONDS


def _broker(product):
    return redis.Redis.from_url(valkey.url(Layout(product.var)), protocol=2)


def _server(module):
    def processes(product):
        process = module.server(Layout(product.var)).process()
        return [process] if process else []

    return processes


def _answers(module):
    def answers(product, since):
        return module.answers(Layout(product.var))

    return answers


def program(word):
    """The program of the supervisor with this word in its command line. A killed one is none."""

    def processes(product):
        living = [
            child
            for child in psutil.Process(product.process.pid).children()
            if child.status() != psutil.STATUS_ZOMBIE
        ]
        return [child for child in living if word in child.cmdline()]

    return processes


def _web_processes(product):
    return [process for server in program("gunicorn")(product) for process in server.children()]


def _has_web_processes(product, since):
    return bool(_web_processes(product))


VICTIMS = [
    Victim("PostgreSQL", _server(postgres), _answers(postgres)),
    Victim("Valkey", _server(valkey), _answers(valkey)),
    Victim("web process", _web_processes),
    Victim("web server", program("gunicorn")),
    Victim("worker", program("worker@%h"), signed),
    Victim("beat", program("beat"), ticked),
    Victim(
        "supervisor",
        lambda product: [psutil.Process(product.process.pid)],
        # The web processes of the killed one answer for a moment; they are not its children.
        _has_web_processes,
        _kill_and_start_again,
    ),
]
