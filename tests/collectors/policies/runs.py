"""Ordinary runs, as the dispatcher and a worker make them."""

from accounts.tenancy import acting_for, system
from collectors import pipeline, schedule
from collectors.models import MonitoringJob
from platforms.credentials.connection import valkey


def run(person):
    """Run all of a person's jobs that are due."""
    with system():
        ids = [each.execution_id for each in schedule.claim(100)]
    with acting_for(person.pk):
        pipeline.run(ids)


def again(person):
    """Make the jobs due, and run them."""
    valkey().flushdb()  # calls are counted by the real clock, of which no minute has passed
    with system():
        MonitoringJob.objects.update(next_run_at="2026-01-01T00:00Z")
    run(person)
