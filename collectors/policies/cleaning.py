"""What grows with every day and belongs to no account's duties: old months, runs, charges."""

import logging
from datetime import datetime, timedelta

from django.db import OperationalError, connection

from accounts.tenancy import system
from platforms import registry
from platforms.credentials.connection import terms
from platforms.partitions import drop_before
from platforms.spending import ledger

log = logging.getLogger(__name__)

RUNS_DAYS = 90  # a run is kept
HOLDS_DAYS = 62  # what is held counts in its month
CHARGES_DAYS = 2  # a resource is billed once a UTC day; after that nobody asks
BATCH = 5000

# By id, as runs are made in the order of their moments: an index on those would slow each claim.
_OLD_RUNS = """
WITH first AS (
  SELECT id, queued_at, status FROM job_executions ORDER BY id LIMIT %(batch)s
),
old AS (
  SELECT e.id FROM job_executions e JOIN first USING (id)
  WHERE first.queued_at < %(before)s AND first.status NOT IN ('queued', 'running')
  ORDER BY e.id FOR UPDATE OF e SKIP LOCKED
)
DELETE FROM job_executions e USING old WHERE e.id = old.id
"""


def clean(*, now: datetime) -> None:
    """Drop, delete and forget what is old. May be killed, and run twice at once."""
    months = drop_months(now=now)
    runs = delete_runs(before=now - timedelta(days=RUNS_DAYS))
    charges = ledger.forget_charges(before=(now - timedelta(days=CHARGES_DAYS)).date())
    ledger.forget_holds(before=(now - timedelta(days=HOLDS_DAYS)).date())
    log.info("%d months, %d runs and %d charges were old", len(months), runs, charges)


def drop_months(*, now: datetime) -> list[str]:
    """Drop the months of figures that no installation wants to keep; their names."""
    dropped = []
    for platform in registry.every():
        days = terms(platform.slug).duties.history_days
        if days:
            try:
                dropped += drop_before(platform.content.SNAPSHOT, now - timedelta(days=days))
            except OperationalError as error:  # somebody reads them; tomorrow is soon enough
                log.warning("Old months of %s stay for now: %s", platform.slug, error)
    return dropped


def delete_runs(*, before: datetime) -> int:
    """Delete runs that were queued before a moment and are closed; how many."""
    total = 0
    while deleted := _delete_some(before):
        total += deleted
    return total


def _delete_some(before: datetime) -> int:
    with system(), connection.cursor() as cursor:
        cursor.execute(_OLD_RUNS, {"before": before, "batch": BATCH})
        return int(cursor.rowcount)
