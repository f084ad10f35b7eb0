"""X accounts, their posts, and how records become rows of these tables."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import ClassVar

from django.db import models

from platforms.contract import Facts, Row
from platforms.models import Content, Entity, Snapshot
from platforms.models.checks import not_negative
from platforms.models.entities import EntitiesOf
from platforms.twitter.records import ID, Post, PostFigures, Trend, User, newest, published

FIGURES = tuple(PostFigures.model_fields)


class Account(Entity):
    """A watched X account."""

    objects = EntitiesOf("twitter")  # type: ignore[misc]  # narrower than Entity's

    class Meta:
        proxy = True


class TweetSnapshot(Snapshot):
    """Figures of a post from a moment on. They may fall: unlikes, deleted accounts, an edit."""

    pk = models.CompositePrimaryKey("item_id", "taken_at")
    item = models.ForeignKey(
        "twitter.Tweet", models.CASCADE, "snapshots", db_constraint=False, db_index=False
    )
    like_count = models.BigIntegerField(null=True)
    repost_count = models.BigIntegerField(null=True)
    reply_count = models.BigIntegerField(null=True)
    quote_count = models.BigIntegerField(null=True)
    bookmark_count = models.BigIntegerField(null=True)
    impression_count = models.BigIntegerField(null=True)

    class Meta(Snapshot.Meta):
        db_table = "tweet_snapshots"
        constraints = [
            models.CheckConstraint(
                condition=not_negative(*FIGURES), name="tweet_snapshot_not_negative"
            )
        ]


class Tweet(Content):
    """A post, with all its edited versions in one row.

    `external_id`: the first version's, which never changes. `current_id`: the newest version's; the
    words and figures are that version's. X counts each version by itself, so the figures start
    anew with an edit (possible in the first half hour only).

    A repost has figures of its own that nobody can change: X tells 0 likes, whatever the original
    has. That 0 is not kept: likes of a repost are withheld. Its `repost_count` is the original's.
    """

    class Kind(models.TextChoices):
        """What a post is to others."""

        POST = "post", "Post"
        REPLY = "reply", "Reply"
        REPOST = "repost", "Repost"
        QUOTE = "quote", "Quote"

    COUNTERS = FIGURES
    SNAPSHOT = TweetSnapshot
    ONCE = ("followers",)
    WORDS: ClassVar = ("text",)
    ASK_BY = "current_id"

    current_id = models.CharField(max_length=64, help_text="The newest version's id.")
    conversation_id = models.CharField(max_length=64, blank=True)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.POST)
    text = models.TextField(blank=True)
    lang = models.CharField(max_length=16, blank=True)
    followers = models.BigIntegerField(
        null=True, help_text="Of the account, when this post was first seen."
    )
    like_count = models.BigIntegerField(null=True)
    repost_count = models.BigIntegerField(null=True)
    reply_count = models.BigIntegerField(null=True)
    quote_count = models.BigIntegerField(null=True)
    bookmark_count = models.BigIntegerField(null=True)
    impression_count = models.BigIntegerField(null=True)

    class Meta(Content.Meta):
        db_table = "tweets"
        constraints = [
            *Content.Meta.constraints,
            models.CheckConstraint(
                condition=not_negative("followers", *FIGURES), name="tweet_not_negative"
            ),
        ]


def facts(user: User) -> Facts:
    """An account, and its figures where they were asked for."""
    told = user.figures
    figures = {
        "audience": told.followers_count,
        "contents": told.post_count,
        "following": told.following_count,
        "listed": told.listed_count,
    } if told else {}  # fmt: skip
    return Facts(account=user.id, handle=user.username, title=user.name[:255], figures=figures)


def tweet_rows(
    posts: Iterable[Post],
    *,
    account_of: Callable[[str], str | None],
    followers: Mapping[str, int | None],
) -> list[Row]:
    """Rows of `Tweet`, one for all versions of an edited post, in the order of the answer.

    `account_of`: id of a post -> its account, None where only the author can tell; without an
    author the account is ''. `followers`: account -> its audience now.
    """
    newest_of: dict[str, Post] = {}
    for post in posts:
        first = post.versions[0]
        if first not in newest_of or newest([post.id, newest_of[first].id]) == post.id:
            newest_of[first] = post
    return [
        _tweet_row(post, account_of(post.id) or post.author_id or "", followers)
        for post in newest_of.values()
    ]


def _tweet_row(post: Post, account: str, followers: Mapping[str, int | None]) -> Row:
    """Only what the answer tells: a column that was not asked for is left out."""
    told = {
        "published_at": _published_at(post),
        "text": post.note.text if post.note else post.text,
        "lang": post.lang,
        "conversation_id": post.conversation_id,
        "followers": followers.get(account),
    }
    row: Row = {column: value for column, value in told.items() if value is not None}
    row |= {"account": account, "external_id": post.versions[0], "current_id": post.versions[-1]}
    row["kind"] = kind = _kind(post)
    if "figures" in post.model_fields_set:
        row |= (post.figures or PostFigures()).model_dump()
        if kind is Tweet.Kind.REPOST:
            row["like_count"] = row["like_count"] or None
    return row


def _published_at(post: Post) -> datetime | None:
    """When the first version appeared; a later one tells the time of its edit."""
    if post.id == post.versions[0] and post.created_at:
        return post.created_at
    return published(post.versions[0])


def _kind(post: Post) -> Tweet.Kind:
    """A reply that also quotes is a reply: it stands in a conversation.

    Where no references are told (they are no field in 2.167), the form of the text gives a repost
    away, unless it was liked: then somebody typed those letters.
    """
    types = {reference.type for reference in post.references}
    if types & {"retweeted", "reposted"} or (not types and _looks_reposted(post)):
        return Tweet.Kind.REPOST
    if "replied_to" in types or post.in_reply_to_user_id:
        return Tweet.Kind.REPLY
    if "quoted" in types:
        return Tweet.Kind.QUOTE
    elsewhere = post.conversation_id and post.conversation_id not in post.versions
    return Tweet.Kind.REPLY if elsewhere else Tweet.Kind.POST


def _looks_reposted(post: Post) -> bool:
    liked = post.figures is not None and bool(post.figures.like_count)
    return not liked and re.match(r"RT @\w{1,15}: ", post.text or "") is not None


def imported(row: Row) -> Row:
    """A row of a person's file: the id out of an address, and what X never tells of a repost."""
    found = re.search(r"/status(?:es)?/(\d+)", row["external_id"], re.ASCII)
    id_ = found[1] if found else row["external_id"]
    if not ID.fullmatch(id_):
        raise ValueError("This is no id of X: up to 19 digits.")
    row = {**row, "external_id": id_, "current_id": id_}
    row["published_at"] = row.get("published_at") or published(id_)
    liked = bool(row.get("like_count"))
    if "kind" not in row and not liked and re.match(r"RT @\w{1,15}: ", row.get("text", "")):
        row["kind"] = Tweet.Kind.REPOST
    if row.get("kind") == Tweet.Kind.REPOST and "like_count" in row and not liked:
        row["like_count"] = None
    return row


def ranking_rows(trends: Iterable[Trend], woeid: str, taken_at: datetime) -> list[Row]:
    """Rows of the kit's `Ranking`. X gives the order; the number of posts is often missing."""
    return [
        {
            "platform": "twitter",
            "place": f"woeid:{woeid}",
            "taken_at": taken_at,
            "rank": rank,
            "name": trend.name,
            "volume": trend.volume,
        }
        for rank, trend in enumerate(trends, start=1)
    ]
