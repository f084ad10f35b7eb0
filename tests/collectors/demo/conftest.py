"""A small demo: one source of each platform, ten days."""

from datetime import UTC, datetime

import pytest

from accounts.tenancy import acting_for, tenant
from collectors.demo import history, workspace
from collectors.demo.world import world_of
from platforms.models import Entity

BEGAN = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _small(settings):
    settings.DEMO, settings.DEMO_DAYS = True, 10


@pytest.fixture
def demo(db):
    """The demo's person, in whose workspace nothing is loaded yet."""
    return workspace.prepare(now=BEGAN, each=1)


@pytest.fixture
def world(demo):
    """The world that the demo lives in."""
    return world_of(BEGAN)


def lanes(person):
    """Jobs that wait for their history, as they are loaded together."""
    with tenant(person.pk):
        return [job_ids for _, job_ids in history.waiting(person.pk)]


def load(person, *, seconds=60):
    """Load all that waits."""
    with acting_for(person.pk):
        for job_ids in lanes(person):
            while history.load(job_ids, seconds=seconds):
                pass


@pytest.fixture
def loaded(demo):
    """The demo's person, with the whole history."""
    load(demo)
    return demo


def entity(person, slug):
    """The one source of a platform."""
    with tenant(person.pk):
        return Entity.objects.get(owner=person, platform=slug)
