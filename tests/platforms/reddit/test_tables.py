"""The tables of Reddit: no nonsense is stored, each sees only its own, and SQL users find the names
they were promised."""

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from accounts.tenancy import tenant
from platforms import registry
from platforms.partitions import ensure
from platforms.reddit.models import Post, PostSnapshot, Subreddit
from tests.factories.platforms import EntityFactory
from tests.platforms.reddit.wire import NOW


def stored(owner, **more):
    """A post of a subreddit of this person."""
    entity = EntityFactory(owner=owner, platform="reddit", external_id="t5_9aa", handle="python")
    seen = {"published_at": NOW, "first_seen_at": NOW, "last_seen_at": NOW}
    return Post.objects.create(owner=owner, entity=entity, external_id="1abc", **seen, **more)


@pytest.mark.parametrize(
    "nonsense",
    [{"upvote_ratio": 17}, {"upvote_ratio": -0.1}, {"num_comments": -1}, {"num_crossposts": -1}],
)
def test_nonsense_is_refused_by_the_database(alice, nonsense):
    with tenant(alice.pk):
        with pytest.raises(IntegrityError), transaction.atomic():
            stored(alice, **nonsense)
        ensure(PostSnapshot, NOW)
        item = stored(alice, score=-5, upvote_ratio=0.31, num_comments=0)
        with pytest.raises(IntegrityError), transaction.atomic():
            PostSnapshot.objects.create(owner=alice, item=item, taken_at=NOW, **nonsense)
        PostSnapshot.objects.create(owner=alice, item=item, taken_at=NOW, score=-5)


def test_another_tenant_sees_neither_post_nor_subreddit(alice, bob):
    with tenant(alice.pk):
        stored(alice)
        EntityFactory(owner=alice, platform="youtube")
        assert Subreddit.objects.for_user(alice).get().handle == "python"
    with tenant(bob.pk):
        assert not Post.objects.exists()
        assert not Subreddit.objects.exists()


def test_the_promised_view_shows_ones_own_subreddits_and_takes_no_writes(alice, bob):
    def rows():
        with connection.cursor() as cursor:
            cursor.execute("SELECT user_id, profile_id, subreddit_name FROM reddit_subreddits")
            return cursor.fetchall()

    with tenant(alice.pk):
        stored(alice)
        assert rows() == [(alice.pk, None, "python")]
        with pytest.raises(Exception, match="cannot"), transaction.atomic():
            connection.cursor().execute("DELETE FROM reddit_subreddits")
    with tenant(bob.pk):
        assert rows() == []


def test_engagement_is_score_and_comments_and_unknown_where_the_score_is_hidden(alice):
    platform = registry.get("reddit")
    with tenant(alice.pk):
        ensure(PostSnapshot, NOW)
        item = stored(alice, score=40, num_comments=2)
        told = Post.objects.annotate(engagement=platform.engagement + F("num_comments") * 0)
        assert told.get().engagement == 42
        Post.objects.filter(pk=item.pk).update(score=None)
        assert told.get().engagement is None


def test_every_exported_column_exists_and_staff_can_look_at_posts():
    platform = registry.get("reddit")
    columns = {field.name for field in Post._meta.get_fields()}
    assert set(platform.columns) <= columns
    assert {*platform.text_fields, *Post.COUNTERS, *Post.WORDS} <= columns
    assert set(Post.COUNTERS) <= {field.name for field in PostSnapshot._meta.get_fields()}
    assert Post in admin.site._registry
