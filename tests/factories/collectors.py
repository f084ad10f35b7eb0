"""Jobs of watched accounts."""

from datetime import UTC, datetime, timedelta

from factory import LazyAttribute, LazyFunction, SubFactory
from factory.django import DjangoModelFactory

from collectors.models import JobExecution, MonitoringJob
from tests.factories.platforms import EntityFactory


class JobFactory(DjangoModelFactory):
    """Overdue for a minute, unless told otherwise."""

    class Meta:
        model = MonitoringJob

    entity = SubFactory(EntityFactory)
    owner = LazyAttribute(lambda job: job.entity.owner)
    platform = LazyAttribute(lambda job: job.entity.platform)
    interval_minutes = 60
    every_seconds = LazyAttribute(lambda job: job.interval_minutes * 60)
    next_run_at = LazyFunction(lambda: datetime.now(UTC) - timedelta(minutes=1))


class RunFactory(DjangoModelFactory):
    """A run that began on time and succeeded within ten seconds, unless told otherwise."""

    class Meta:
        model = JobExecution

    owner = LazyAttribute(lambda run: run.job.owner)
    run_token = 1
    status = "success"
    due_at = LazyFunction(lambda: datetime.now(UTC) - timedelta(minutes=5))
    queued_at = LazyAttribute(lambda run: run.due_at)
    started_at = LazyAttribute(lambda run: run.due_at)
    completed_at = LazyAttribute(
        lambda run: None if run.status in JobExecution.OPEN else run.due_at + timedelta(seconds=10)
    )
