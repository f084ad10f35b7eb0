"""A small demo: one source of each platform, four days."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import override_settings

from accounts.tenancy import acting_for, tenant
from collectors.demo import history, workspace
from collectors.demo.world import world_of
from collectors.models import JobExecution, MonitoringJob
from platforms.models import Entity, EntityName, EntitySnapshot
from platforms.reddit.models import Post, PostSnapshot
from platforms.twitch.models import StreamRecord, StreamSnapshot
from platforms.twitter.models import Tweet, TweetSnapshot
from platforms.youtube.models import Video, VideoSnapshot

DAYS = 4
BEGAN = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)
FIRST = BEGAN - timedelta(days=DAYS)
SMALL = {"DEMO": True, "DEMO_DAYS": DAYS}


@pytest.fixture(autouse=True)
def _small(settings):
    for name, value in SMALL.items():
        setattr(settings, name, value)


@pytest.fixture
def demo(db):
    """The demo's person, in whose workspace nothing is loaded yet."""
    return workspace.prepare(now=BEGAN, each=1)


@pytest.fixture(autouse=True)
def _no_limits_used_up():
    cache.clear()


@pytest.fixture
def ready(demo):
    """The demo's person; nothing is loaded, and nothing waits for it."""
    with acting_for(demo.pk), transaction.atomic():
        MonitoringJob.objects.filter(owner=demo).update(
            pause_reason=MonitoringJob.Pause.RUNS, next_run_at=BEGAN, last_success_at=BEGAN
        )
    return demo


@pytest.fixture
def visitor(ready, client):
    """A browser in the demo."""
    client.post("/demo/")
    return client


@pytest.fixture(scope="module")
def loaded(django_db_setup, django_db_blocker):
    """The demo's person, with the whole history: once a module, since it takes seconds."""
    with django_db_blocker.unblock(), override_settings(**SMALL), transaction.atomic():
        person = workspace.prepare(now=BEGAN, each=1)
        load(person)
        yield person
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world():
    """The world that the demo lives in."""
    return world_of(BEGAN)


def lanes(person):
    """Jobs that wait for their history, as they are loaded together."""
    with tenant(person.pk):
        return [job_ids for _, job_ids in history.waiting(person.pk)]


def load(person):
    """Load all that waits."""
    with acting_for(person.pk):
        for job_ids in lanes(person):
            while history.load(job_ids, seconds=60):
                pass


def entity(person, slug):
    """The one source of a platform."""
    return Entity.objects.get(owner=person, platform=slug)


def everything(person):
    """All that the history consists of, without the ids of rows."""
    with tenant(person.pk):
        rows = [
            *Video.objects.values_list(
                "external_id", "title", "view_count", "like_count", "figures_at", "first_seen_at"
            ),
            *VideoSnapshot.objects.values_list("item__external_id", "taken_at", "view_count"),
            *Post.objects.values_list(
                "external_id", "title", "body", "score", "figures_at", "removed_at"
            ),
            *PostSnapshot.objects.values_list("item__external_id", "taken_at", "score"),
            *Tweet.objects.values_list("external_id", "text", "like_count", "followers"),
            *TweetSnapshot.objects.values_list("item__external_id", "taken_at", "like_count"),
            *StreamRecord.objects.values_list(
                "external_id", "ended_at", "peak_viewers", "vod_views", "is_live"
            ),
            *StreamSnapshot.objects.values_list("item__external_id", "taken_at", "viewer_count"),
            *EntitySnapshot.objects.values_list("entity__external_id", "taken_at", "audience"),
            *EntityName.objects.values_list("entity__external_id", "since", "handle"),
            *JobExecution.objects.values_list(
                "job__entity__external_id", "due_at", "created", "changed", "unchanged"
            ),
        ]
    return sorted(map(repr, rows))
