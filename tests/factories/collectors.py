"""Jobs of watched accounts."""

from datetime import UTC, datetime, timedelta

from factory import LazyAttribute, LazyFunction, SubFactory
from factory.django import DjangoModelFactory

from collectors.models import MonitoringJob
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
