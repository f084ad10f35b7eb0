"""Doorbells: each takes ids, or nothing, and asks the database what there is to do."""

import time

from celery import shared_task
from django.utils import timezone

from collectors import dispatch, governor, pipeline, rounds, stopping
from collectors.demo import history
from collectors.doorbell import ring
from collectors.imports import jobs
from collectors.policies import cleaning, custody, keeping, recheck

TICK_SECONDS = 5.0


@shared_task
def dispatch_due() -> None:
    """Drain what is due, once a second until the next tick: nobody waits for the tick itself."""
    end = time.monotonic() + TICK_SECONDS - rounds.ROUND_SECONDS / 2
    rounds.dispatch_until(lambda: time.monotonic() >= end or stopping.asked())


@shared_task
def sweep() -> None:
    """Bury runs whose worker died, and ring again for what nobody heard."""
    dispatch.sweep(ring)


@shared_task
def govern(profile_ids: list[int] | None = None) -> None:
    """Fit what runs into what may be spent: of these credentials, or of all."""
    governor.govern(now=governor.present(), profiles=profile_ids)


@shared_task
def collect(execution_ids: list[int]) -> None:
    """Read one pack of accounts."""
    pipeline.run(execution_ids)


@shared_task
def look_for_vanished() -> None:
    """Take accounts into custody, and ring for those with items that were not seen for long."""
    now = timezone.now()
    custody.enrol(now=now)
    recheck.ring_for_looks(now=now)


@shared_task
def look_again(entity_ids: list[int]) -> None:
    """Ask again for items of one pack of accounts."""
    recheck.look(entity_ids, now=timezone.now())


@shared_task
def visit_accounts() -> None:
    """Remove what may no longer be kept of the accounts whose turn it is."""
    keeping.visit_due(now=timezone.now())


@shared_task
def clean_up() -> None:
    """Remove old months of figures, runs and charges."""
    cleaning.clean(now=timezone.now())


@shared_task
def load_history(platform: str, job_ids: list[int]) -> None:
    """Load a part of the demo's past, and ring for the next one."""
    if history.load(job_ids):
        load_history.apply_async((platform, job_ids), queue=f"collect.{platform}")


@shared_task(soft_time_limit=300, time_limit=330)  # its lease is renewed on the way
def run_import(import_id: int) -> None:
    """Go on with an import for its slice of time."""
    jobs.go_on(import_id)


@shared_task
def sweep_imports() -> None:
    """Ring again for imports whose worker died, and delete old uploads."""
    jobs.sweep()
