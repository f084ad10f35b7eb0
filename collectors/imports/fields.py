"""What a file may tell of each platform: fields made of the platform's own tables."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from collectors.imports import values
from collectors.imports.models import Import
from collectors.imports.values import Dates
from platforms import registry
from platforms.contract import Platform
from platforms.models import Comment
from platforms.models.entities import FIGURES

SOURCE, READ_AT = "account", "read_at"
# Columns that the store or the platform's own rules fill; nothing is on air in a file of history.
NOT_ASKED = {"current_id", "first_seen_at", "last_seen_at", "is_live", "removed_by"}
LABELS = {
    "external_id": "Id",
    "item_external_id": "Id of the post",
    "parent_external_id": "Id of the comment it answers",
    "text": "Text",
    "author": "Author",
    "score": "Score",
    "published_at": "Published",
    "audience": "Audience",
    "contents": "Posts so far",
    "views": "Views so far",
    "following": "Following",
    "listed": "On lists",
    "online": "Online",
}
# Headings seen in exports of the platforms, of data sets and of other tools, beside our own.
WORDS: dict[str, tuple[str, ...]] = {
    SOURCE: (
        "author_id", "user_id", "channel_id", "channelid", "subreddit", "channel", "user",
        "username", "screen_name", "handle", "channel_title", "channeltitle", "source", "n",
    ),
    READ_AT: (
        "read_at", "observed_at", "taken_at", "collected_at", "scraped_at", "fetched_at", "date",
        "day", "timestamp", "last_seen_at",
    ),
    "external_id": (
        "id", "video_id", "videoid", "post_id", "tweet_id", "id_str", "stream_id", "comment_id",
        "name", "url", "permalink", "link",
    ),
    "published_at": (
        "published", "created_at", "created_utc", "publishedat", "created", "publish_time",
        "published_time", "started_at", "post_date", "date", "time",
    ),
    "item_external_id": ("link_id", "video_id", "post_id", "tweet_id", "item_id"),
    "parent_external_id": ("parent_id", "in_reply_to"),
    "text": ("body", "full_text", "tweet", "content", "comment", "text_original"),
    "body": ("selftext", "text"),
    "title": ("video_title", "name", "headline"),
    "view_count": ("views", "viewcount", "statistics.viewcount", "view count"),
    "like_count": (
        "likes", "favorites", "favourites", "favorite_count", "likecount",
        "statistics.likecount", "public_metrics.like_count",
    ),
    "comment_count": (
        "comments", "comment_total", "commentcount", "statistics.commentcount",
    ),
    "dislike_count": ("dislikes",),
    "repost_count": ("reposts", "retweets", "retweet_count", "public_metrics.retweet_count"),
    "reply_count": ("replies", "public_metrics.reply_count"),
    "quote_count": ("quotes", "public_metrics.quote_count"),
    "bookmark_count": ("bookmarks", "public_metrics.bookmark_count"),
    "impression_count": ("impressions", "public_metrics.impression_count", "views"),
    "num_comments": ("comments", "comment_count"),
    "num_crossposts": ("crossposts",),
    "flair": ("link_flair_text",),
    "is_stickied": ("stickied",),
    "duration_seconds": ("duration", "length", "contentdetails.duration"),
    "category_id": ("categoryid", "category"),
    "lang": ("language", "default_language"),
    "kind": ("type", "kind"),
    "viewer_count": ("viewers",),
    "game_name": ("game", "category"),
    "audience": (
        "followers", "subscribers", "members", "followers_count", "subscriber_count",
        "subscriptions", "follower_count",
    ),
    "contents": ("tweet_count", "statuses_count", "video_count", "post_count"),
    "following": ("following_count", "friends_count"),
    "listed": ("listed_count",),
}  # fmt: skip
# A column that says a figure is not told at all, whatever stands in its place: absent is not 0.
WITHHELD_BY = {
    "comment_count": ("comments_disabled",),
    "like_count": ("ratings_disabled",),
    "dislike_count": ("ratings_disabled",),
    "score": ("score_hidden", "hide_score"),
}
OTHER_WORDS = {
    "original": "post", "tweet": "post", "replied_to": "reply", "retweeted": "repost",
    "retweet": "repost", "quoted": "quote", "none": "video", "completed": "video",
}  # fmt: skip


@dataclass(frozen=True)
class Field:
    """A column of our table that a column of the file may tell."""

    name: str
    label: str
    read: Callable[[Any, Dates], Any]
    required: bool = False
    hint: str = ""

    @property
    def words(self) -> Sequence[str]:
        """Headings that mean it, the surest first."""
        own = (self.name, self.label.lower(), self.name.replace("_", " "))
        return (*own, *WORDS.get(self.name, ()))


def _identity(value: Any, _dates: Dates) -> str:
    return values.identity(value)


def _reference(value: Any, _dates: Dates) -> str:
    return "" if values.absent(value) else values.identity(value)


def _count(value: Any, _dates: Dates) -> int | None:
    return values.whole(value, least=0)


def _words(value: Any, _dates: Dates) -> str:
    return values.words(value)


BY_NAME: dict[str, Callable[[Any, Dates], Any]] = {
    "external_id": _identity,
    "item_external_id": _reference,  # the platform's rules may find it elsewhere
    "parent_external_id": _reference,
    "vod_id": _reference,
    "duration_seconds": lambda value, _dates: values.seconds(value),
}
BY_KIND: tuple[tuple[type[Any], Callable[[Any, Dates], Any]], ...] = (
    (models.DateTimeField, values.moment),
    (models.BooleanField, lambda value, _dates: values.flag(value)),
    (models.FloatField, lambda value, _dates: values.share(value)),
    (ArrayField, lambda value, _dates: values.listed(value)),
)


def model_of(platform: Platform, what: str) -> type[Any]:
    """The table of posts or of comments."""
    return Comment if what == Import.What.COMMENTS else platform.content


@cache
def fields(slug: str, what: str) -> tuple[Field, ...]:
    """All fields of a platform's posts, of comments, or of accounts' figures."""
    platform = registry.get(slug)
    source = Field(SOURCE, f"Name or id of the {platform.entity_noun}", _identity)
    read_at = Field(
        READ_AT, "Read at", values.moment,
        hint="When the figures stood so. Without a column one moment counts for the whole file.",
    )  # fmt: skip
    if what == Import.What.AUDIENCE:
        return (read_at, source, *map(_figure, FIGURES))
    if what == Import.What.COMMENTS:
        return (*_columns(platform, Comment), source)
    return (*_columns(platform, platform.content), read_at, source)


def _figure(name: str) -> Field:
    return Field(name, LABELS[name], _count)


def _columns(platform: Platform, model: type[Any]) -> Iterator[Field]:
    columns = list(platform.columns) if model is platform.content else list(LABELS)
    own = {field.name: field for field in model._meta.concrete_fields}
    for name in [*columns, *(["vod_views"] if "vod_views" not in columns else [])]:
        if name in own and name not in NOT_ASKED:
            label = platform.columns.get(name) or LABELS[name]
            yield Field(name, label, _reader(own[name], model), required=name == "external_id")


def _reader(field: Any, model: type[Any]) -> Callable[[Any, Dates], Any]:
    """How a cell becomes a value of this column."""
    if field.name in BY_NAME:
        return BY_NAME[field.name]
    if field.choices:
        known = {str(value) for value, _ in field.choices}
        return lambda value, _dates: _choice(value, known)
    if isinstance(field, models.BigIntegerField):
        least = 0 if field.name in _never_negative(model) else None
        return lambda value, _dates: values.whole(value, least=least)
    return next((read for kind, read in BY_KIND if isinstance(field, kind)), _words)


def _never_negative(model: type[Any]) -> set[str]:
    """Columns that the database holds at 0 or more."""
    checks = [c for c in model._meta.constraints if isinstance(c, models.CheckConstraint)]
    conditions = [pair for check in checks for pair in _pairs(check.condition)]
    return {name.removesuffix("__gte") for name, value in conditions if name.endswith("__gte")
            and value == 0}  # fmt: skip


def _pairs(condition: Any) -> Iterator[tuple[str, Any]]:
    for child in condition.children:
        if isinstance(child, tuple):
            yield child
        else:
            yield from _pairs(child)


def _choice(value: Any, known: set[str]) -> str:
    word = values.plain(value).lower()
    word = OTHER_WORDS.get(word, word)
    if word and word not in known:
        raise ValueError(f"This is none of: {', '.join(sorted(filter(None, known)))}.")
    return word
