"""What Twitch Helix says, as types. Unknown fields are ignored; absent is None.

A figure that is negative, no whole number or too large for the database, and a moment outside this
century, break the agreement: the item that holds it is set aside as Malformed with the field's
path, and its neighbours stand.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Generic, TypeVar

from pydantic import (
    AfterValidator,
    AliasChoices,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    OnErrorOmit,
    StrictBool,
    StringConstraints,
    ValidationError,
)

from platforms.errors import Malformed

LARGEST = 2**63 - 1
EARLIEST, LATEST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
# Digits are limited so that no sum of moment and length leaves the calendar.
LENGTH = re.compile(r"(?:([0-9]{1,6})h)?(?:([0-9]{1,6})m)?(?:([0-9]{1,6})s)?")


def seconds(length: str) -> int:
    """Seconds of a length such as '3h8m33s'. Raises ValueError."""
    found = LENGTH.fullmatch(length)
    if not found or not any(found.groups()):
        raise ValueError("not a length such as 3h8m33s")
    hours, minutes, rest = (int(part or 0) for part in found.groups())
    return hours * 3600 + minutes * 60 + rest


def _storable(text: str) -> str:
    """PostgreSQL keeps no NUL and no half of a surrogate pair; JSON may hold both."""
    return text.replace("\0", "").encode(errors="replace").decode()


def _cleaned(value: Any) -> Any:
    return _storable(value) if isinstance(value, str) else value


def _spelled(value: Any) -> Any:
    """Ids are text here; as numbers they are the same ids."""
    return str(value) if type(value) is int else _cleaned(value)


def _or_empty(value: Any) -> Any:
    return "" if value is None else _cleaned(value)


def _if_told(value: Any) -> Any:
    return None if value == "" else value


def _mapping(value: Any) -> Any:
    return value if isinstance(value, dict) else {}


def _whole(value: Any) -> Any:
    if isinstance(value, bool | float):
        raise ValueError("not a whole number")  # noqa: TRY004  pydantic reports ValueErrors
    return value


def _spelled_out(value: Any) -> Any:
    if not isinstance(value, str):
        raise ValueError("not a moment in words")  # noqa: TRY004  a bare number is no moment here
    return value


def _of_this_century(moment: datetime) -> datetime:
    if moment.tzinfo is None or not EARLIEST <= moment < LATEST:
        raise ValueError("not a moment of this century with a time zone")
    return moment.astimezone(UTC)


def _as_length(value: Any) -> Any:
    return seconds(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_cleaned)]
Id = Annotated[str, BeforeValidator(_spelled), StringConstraints(pattern=r"^[!-~]{1,63}$")]
LongId = Annotated[Text, StringConstraints(pattern=r"^[!-~]{1,255}$")]
Label = Annotated[str, BeforeValidator(_spelled), StringConstraints(max_length=32)]
Count = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=LARGEST)]
Length = Annotated[Count, BeforeValidator(_as_length)]
Moment = Annotated[datetime, BeforeValidator(_spelled_out), AfterValidator(_of_this_century)]
MaybeMoment = Annotated[Moment | None, BeforeValidator(_if_told)]  # "" stands for none


class Record(BaseModel):
    """A part of an answer. Its errors show no value."""

    OWNER: ClassVar[tuple[str, ...]] = ()  # fields of which the first names the channel
    model_config = ConfigDict(frozen=True, defer_build=True, hide_input_in_errors=True)


class Token(Record):
    """An app token; `expires_in` in seconds."""

    access_token: str = Field(repr=False, pattern=r"^[!-~]{1,4096}$")
    expires_in: Count


class Account(Record):
    """A channel as users, channels and search tell of it, under three sets of names."""

    OWNER = ("broadcaster_id", "id")
    id: Id = Field(validation_alias=AliasChoices("broadcaster_id", "id"))
    login: Annotated[Text, StringConstraints(min_length=1, max_length=128)] = Field(
        validation_alias=AliasChoices("login", "broadcaster_login")
    )
    name: Annotated[str, BeforeValidator(_or_empty)] = Field(
        "", validation_alias=AliasChoices("display_name", "broadcaster_name")
    )


class Stream(Record):
    """A broadcast that is on air."""

    OWNER = ("user_id",)
    id: Id
    user_id: Id
    started_at: Moment
    type: Label | None = None
    title: Text | None = None
    game_id: Label | None = None
    game_name: Text | None = None
    language: Label | None = None
    tags: list[OnErrorOmit[Text]] | None = None
    viewer_count: Count | None = None
    is_mature: StrictBool | None = None


class Video(Record):
    """A recorded broadcast (archive), a part of one (highlight) or an upload."""

    OWNER = ("user_id",)
    id: Id
    user_id: Id
    created_at: Moment
    stream_id: Label | None = None
    type: Label = "archive"
    title: Text | None = None
    language: Label | None = None
    view_count: Count | None = None
    duration: Length | None = None


class Game(Record):
    """A category."""

    id: Id
    name: Text


class Category(Record):
    """What a scheduled broadcast will show."""

    id: Label | None = None
    name: Text | None = None


class Segment(Record):
    """A broadcast that a channel announces."""

    id: LongId
    start_time: Moment
    end_time: MaybeMoment = None
    title: Text | None = None
    canceled_until: MaybeMoment = None
    category: Category | None = None
    is_recurring: StrictBool | None = None


R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Listing(Generic[R]):
    """The items of an answer.

    `broken`: the channel of an item that breaks the agreement ('' where that cannot be read) ->
    which field. `owner`: the channel of all items, where they do not name it themselves.
    """

    items: tuple[R, ...]
    broken: Mapping[str, Malformed] = field(default_factory=dict)
    cursor: str | None = None
    owner: str = ""


class _Envelope(Record):
    data: list[Any]
    pagination: Annotated[dict[str, Any], BeforeValidator(_mapping)] = {}

    @property
    def cursor(self) -> str | None:
        """Of the next page. One that cannot be read costs none of the items."""
        found = self.pagination.get("cursor")
        return found if isinstance(found, str) and found else None


class _Total(Record):
    total: Count | None


class _Schedule(Record):
    broadcaster_id: Id
    segments: list[Any] | None = None


class _Scheduled(Record):
    data: _Schedule


def parse(record: type[R], content: Any, *, path: tuple[str | int, ...] = ()) -> R:
    """One record. Raises Malformed with the path of the first field that is wrong."""
    try:
        return record.model_validate(content)
    except ValidationError as error:
        where = (*path, *error.errors(include_input=False)[0]["loc"])
    # Outside `except`, so that no traceback shows the content.
    raise Malformed("Twitch answered in an unknown form.", where=".".join(map(str, where)))


def listing(record: type[R], content: Any) -> Listing[R]:
    """The items of an answer. Raises Malformed where it is no list of items at all."""
    envelope = parse(_Envelope, content)
    items, broken = _sound(record, envelope.data, path=("data",))
    return Listing(items, broken, envelope.cursor)


def total(content: Any) -> int | None:
    """How many items there are, whether or not they are shown. Raises Malformed if unsaid."""
    return parse(_Total, content).total


def schedule(content: Any) -> Listing[Segment]:
    """What a channel announces. Raises Malformed where it is no schedule at all."""
    found = parse(_Scheduled, content).data
    items, broken = _sound(Segment, found.segments or [], path=("data", "segments"))
    owner = found.broadcaster_id
    return Listing(items, dict(zip([owner], broken.values(), strict=False)), owner=owner)


def _sound(
    record: type[R], items: list[Any], *, path: tuple[str | int, ...]
) -> tuple[tuple[R, ...], dict[str, Malformed]]:
    good: list[R] = []
    broken: dict[str, Malformed] = {}
    for place, item in enumerate(items):
        try:
            good.append(parse(record, item, path=(*path, place)))
        except Malformed as error:
            broken.setdefault(_owner(record, item), error)
    return tuple(good), broken


def _owner(record: type[Record], item: Any) -> str:
    named = [item[name] for name in record.OWNER if name in item] if isinstance(item, dict) else []
    return named[0] if named and isinstance(named[0], str) else ""
