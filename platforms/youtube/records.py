"""What the YouTube Data API v3 says, as far as we read it. An absent field is None, never 0.

Form: the discovery document, revision 20261104. Every counter is a decimal string there.
"""

import html
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AliasPath,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    OnErrorOmit,
    StringConstraints,
    ValidationError,
)
from pydantic.alias_generators import to_camel

from platforms.errors import Malformed

LARGEST = 2**63 - 1  # what a bigint column holds
_COUNT = re.compile(r"[0-9]{1,19}", re.ASCII)
_ISO = re.compile(
    r"P(?:([0-9]{1,9})W)?(?:([0-9]{1,9})D)?"
    r"(?:T(?:([0-9]{1,9})H)?(?:([0-9]{1,9})M)?(?:([0-9]{1,9})(?:\.[0-9]{1,9})?S)?)?"
)
_PROTOBUF = re.compile(r"([0-9]{1,12})(?:\.[0-9]{1,9})?s")
_UNITS = (604_800, 86_400, 3_600, 60, 1)  # seconds of a week, a day, an hour, a minute, a second


def seconds_of(text: str) -> int:
    """Whole seconds of a duration. Raises ValueError.

    videos.list gives ISO 8601 ("PT5M37S", "P1DT2H"; "P0D" for a broadcast that has no length yet),
    videos.batchGetStats is described with protobuf's form ("337s").
    """
    if found := _PROTOBUF.fullmatch(text):
        return int(found[1])
    found = _ISO.fullmatch(text)
    if not found or text[-1] in "PT":
        raise ValueError("no duration")
    return sum(int(part) * unit for part, unit in zip(found.groups(), _UNITS, strict=True) if part)


def _count(value: Any) -> int:
    """A counter from its decimal string or a plain number. Refuses signs, fractions and giants."""
    if isinstance(value, str) and _COUNT.fullmatch(value):
        value = int(value)
    if type(value) is not int or not 0 <= value <= LARGEST:
        raise ValueError("no counter")
    return value


def _clean(value: Any) -> Any:
    """PostgreSQL holds neither NUL nor half a surrogate pair."""
    if not isinstance(value, str):
        return value
    return value.replace("\0", "").encode("utf-8", "replace").decode()


def _moment(value: Any) -> datetime:
    if not isinstance(value, str):
        raise ValueError("no moment")  # noqa: TRY004  pydantic gathers ValueErrors
    try:
        moment = datetime.fromisoformat(_MICROSECONDS.sub(r"\1", value))
        return moment.astimezone(UTC) if moment.tzinfo else moment
    except OverflowError as error:
        raise ValueError("no moment") from error


_MICROSECONDS = re.compile(r"(\.\d{6})\d+")

Count = Annotated[int, BeforeValidator(_count)]
Text = Annotated[str, BeforeValidator(_clean)]
Unescaped = Annotated[Text, AfterValidator(html.unescape)]
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_moment),
    Field(ge=datetime(2005, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]
Seconds = Annotated[int, BeforeValidator(lambda value: seconds_of(str(value))), Field(le=LARGEST)]
Id = Annotated[str, StringConstraints(pattern=r"^[\w.=-]{1,64}$")]
MaybeId = Annotated[Id | None, BeforeValidator(lambda value: None if value == "" else value)]


class Record(BaseModel):
    """Root of the records. Unknown fields are ignored: YouTube adds some every year."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", defer_build=True, alias_generator=to_camel
    )


def _at(*path: str) -> Any:
    """An optional field that stands deeper in the answer."""
    return Field(None, validation_alias=AliasPath(*path))


class ChannelSnippet(Record):
    """`custom_url`: the handle, or before 2022 a name of the address without @."""

    title: Text | None = None
    custom_url: Text | None = None


class ChannelStatistics(Record):
    """`subscriber_count` is rounded to three digits, and absent where it is hidden."""

    subscriber_count: Count | None = None
    hidden_subscriber_count: bool | None = None
    video_count: Count | None = None
    view_count: Count | None = None


class Channel(Record):
    """channels.list. A part that was not asked for is None."""

    id: Id
    snippet: ChannelSnippet | None = None
    statistics: ChannelStatistics | None = None
    uploads: str | None = _at("contentDetails", "relatedPlaylists", "uploads")


class PlaylistItemSnippet(Record):
    """`published_at`: when it joined the list, which for an uploads list is its publication."""

    published_at: Moment | None = None
    channel_id: MaybeId = None
    video_owner_channel_id: MaybeId = None
    title: Text | None = None
    description: Text | None = None
    thumbnails: Mapping[str, Any] | None = None


_HIDDEN_TITLES = {"Private video", "Deleted video"}


class PlaylistItem(Record):
    """playlistItems.list."""

    snippet: PlaylistItemSnippet
    video_id: Id = Field(validation_alias=AliasPath("snippet", "resourceId", "videoId"))
    privacy: str | None = _at("status", "privacyStatus")
    video_published_at: Moment | None = _at("contentDetails", "videoPublishedAt")

    @property
    def hidden(self) -> bool:
        """A private or deleted video keeps its place in a list, under a title of YouTube's."""
        if self.privacy in {"private", "privacyStatusUnspecified"}:
            return True
        bare = not self.snippet.thumbnails and not self.video_published_at
        return bare and self.snippet.title in _HIDDEN_TITLES


class VideoSnippet(Record):
    """`live_broadcast_content`: none, upcoming, live or completed."""

    published_at: Moment | None = None
    channel_id: MaybeId = None
    title: Text | None = None
    description: Text | None = None
    tags: tuple[OnErrorOmit[Text], ...] | None = None
    category_id: Text | None = None
    live_broadcast_content: Text | None = None
    default_language: Text | None = None
    default_audio_language: Text | None = None


class VideoStatistics(Record):
    """Absent: hidden likes, disabled comments. Dislikes left the public answers on 2021-12-13."""

    view_count: Count | None = None
    like_count: Count | None = None
    comment_count: Count | None = None
    dislike_count: Count | None = None


class Video(Record):
    """videos.list, and videos.batchGetStats, which tells figures and duration alone.

    A part that was not asked for is None.
    """

    id: Id
    snippet: VideoSnippet | None = None
    statistics: VideoStatistics | None = None
    duration: Seconds | None = _at("contentDetails", "duration")


class Comment(Record):
    """`text_original` is not promised to everybody; `text_display` is HTML unless asked plain."""

    id: Id
    published_at: Moment = Field(validation_alias=AliasPath("snippet", "publishedAt"))
    author: Text | None = _at("snippet", "authorDisplayName")
    text_original: Text | None = _at("snippet", "textOriginal")
    text_display: Text | None = _at("snippet", "textDisplay")
    like_count: Count | None = _at("snippet", "likeCount")
    parent_id: MaybeId = _at("snippet", "parentId")
    video_id: MaybeId = _at("snippet", "videoId")


class CommentThread(Record):
    """commentThreads.list: a comment and at most a few of its replies."""

    channel_id: MaybeId = _at("snippet", "channelId")
    video_id: MaybeId = _at("snippet", "videoId")
    top: Comment = Field(validation_alias=AliasPath("snippet", "topLevelComment"))
    replies: Annotated[
        tuple[OnErrorOmit[Comment], ...], BeforeValidator(lambda found: found or ())
    ] = Field((), validation_alias=AliasPath("replies", "comments"))


class SearchResult(Record):
    """search.list: a video, a channel or a playlist.

    Its words are HTML-escaped and its description is cut, unlike those of any other call.
    """

    video_id: MaybeId = _at("id", "videoId")
    found_channel_id: MaybeId = _at("id", "channelId")
    channel_id: MaybeId = _at("snippet", "channelId")
    published_at: Moment | None = _at("snippet", "publishedAt")
    title: Unescaped | None = _at("snippet", "title")


KINDS: Mapping[str, type[Record]] = {
    "youtube#channel": Channel,
    "youtube#playlistItem": PlaylistItem,
    "youtube#video": Video,
    "youtube#videoStats": Video,
    "youtube#commentThread": CommentThread,
    "youtube#searchResult": SearchResult,
}


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Listing(Generic[R]):
    """One page. `broken`: (id or None, what is wrong) of items that are not of the agreed form."""

    items: tuple[R, ...]
    broken: tuple[tuple[str | None, Malformed], ...] = ()
    next_page: str | None = None

    @property
    def nameless(self) -> Malformed | None:
        """A broken item that may be any of those that were asked for."""
        return next((error for name, error in self.broken if name is None), None)


def parse_listing(body: Any, kind: type[R]) -> Listing[R]:
    """Read one page. Raises Malformed for a body of another shape.

    A broken item does not cost its sound neighbours: it is left out and named in `broken`. Where
    nothing sound is left the answer is no YouTube answer, and the first fault is raised.
    """
    if not isinstance(body, dict):
        raise Malformed("The answer is not an object.")
    found = body.get("items")
    found = [] if found is None and "kind" in body else found  # nothing was found
    if not isinstance(found, list):
        raise Malformed("The answer's items are not a list.", where="items")
    items, broken = [], []
    for index, item in enumerate(found):
        try:
            items.append(_item(item, kind, index))
        except Malformed as error:
            broken.append((_id_of(item), error))
    if broken and not items:
        raise broken[0][1]
    token = body.get("nextPageToken")
    return Listing(tuple(items), tuple(broken), token if isinstance(token, str) and token else None)


def _item(item: Any, kind: type[R], index: int) -> R:
    """A thing of another kind is none of ours, though its fields may fit."""
    named, where = item.get("kind") if isinstance(item, dict) else None, f"items.{index}"
    if isinstance(named, str) and KINDS.get(named, kind) is not kind:
        raise Malformed("The answer has an item of another kind.", where=f"{where}.kind")
    try:
        return kind.model_validate(item)
    except ValidationError as error:
        path = ".".join(map(str, (where, *error.errors()[0]["loc"])))
    raise Malformed("The answer has a field of another form.", where=path)


def _id_of(item: Any) -> str | None:
    found = item.get("id") if isinstance(item, dict) else None
    return found if isinstance(found, str) else None
