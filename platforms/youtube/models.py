"""Tables of YouTube: channels as entities, videos and their figures; how records become rows."""

import re
from collections.abc import Iterator
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models

from platforms.contract import Facts, Page, Row
from platforms.models import Comment, Content, Entity, Snapshot
from platforms.models.checks import not_negative
from platforms.models.entities import EntitiesOf
from platforms.youtube import records
from platforms.youtube.records import Listing

COUNTERS = ("view_count", "like_count", "comment_count", "dislike_count")


class Channel(Entity):
    """A watched channel. `handle` is its @name, or its id where it has none."""

    objects = EntitiesOf("youtube")  # type: ignore[misc]  # narrower than Entity's

    class Meta:
        proxy = True


class VideoSnapshot(Snapshot):
    """Figures of a video from a moment on."""

    pk = models.CompositePrimaryKey("item_id", "taken_at")
    item = models.ForeignKey(
        "youtube.Video", models.CASCADE, "snapshots", db_constraint=False, db_index=False
    )
    view_count = models.BigIntegerField(null=True)
    like_count = models.BigIntegerField(null=True)
    comment_count = models.BigIntegerField(null=True)
    dislike_count = models.BigIntegerField(null=True)

    class Meta(Snapshot.Meta):
        db_table = "youtube_video_snapshots"
        constraints = [
            models.CheckConstraint(
                condition=not_negative(*COUNTERS), name="youtube_snapshot_not_negative"
            )
        ]


class Video(Content):
    """A video, broadcast or premiere.

    Views are counted anew since 2026-08-24: every start of a playback is one, in all formats.
    """

    class Kind(models.TextChoices):
        """What the API tells. It tells no Short from a short video, so neither do we."""

        VIDEO = "video", "Video"
        LIVE = "live", "Live now"
        UPCOMING = "upcoming", "Announced"

    COUNTERS = COUNTERS
    SNAPSHOT = VideoSnapshot
    WORDS = ("title", "description", "tags")

    title = models.TextField(blank=True)
    description = models.TextField(blank=True)
    duration_seconds = models.BigIntegerField(
        null=True, help_text="A broadcast has none before it is over."
    )
    kind = models.CharField(max_length=16, choices=Kind.choices, blank=True)
    category_id = models.CharField(max_length=16, blank=True)
    lang = models.CharField(max_length=35, blank=True, help_text="Language tag, such as pt-BR.")
    tags = ArrayField(models.TextField(), default=list, blank=True)
    view_count = models.BigIntegerField(null=True)
    like_count = models.BigIntegerField(null=True, help_text="NULL where they are hidden.")
    comment_count = models.BigIntegerField(null=True, help_text="NULL where they are off.")
    dislike_count = models.BigIntegerField(
        null=True, help_text="Told to the owner alone since 2021-12-13."
    )

    class Meta(Content.Meta):
        db_table = "youtube_videos"
        constraints = [
            *Content.Meta.constraints,
            models.CheckConstraint(
                condition=not_negative("duration_seconds", *COUNTERS), name="video_not_negative"
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["", "video", "live", "upcoming"]),
                name="video_kind_known",
            ),
        ]


# --- How records become rows ----------------------------------------------------------------------
# '' as an account, handle or title: this answer does not tell it.
KINDS = {"none": "video", "completed": "video", "live": "live", "upcoming": "upcoming"}


def channel_facts(channel: records.Channel) -> Facts:
    """A channel without a handle is known by its id. Hidden subscribers are None, never 0."""
    snippet, statistics = channel.snippet, channel.statistics
    handle = (snippet.custom_url or channel.id) if snippet else ""
    return Facts(
        account=channel.id,
        handle=handle[:128],
        title=((snippet.title or "") if snippet else "")[:255],
        figures=_channel_figures(statistics) if statistics else {},
    )


def _channel_figures(statistics: records.ChannelStatistics) -> dict[str, int | None]:
    hidden = statistics.hidden_subscriber_count
    return {
        "audience": None if hidden else statistics.subscriber_count,
        "contents": statistics.video_count,
        "views": statistics.view_count,
    }


def upload_row(item: records.PlaylistItem) -> Row:
    """A video as its uploads list shows it: words and moment, no figures."""
    snippet = item.snippet
    return {
        "account": snippet.video_owner_channel_id or snippet.channel_id or "",
        "external_id": item.video_id,
        **_told(
            published_at=item.video_published_at or snippet.published_at,
            title=snippet.title,
            description=snippet.description,
        ),
    }


def video_row(video: records.Video, account: str = "") -> Row:
    """Columns of the parts that were asked for. Figures alone say nothing of the account."""
    snippet, statistics = video.snippet, video.statistics
    row: Row = {
        "account": account or (snippet and snippet.channel_id) or "",
        "external_id": video.id,
    }
    if snippet:
        row |= _words(snippet)
    if video.duration is not None:
        row["duration_seconds"] = video.duration or None
    if statistics:
        row |= {column: getattr(statistics, column) for column in COUNTERS[:3]}
        row |= _told(dislike_count=statistics.dislike_count)
    return row


def _words(snippet: records.VideoSnippet) -> Row:
    words = _told(
        published_at=snippet.published_at,
        title=snippet.title,
        description=snippet.description,
        kind=KINDS.get(snippet.live_broadcast_content or ""),
        category_id=snippet.category_id and snippet.category_id[:16],
        lang=(snippet.default_language or snippet.default_audio_language or "")[:35] or None,
    )
    # batchGetStats has a snippet without words; without tags one with words has none.
    return words | ({"tags": list(snippet.tags or ())} if "title" in words else {})


def found_row(result: records.SearchResult) -> Row:
    """A video found by words; a search tells neither its whole description nor figures."""
    return {
        "account": result.channel_id or "",
        "external_id": result.video_id,
        **_told(published_at=result.published_at, title=result.title),
    }


def comment_rows(thread: records.CommentThread, account: str = "") -> Iterator[Row]:
    """A comment and the replies that came with it. One that stands under no video is no row."""
    for comment in (thread.top, *thread.replies):
        video = comment.video_id or thread.video_id
        if not video:
            continue
        yield {
            "account": account or thread.channel_id or "",
            "external_id": comment.id,
            "item_external_id": video,
            "parent_external_id": comment.parent_id or "",
            "text": comment.text_original or comment.text_display or "",
            "author": (comment.author or "")[:128],
            "score": comment.like_count,
            "published_at": comment.published_at,
        }


def imported(row: Row) -> Row:
    """A row of a person's file: the id out of an address."""
    text = row["external_id"]
    found = re.search(r"(?:[?&]v=|youtu\.be/|/(?:shorts|live|embed)/)([\w-]{11})\b", text, re.ASCII)
    id_ = found[1] if found else text
    if "item_external_id" not in row and not re.fullmatch(r"[\w-]{11}", id_, re.ASCII):
        raise ValueError("This is no id of a video: 11 letters, digits, - and _.")
    return {**row, "external_id": id_}


def _told(**columns: Any) -> Row:
    """Those columns that the answer tells."""
    return {column: value for column, value in columns.items() if value is not None}


# --- Pages ----------------------------------------------------------------------------------------
def channels_page(answer: Listing[records.Channel]) -> Page:
    """Names and figures."""
    return Page(accounts=[channel_facts(channel) for channel in answer.items])


def uploads_page(answer: Listing[records.PlaylistItem], account: str = "") -> Page:
    """Videos of a list; those that it shows as private or deleted are gone."""
    rows = [upload_row(item) | ({"account": account} if account else {}) for item in answer.items]
    hidden = {item.video_id for item in answer.items if item.hidden}
    return Page(
        rows={Video: [row for row in rows if row["external_id"] not in hidden]},
        vanished={
            Video: [(r["account"], r["external_id"]) for r in rows if r["external_id"] in hidden]
        },
        read={"uploads": [account]} if account else {},
    )


def videos_page(answer: Listing[records.Video]) -> Page:
    """Words or figures, whichever parts were asked for."""
    return Page(rows={Video: [video_row(video) for video in answer.items]})


def comments_page(answer: Listing[records.CommentThread], account: str = "") -> Page:
    """Comments and their replies."""
    rows = [row for thread in answer.items for row in comment_rows(thread, account)]
    return Page(rows={Comment: rows})


def found_page(answer: Listing[records.SearchResult]) -> Page:
    """What a search found: videos and channels."""
    videos = [found_row(item) for item in answer.items if item.video_id]
    channels = [
        Facts(account=item.found_channel_id, handle="", title=(item.title or "")[:255])
        for item in answer.items
        if item.found_channel_id
    ]
    return Page(accounts=channels, rows={Video: videos})
