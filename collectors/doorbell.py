"""Tells the workers of a platform that runs wait for them. The database holds the runs."""

import logging
from collections.abc import Sequence

from celery import current_app
from django.contrib.postgres.functions import TransactionNow
from kombu import Connection
from kombu.exceptions import OperationalError

from accounts.tenancy import tenant
from collectors.models import JobExecution
from collectors.schedule import Claimed

COLLECT = "collectors.tasks.collect"

log = logging.getLogger(__name__)


def ring(pack: Sequence[Claimed], *, broker: Connection | None = None) -> None:
    """Send one pack to the workers of its platform, for its owner. `broker`: another than ours.

    Without a broker the pack waits in the database, and the next sweep rings again.
    """
    ids = [each.execution_id for each in pack]
    try:
        current_app.send_task(
            COLLECT,
            (ids,),
            queue=f"collect.{pack[0].platform}",
            headers={"tenant": pack[0].owner_id},
            connection=broker,
        )
    except OperationalError as error:
        log.warning("A pack of %d runs was not sent: %s", len(pack), error)
        with tenant(pack[0].owner_id):
            waiting = JobExecution.objects.filter(pk__in=ids, status=JobExecution.Status.QUEUED)
            waiting.update(lease_until=TransactionNow())
