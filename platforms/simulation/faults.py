"""Faults on order: a platform that misbehaves when told to. Applied outside of the simulators."""

import time
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from threading import Lock

from platforms.simulation.wire import Answer, Call

KINDS = ("429", "500", "503", "timeout", "refused", "garbage", "slow", "cut", "html")


@dataclass
class Order:
    """Spoil the next `times` calls whose path contains `path`."""

    kind: str
    times: int
    path: str


class Faults:
    """Orders per platform, first come, first served. `slow`: seconds of a slow answer."""

    def __init__(self, *, slow: float = 2.0) -> None:
        self.slow = slow
        self._orders: dict[str, deque[Order]] = defaultdict(deque)
        self._lock = Lock()

    def order(self, platform: str, kind: str, *, times: int = 1, path: str = "") -> None:
        """Raises ValueError for a kind that there is not."""
        if kind not in KINDS:
            raise ValueError(f"No fault is named {kind}. There are: {', '.join(KINDS)}.")
        with self._lock:
            self._orders[platform].append(Order(kind, times, path))

    def clear(self) -> None:
        """Forget all orders."""
        with self._lock:
            self._orders.clear()

    def waiting(self) -> dict[str, list[str]]:
        """Platform -> kinds still to come, one for each call."""
        with self._lock:
            return {
                platform: [order.kind for order in orders for _ in range(order.times)]
                for platform, orders in self._orders.items()
                if orders
            }

    def take(self, platform: str, call: Call) -> str | None:
        """The fault that this call meets, if any."""
        with self._lock:
            orders = self._orders[platform]
            for order in orders:
                if order.path in call.path:
                    order.times -= 1
                    if not order.times:
                        orders.remove(order)
                    return order.kind
        return None


def spoil(kind: str, answer: Answer, *, slow: float) -> Answer:
    """What becomes of a good answer. 429 is left to the simulator: it knows its own form."""
    if kind == "slow":
        time.sleep(slow)
        return answer
    return SPOILT[kind](answer)


_PAGE = b"<html><head><title>Blocked</title></head><body>Try again later.</body></html>"
SPOILT: dict[str, Callable[[Answer], Answer]] = {
    "500": lambda answer: replace(answer, status=500, body=b""),
    "503": lambda answer: replace(answer, status=503, body=b"upstream connect error"),
    "timeout": lambda answer: replace(answer, fault="timeout"),
    "refused": lambda answer: replace(answer, fault="refused"),
    "garbage": lambda answer: replace(answer, body=b'\x00{"data": [{"id": nan, \xff'),
    "cut": lambda answer: replace(answer, body=answer.body[: len(answer.body) // 2], fault="cut"),
    "html": lambda answer: replace(answer, headers={"Content-Type": "text/html"}, body=_PAGE),
}
