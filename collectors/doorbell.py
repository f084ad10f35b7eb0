"""Tells the workers of a platform that runs wait for them. The database holds the runs."""

import logging
from collections.abc import Sequence

from celery import current_app
from django.contrib.postgres.functions import TransactionNow
from django.db import transaction
from kombu import Connection
from kombu.exceptions import OperationalError

from accounts.tenancy import tenant
from collectors.models import JobExecution
from collectors.schedule import Claimed

COLLECT, GOVERN = "collectors.tasks.collect", "collectors.tasks.govern"

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


def wake_governor(profiles: Sequence[int]) -> None:
    """Let the intervals of these credentials be fitted again, once this transaction is over.

    Without a broker they are when beat wakes the governor.
    """

    def send() -> None:
        try:
            current_app.send_task(GOVERN, (list(profiles),), queue="default")
        except OperationalError as error:
            log.warning("The governor was not woken: %s", error)

    if profiles:
        transaction.on_commit(send, robust=True)
