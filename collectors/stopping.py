"""Whether this worker was asked to stop.

Only its first process hears the signal; a byte that it shares with the processes it has forked
tells them. So a task that waits on purpose does not hold up a stop.
"""

import mmap
from typing import Any

from celery.signals import worker_shutting_down

_told = mmap.mmap(-1, 1)


def asked() -> bool:
    """Whether a stop was asked for since this worker began."""
    return _told[0] != 0


@worker_shutting_down.connect
def _tell(**_: Any) -> None:
    _told[0] = 1
