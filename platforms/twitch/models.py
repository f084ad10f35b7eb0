"""Channels, their broadcasts, what they announce, and how records become rows of these tables."""

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.owned import Owned, OwnedQuerySet
from platforms.contract import Facts, Page, Row
from platforms.errors import PlatformError
from platforms.models import Content, Entity, Ranking, Snapshot
from platforms.models.checks import not_negative
from platforms.models.entities import EntitiesOf
from platforms.twitch import records
from platforms.twitch.records import Listing

# A recording of a broadcast grows while it is on air, a few minutes behind it.
SETTLES = timedelta(minutes=15)
AS_TOLD = ("title", "game_id", "game_name", "language", "tags", "viewer_count")


class Channel(Entity):
    """A watched channel; its external id is the broadcaster's id."""

    objects = EntitiesOf("twitch")  # type: ignore[misc]  # narrower than Entity's

    class Meta:
        proxy = True


class StreamSnapshot(Snapshot):
    """Viewers of a broadcast and views of its recording from a moment on."""

    pk = models.CompositePrimaryKey("item_id", "taken_at")
    item = models.ForeignKey(
        "twitch.StreamRecord", models.CASCADE, "snapshots", db_constraint=False, db_index=False
    )
    viewer_count = models.BigIntegerField(null=True)
    vod_views = models.BigIntegerField(null=True)

    class Meta(Snapshot.Meta):
        db_table = "twitch_stream_snapshots"
        constraints = [
            models.CheckConstraint(
                condition=not_negative("viewer_count", "vod_views"),
                name="stream_snapshot_not_negative",
            )
        ]


class StreamRecord(Content):
    """A broadcast, or a video that belongs to none.

    `external_id`: the id of the broadcast, or 'v' and the id of the video. `published_at`: its
    start. A broadcast ends when a poll no longer finds it; its recording tells the exact end.
    `peak_viewers` is kept by a trigger of the table (migration 0001): whoever stores a smaller
    number of viewers, the greatest one stands, also after the snapshots are gone.
    """

    COUNTERS = ("viewer_count", "vod_views")
    SNAPSHOT = StreamSnapshot
    ONCE = ("published_at",)
    WORDS: ClassVar = ("title",)
    # Only broadcasts on air are asked for again: one that is not found then has just ended.
    DUE = models.Q(is_live=True)
    SEEN_TO = "hour"  # what is not seen for a day goes (terms.toml)

    kind = models.CharField(max_length=32, help_text="live, archive, highlight or upload.")
    title = models.TextField(blank=True)
    game_id = models.CharField(max_length=32, blank=True)
    game_name = models.TextField(blank=True)
    language = models.CharField(max_length=32, blank=True)
    tags = ArrayField(models.TextField(), null=True)
    viewer_count = models.BigIntegerField(null=True, help_text="At the last poll on air.")
    peak_viewers = models.BigIntegerField(null=True, help_text="The most that a poll has seen.")
    is_live = models.BooleanField(default=False)
    ended_at = models.DateTimeField(null=True)
    duration_seconds = models.BigIntegerField(null=True, help_text="Of the recording.")
    vod_id = models.CharField(max_length=64, blank=True)
    vod_views = models.BigIntegerField(null=True, help_text="Views of the recording.")
    is_mature = models.BooleanField(
        null=True, help_text="Since 2023 the platform no longer says so of new broadcasts."
    )

    class Meta(Content.Meta):
        db_table = "twitch_stream_records"
        constraints = [
            *Content.Meta.constraints,
            models.CheckConstraint(
                condition=not_negative(
                    "viewer_count", "peak_viewers", "vod_views", "duration_seconds"
                ),
                name="stream_not_negative",
            ),
        ]


class ScheduledStream(Owned):
    """A broadcast that a channel announces. `external_id` is longer than those of other items."""

    KEY: ClassVar[tuple[str, ...]] = ("entity", "external_id")
    WORDS: ClassVar[tuple[str, ...]] = ("title",)
    SEEN_TO: ClassVar[str] = "hour"

    entity = models.ForeignKey(Entity, models.CASCADE, "+")
    external_id = models.CharField(max_length=255)
    published_at = models.DateTimeField(help_text="When it is to begin.")
    ends_at = models.DateTimeField(null=True)
    title = models.TextField(blank=True)
    game_id = models.CharField(max_length=32, blank=True)
    game_name = models.TextField(blank=True)
    canceled_until = models.DateTimeField(null=True)
    is_recurring = models.BooleanField(null=True)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "twitch_schedule_segments"
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "external_id"], name="scheduled_stream_once_per_entity"
            )
        ]
        indexes = [models.Index(fields=["owner", "published_at"], name="scheduled_stream_by_time")]

    def __str__(self) -> str:
        return self.title or self.external_id


def stream_row(stream: records.Stream) -> Row:
    """A broadcast on air. What the answer leaves out is not named; texts that are null are ''.

    `is_mature`: false says nothing since 2023, when the field was retired.
    """
    told = {
        column: getattr(stream, column) for column in AS_TOLD if column in stream.model_fields_set
    }
    words = {c: v or "" for c, v in told.items() if c not in {"tags", "viewer_count"}}
    return {
        "account": stream.user_id,
        "external_id": stream.id,
        "published_at": stream.started_at,
        "kind": stream.type or "live",
        **told,
        **words,
        "is_mature": stream.is_mature or None,
        "is_live": True,
        "ended_at": None,
    }


def ended_row(account: str, stream: str, *, now: datetime) -> Row:
    """A broadcast that a poll no longer finds. Its recording tells the exact end later."""
    return {"account": account, "external_id": stream, "is_live": False, "ended_at": now}


def video_row(video: records.Video, *, now: datetime, live: Collection[str] = ()) -> Row:
    """A recording adds to its broadcast's row; a highlight or upload has a row of its own.

    `live`: broadcasts on air, whose recordings are still growing. A broadcast that we never saw on
    air is made from its recording. Highlights name a broadcast too, or '1': they are parts of it.
    """
    seen: Row = {"account": video.user_id, "vod_id": video.id}
    if "view_count" in video.model_fields_set:
        seen["vod_views"] = video.view_count
    stream = video.stream_id if video.type == "archive" and len(video.stream_id or "") > 1 else None
    end = _end(video)
    growing = stream in live or (end is not None and end > now - SETTLES)
    if stream and growing:
        return {**seen, "external_id": stream}
    row = {
        **seen,
        "external_id": stream or f"v{video.id}",
        "published_at": video.created_at,
        "kind": "live" if stream else video.type,
        "title": video.title or "",
        "language": video.language or "",
        "duration_seconds": video.duration,
        "is_live": False,
    }
    return row if end is None or growing else {**row, "ended_at": end}


def _end(video: records.Video) -> datetime | None:
    if video.type != "archive" or video.duration is None:
        return None
    return video.created_at + timedelta(seconds=video.duration)


def imported(row: Row) -> Row:
    """A row of a person's file: 'v' before the id of a video that an address names."""
    found = re.search(r"/videos?/(\d+)", row["external_id"], re.ASCII)
    id_ = f"v{found[1]}" if found else row["external_id"]
    if not re.fullmatch(r"v?\d{1,30}", id_, re.ASCII):
        raise ValueError("This is no id of a broadcast (digits) or a video (v and digits).")
    return {**row, "external_id": id_}


def segment_row(segment: records.Segment, account: str) -> Row:
    """Columns of `ScheduledStream`."""
    category = segment.category or records.Category()
    return {
        "account": account,
        "external_id": segment.id,
        "published_at": segment.start_time,
        "ends_at": segment.end_time,
        "title": segment.title or "",
        "game_id": category.id or "",
        "game_name": category.name or "",
        "canceled_until": segment.canceled_until,
        "is_recurring": segment.is_recurring,
    }


def account_facts(account: records.Account) -> Facts:
    """Its names; figures are told elsewhere."""
    return Facts(account=account.id, handle=account.login, title=account.name[:255])


def account_page(listing: Listing[records.Account], _asked: str, _now: datetime) -> Page:
    """Names of accounts."""
    return Page(accounts=[account_facts(a) for a in listing.items], failed=_named(listing))


def total_page(total: int | None, asked: str, _now: datetime) -> Page:
    """Followers of the channel that was asked for; the answer itself names none."""
    facts = Facts(account=asked, handle="", figures={"audience": total})
    return Page(accounts=[facts] if asked and "," not in asked else [])


def stream_page(listing: Listing[records.Stream], _asked: str, _now: datetime) -> Page:
    """Broadcasts on air."""
    return _page(StreamRecord, map(stream_row, listing.items), listing)


def video_page(
    listing: Listing[records.Video], *, now: datetime, live: Collection[str] = ()
) -> Page:
    """Recordings, highlights and uploads."""
    return _page(StreamRecord, (video_row(v, now=now, live=live) for v in listing.items), listing)


def segment_page(listing: Listing[records.Segment], _asked: str, _now: datetime) -> Page:
    """What a channel announces."""
    rows = (segment_row(segment, listing.owner) for segment in listing.items)
    return _page(ScheduledStream, rows, listing)


def game_page(listing: Listing[records.Game], _asked: str, now: datetime) -> Page:
    """Categories by their viewers. How many watch each is not told."""
    rows = [
        {
            "platform": "twitch",
            "place": "games",
            "taken_at": now,
            "rank": rank,
            "name": game.name[:255],
            "external_id": game.id,
        }
        for rank, game in enumerate(listing.items, start=1)
    ]
    return Page(rows={Ranking: rows})


# Call -> (what it answered, the channel that was asked for, now) -> page.
PAGES: Mapping[str, Callable[[Any, str, datetime], Page]] = {
    "token": lambda _answer, _asked, _now: Page(),
    "users": account_page,
    "channels": account_page,
    "search_channels": account_page,
    "streams": stream_page,
    "videos": lambda listing, _asked, now: video_page(listing, now=now),
    "followers": total_page,
    "games_top": game_page,
    "schedule": segment_page,
}


def _page(model: type[Any], rows: Iterable[Row], listing: Listing[Any]) -> Page:
    """Twitch repeats items between and within pages: the first, which is the newest, counts."""
    once: dict[tuple[str, str], Row] = {}
    for row in rows:
        once.setdefault((row["account"], row["external_id"]), row)
    return Page(rows={model: [*once.values()]}, failed=_named(listing))


def _named(listing: Listing[Any]) -> dict[str, PlatformError]:
    return {account: error for account, error in listing.broken.items() if account}
