"""Rounds of the dispatch, one a second, that outlive the loss of a server."""

import logging
import time
from collections.abc import Callable

from django.db import InterfaceError, OperationalError, close_old_connections

from collectors import dispatch
from collectors.dispatch import Ring
from collectors.doorbell import ring

ROUND_SECONDS = 1.0
SWEEP_SECONDS = 10.0
STEP_SECONDS = 0.1  # so soon an end is noticed

log = logging.getLogger(__name__)

Ended = Callable[[], bool]


def dispatch_until(ended: Ended, *, sweeping: bool = False) -> None:
    """Ring for what is due, once a second. `sweeping`: and every 10 s for what fell through."""
    next_sweep = 0.0
    while not ended():
        began = time.monotonic()
        _outliving_outages(dispatch.drain)
        if sweeping and began >= next_sweep:
            _outliving_outages(dispatch.sweep)
            next_sweep = began + SWEEP_SECONDS
        _rest(began + ROUND_SECONDS, ended)


def _outliving_outages(work: Callable[[Ring], object]) -> None:
    """What is due stays due while the database is away; the next round finds it."""
    try:
        work(ring)
    except (InterfaceError, OperationalError) as error:
        log.warning("The dispatch goes on in its next round: %s", error)
        close_old_connections()


def _rest(until: float, ended: Ended) -> None:
    while (left := until - time.monotonic()) > 0 and not ended():
        time.sleep(min(STEP_SECONDS, left))
