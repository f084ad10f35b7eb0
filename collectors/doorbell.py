"""Tells the workers of a platform that runs wait for them. The database holds the runs."""

import logging
from collections.abc import Sequence

from celery import current_app
from kombu.exceptions import OperationalError

from collectors.schedule import Claimed

COLLECT = "collectors.tasks.collect"

log = logging.getLogger(__name__)


def ring(pack: Sequence[Claimed]) -> None:
    """Send one pack to the workers of its platform, for its owner.

    Without a broker the pack waits in the database until the sweeper rings again.
    """
    try:
        current_app.send_task(
            COLLECT,
            ([each.execution_id for each in pack],),
            queue=f"collect.{pack[0].platform}",
            headers={"tenant": pack[0].owner_id},
        )
    except OperationalError as error:
        log.warning("A pack of %d runs was not sent: %s", len(pack), error)
