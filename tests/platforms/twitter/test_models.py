"""What is stored of X, what the database refuses, and what figures amount to."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.db import IntegrityError, connection, transaction
from django.db.utils import DatabaseError
from pydantic import ValidationError

from accounts.tenancy import tenant
from platforms import registry, terms
from platforms.twitter.collector import OF_ONE, PROFILE
from platforms.twitter.manifest import PLATFORM, Credentials
from platforms.twitter.metrics import COLUMNS, ENGAGEMENT
from platforms.twitter.models import FIGURES, Account, Tweet, TweetSnapshot
from tests.factories.platforms import EntityFactory

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


@pytest.fixture
def entity(alice):
    with tenant(alice.pk):
        yield EntityFactory(owner=alice, platform="twitter", external_id="12", handle="jack")


def tweet(entity, **more):
    given = {"external_id": "20", "current_id": "20", "published_at": NOW, "first_seen_at": NOW}
    return Tweet.objects.create(
        owner=entity.owner, entity=entity, last_seen_at=NOW, **(given | more)
    )


def test_accounts_of_other_platforms_are_no_accounts_of_x(entity, alice):
    EntityFactory(owner=alice, platform="youtube")
    assert [account.handle for account in Account.objects.for_user(alice)] == ["jack"]


def test_the_view_of_accounts_shows_each_tenant_its_own_and_takes_no_writes(entity, bob):
    with connection.cursor() as cursor:
        cursor.execute("SELECT username, twitter_user_id, user_id FROM twitter_users")
        assert cursor.fetchall() == [("jack", "12", entity.owner_id)]
        with pytest.raises(DatabaseError), transaction.atomic():
            cursor.execute("DELETE FROM twitter_users")
    with tenant(bob.pk), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM twitter_users")
        assert cursor.fetchone() == (0,)


@pytest.mark.parametrize("column", [*FIGURES, "followers"])
def test_no_figure_is_negative(entity, column):
    with pytest.raises(IntegrityError), transaction.atomic():
        tweet(entity, **{column: -1})


def test_figures_beyond_32_bits_are_stored(entity):
    assert tweet(entity, impression_count=2**63 - 1).impression_count == 2**63 - 1


def test_snapshots_hold_the_same_figures(entity):
    item = tweet(entity)
    with pytest.raises(IntegrityError), transaction.atomic():
        TweetSnapshot.objects.create(owner=entity.owner, item=item, taken_at=NOW, like_count=-1)
    assert {f.name for f in TweetSnapshot._meta.fields} >= set(Tweet.COUNTERS)


@pytest.mark.parametrize(
    ("figures", "expected"),
    [
        ({"like_count": 4, "repost_count": 3, "reply_count": 2, "quote_count": 1}, 10),
        ({"like_count": 0, "repost_count": 0, "reply_count": 0, "quote_count": 0}, 0),
        ({"like_count": None, "repost_count": 3, "reply_count": 2, "quote_count": 1}, None),
        ({"kind": "repost", "like_count": None, "repost_count": 900}, None),
        ({}, None),
    ],
)
def test_engagement_is_the_sum_of_what_a_post_earned(entity, figures, expected):
    tweet(entity, **figures)
    assert Tweet.objects.annotate(engagement=ENGAGEMENT).get().engagement == expected


def test_every_column_of_an_export_exists():
    assert COLUMNS.keys() <= {field.name for field in Tweet._meta.fields}


def test_the_platform_is_complete():
    assert registry.get("twitter") is PLATFORM
    assert PLATFORM.content is Tweet
    assert {*Tweet.WORDS, *Tweet.ONCE, *Tweet.COUNTERS, Tweet.ASK_BY} <= {
        field.name for field in Tweet._meta.fields
    }
    assert PROFILE in terms.load("twitter").every
    assert OF_ONE
    assert admin.site.is_registered(Tweet)


@pytest.mark.parametrize(
    "typed", ["  AAAA%3Daaaaaaaaaaaaaaaaaaa\n", "Bearer AAAA%3Daaaaaaaaaaaaaaaaaaa"]
)
def test_a_token_is_pasted_with_what_is_around_it(typed):
    found = Credentials(bearer_token=typed)
    assert found.bearer_token.get_secret_value() == "AAAA%3Daaaaaaaaaaaaaaaaaaa"
    assert "AAAA" not in repr(found)


@pytest.mark.parametrize(
    "typed", ["", "tiny", "a" * 600, "two words of a longer text", "a" * 20 + "\nb"]
)
def test_what_is_no_token_is_refused_and_not_quoted(typed):
    with pytest.raises(ValidationError) as failure:
        Credentials(bearer_token=typed)
    assert not typed or typed not in str(failure.value)
