"""The peer of our dispatch: django-celery-beat with one PeriodicTask per job, all due."""

import time
from datetime import timedelta

from celery import Celery
from django.utils import timezone
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from tests.benchmarks.report import cpu_seconds

WATCHED_SECONDS = 20


def cpu_and_pace(rows):
    """CPU seconds of beat and the database for each task that it sends, and tasks a second."""
    fill(rows)
    app = Celery("peer", broker="memory://", set_as_current=False)
    app.conf.timezone = "UTC"
    scheduler = DatabaseScheduler(app=app, lazy=False)
    sent, send = 0, scheduler.apply_async

    def counted(*args, **kwargs):
        nonlocal sent
        sent += 1
        return send(*args, **kwargs)

    scheduler.apply_async = counted
    began, end = cpu_seconds(), time.monotonic() + WATCHED_SECONDS
    while time.monotonic() < end:
        scheduler.tick()
    scheduler._finalize.cancel()  # it would write at the exit, when the servers are gone
    return (cpu_seconds() - began) / max(1, sent), sent / WATCHED_SECONDS


def fill(rows):
    """Every 15 minutes, last run an hour ago."""
    schedule, _ = IntervalSchedule.objects.get_or_create(every=15, period=IntervalSchedule.MINUTES)
    PeriodicTask.objects.bulk_create(
        PeriodicTask(
            name=f"job {n}",
            task="peer.nothing",
            interval=schedule,
            last_run_at=timezone.now() - timedelta(hours=1),
        )
        for n in range(rows)
    )
