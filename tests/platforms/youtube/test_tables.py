"""What the database holds of YouTube, and what it refuses."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounts.tenancy import tenant
from platforms.models import Entity
from platforms.youtube.manifest import PLATFORM
from platforms.youtube.metrics import COLUMNS, ENGAGEMENT
from platforms.youtube.models import COUNTERS, Channel, Video, VideoSnapshot
from tests.factories.platforms import EntityFactory

MOMENT = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def watched(alice):
    with tenant(alice.pk):
        return EntityFactory(owner=alice, title="Tides", platform="youtube")


def stored(entity, name="v", **columns):
    moments = dict.fromkeys(("published_at", "first_seen_at", "last_seen_at"), MOMENT)
    return Video.objects.create(
        owner=entity.owner, entity=entity, external_id=name, **moments, **columns
    )


def engagement(video):
    return Video.objects.annotate(sum=ENGAGEMENT).get(pk=video.pk).sum


def test_channels_are_youtubes_entities(alice, watched):
    with tenant(alice.pk):
        EntityFactory(owner=alice, platform="reddit")
        assert [channel.pk for channel in Channel.objects.for_user(alice)] == [watched.pk]
        assert Entity.objects.for_user(alice).count() == 2


def test_the_view_shows_a_tenants_channels_to_that_tenant(alice, bob, watched):
    with tenant(bob.pk):
        EntityFactory(owner=bob, platform="youtube", title="", handle="@bobs")
    seen = {}
    for user in (alice, bob):
        with tenant(user.pk), connection.cursor() as cursor:
            cursor.execute(
                "SELECT user_id, channel_name, channel_id, profile_id FROM youtube_channels"
            )
            seen[user.pk] = cursor.fetchall()
    assert seen[alice.pk] == [(alice.pk, "Tides", watched.external_id, None)]
    assert [row[1] for row in seen[bob.pk]] == ["@bobs"]


def test_the_view_takes_no_writes(alice, watched):
    with tenant(alice.pk), transaction.atomic(), connection.cursor() as cursor:
        with pytest.raises(DatabaseError, match="cannot delete from view"):
            cursor.execute("DELETE FROM youtube_channels")
        transaction.set_rollback(True)


def test_another_tenant_sees_no_video(alice, bob, watched):
    with tenant(alice.pk):
        stored(watched)
    with tenant(bob.pk):
        assert not Video.objects.exists()


@pytest.mark.parametrize("column", [*COUNTERS, "duration_seconds"])
def test_negative_figures_are_refused(alice, watched, column):
    with tenant(alice.pk):
        with pytest.raises(IntegrityError, match="video_not_negative"), transaction.atomic():
            stored(watched, **{column: -1})
        stored(watched, **{column: 2**62})


def test_an_unknown_kind_is_refused(alice, watched):
    with tenant(alice.pk):
        with pytest.raises(IntegrityError, match="video_kind_known"), transaction.atomic():
            stored(watched, kind="hologram")
        stored(watched, kind=Video.Kind.LIVE, tags=["a", "b"])


def test_engagement_is_likes_and_comments_and_unknown_where_likes_are_hidden(alice, watched):
    with tenant(alice.pk):
        assert engagement(stored(watched, "a", like_count=3, comment_count=4)) == 7
        assert engagement(stored(watched, "b", like_count=3, comment_count=None)) == 3
        assert engagement(stored(watched, "c", like_count=None, comment_count=4)) is None
        assert engagement(stored(watched, "d")) is None


def test_every_export_column_exists_and_the_admin_lists_videos():
    fields = {field.name for field in Video._meta.get_fields()}
    assert COLUMNS.keys() <= fields
    assert set(PLATFORM.text_fields) <= set(Video.WORDS) <= fields
    assert set(Video.COUNTERS) <= {field.name for field in VideoSnapshot._meta.get_fields()}
    assert Video in admin.site._registry
