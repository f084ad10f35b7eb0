"""Twitch's tables: what they keep, refuse, and show to whom."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError

from accounts.tenancy import tenant
from platforms import partitions
from platforms.models import Entity
from platforms.twitch.models import Channel, ScheduledStream, StreamRecord, StreamSnapshot
from tests.factories.platforms import EntityFactory
from tests.platforms.twitch.wire import NOW


@pytest.fixture
def shroud(alice):
    with tenant(alice.pk):
        return EntityFactory(owner=alice, platform="twitch", external_id="101", handle="shroud")


def store(entity, **columns):
    seen = {"published_at": NOW, "first_seen_at": NOW, "last_seen_at": NOW}
    return StreamRecord.objects.create(
        **{**seen, "owner_id": entity.owner_id, "entity": entity, "external_id": "1", **columns}
    )


@pytest.fixture
def as_alice(alice):
    with tenant(alice.pk):
        yield


def test_the_greatest_number_of_viewers_stands(as_alice, shroud):
    record = store(shroud, viewer_count=50)
    for viewers, peak in ((70, 70), (10, 70), (None, 70), (71, 71)):
        StreamRecord.objects.update(viewer_count=viewers)
        record.refresh_from_db()
        assert (record.viewer_count, record.peak_viewers) == (viewers, peak)
    StreamRecord.objects.update(title="New title")
    record.refresh_from_db()
    assert record.peak_viewers == 71


def test_the_peak_also_stands_when_an_upsert_names_it(as_alice, shroud):
    store(shroud, viewer_count=50)
    again = StreamRecord(
        owner_id=shroud.owner_id, entity=shroud, external_id="1", viewer_count=20,
        published_at=NOW, first_seen_at=NOW, last_seen_at=NOW,
    )  # fmt: skip
    StreamRecord.objects.bulk_create(
        [again], update_conflicts=True, unique_fields=["entity", "external_id"],
        update_fields=["viewer_count", "peak_viewers"],
    )  # fmt: skip
    record = StreamRecord.objects.get()
    assert (record.viewer_count, record.peak_viewers) == (20, 50)


def test_a_recording_that_nobody_watched_live_has_no_peak(as_alice, shroud):
    store(shroud, vod_views=7)
    assert StreamRecord.objects.get().peak_viewers is None


@pytest.mark.parametrize(
    "column", ["viewer_count", "peak_viewers", "vod_views", "duration_seconds"]
)
def test_negative_figures_are_refused(as_alice, shroud, column):
    with pytest.raises(IntegrityError), transaction.atomic():
        store(shroud, **{column: -1})


def test_a_broadcast_is_stored_once_per_channel(as_alice, shroud):
    store(shroud)
    with pytest.raises(IntegrityError), transaction.atomic():
        store(shroud)


def test_only_twitch_channels_are_channels(as_alice, alice, shroud):
    EntityFactory(owner=alice, platform="youtube")
    assert Entity.objects.count() == 2
    assert list(Channel.objects.for_user(alice)) == [Channel.objects.get(pk=shroud.pk)]


def test_channels_can_be_queried_as_asked_and_not_written(as_alice, alice, bob, shroud):
    EntityFactory(owner=alice, platform="youtube")
    with tenant(bob.pk):
        EntityFactory(owner=bob, platform="twitch", external_id="101")
    with tenant(alice.pk), connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, user_id, profile_id, channel_name, broadcaster_id, created_at"
            " FROM twitch_channels"
        )
        expected = (shroud.pk, alice.pk, None, "shroud", "101", shroud.created_at)
        assert cursor.fetchall() == [expected]
        for sql in ("DELETE FROM twitch_channels", "UPDATE twitch_channels SET channel_name = 'x'"):
            with pytest.raises(DatabaseError, match="cannot"), transaction.atomic():
                cursor.execute(sql)


def test_another_tenant_sees_nothing(as_alice, alice, bob, shroud):
    record = store(shroud, viewer_count=1)
    more = {"owner": alice, "entity": shroud, "first_seen_at": NOW, "last_seen_at": NOW}
    partitions.ensure(StreamSnapshot, NOW)
    StreamSnapshot.objects.create(owner=alice, item=record, taken_at=NOW, viewer_count=1)
    ScheduledStream.objects.create(external_id="s", published_at=NOW + timedelta(days=1), **more)
    for model in (StreamRecord, StreamSnapshot, ScheduledStream):
        with tenant(alice.pk):
            assert model.objects.count() == 1
        with tenant(bob.pk):
            assert model.objects.count() == 0
