"""Doorbells: each takes ids, or nothing, and asks the database what there is to do."""

import logging
import time
from collections.abc import Sequence

from celery import shared_task
from kombu.exceptions import OperationalError

from collectors import dispatch, pipeline
from collectors.schedule import Claimed

log = logging.getLogger(__name__)

TICK_SECONDS = 5
ROUND_SECONDS = 1.0


@shared_task
def dispatch_due() -> None:
    """Drain what is due, once a second until the next tick: nobody waits for the tick itself."""
    end = time.monotonic() + TICK_SECONDS - ROUND_SECONDS / 2
    while (began := time.monotonic()) < end:
        dispatch.drain(ring)
        time.sleep(max(0.0, ROUND_SECONDS - (time.monotonic() - began)))


@shared_task
def sweep() -> None:
    """Bury runs whose worker died, and ring again for what nobody heard."""
    dispatch.sweep(ring)


@shared_task
def collect(execution_ids: list[int]) -> None:
    """Read one pack of accounts."""
    pipeline.run(execution_ids)


def ring(pack: Sequence[Claimed]) -> None:
    """Send one pack to the workers of its platform, for its owner.

    Without a broker the pack waits in the database until the sweeper rings again.
    """
    try:
        collect.apply_async(
            ([each.execution_id for each in pack],),
            queue=f"collect.{pack[0].platform}",
            headers={"tenant": pack[0].owner_id},  # type: ignore[dict-item]  # JSON, not text alone
        )
    except OperationalError as error:
        log.warning("A pack of %d runs was not sent: %s", len(pack), error)
