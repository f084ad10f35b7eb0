"""What the X API v2 says, in both of its vocabularies, and the arithmetic of its ids.

The specification 2.167 (August 2026) renamed tweets to posts and retweets to reposts; answers were
seen in the old words only. Whatever is not named here is ignored, so `includes.tweets` and
`includes.posts` as well: expansions are never asked for, and hold other people's posts.

A figure that is absent or null is None. Shapes that break the agreement raise Malformed with the
field's path, never with the value. In a list a broken item costs only itself, as long as another
one is sound: a timeline that is read with `since_id` must not stand still at one odd post.
"""

import logging
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, Self, TypeVar

from pydantic import (
    AliasChoices,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from platforms.errors import Malformed
from platforms.http import Response

logger = logging.getLogger(__name__)

_EPOCH = datetime(2010, 11, 4, 1, 42, 54, 657000, tzinfo=UTC)  # 1288834974657 ms
# Ids began to tell the time in that week; earlier ones are small numbers in a row. The API itself
# takes no `start_time` before this day.
_TELLING_SINCE = datetime(2010, 11, 6, tzinfo=UTC)
_LARGEST = 2**63 - 1
ID = re.compile(r"[0-9]{1,19}")


def published(post_id: str) -> datetime | None:
    """The moment that a post's id was made at, to the millisecond; None for one of before 2010."""
    moment = _EPOCH + timedelta(milliseconds=int(post_id) >> 22)
    return moment if moment >= _TELLING_SINCE else None


def newest(ids: Iterable[str]) -> str:
    """The newest of some ids. As text '9' would come after '10'."""
    return max(ids, key=int)


def _as_id(value: object) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise ValueError("not an id of up to 19 digits")
    return value


def _as_count(value: object) -> object:
    """Counters have come as text elsewhere; 1.0, true and NaN count nothing."""
    if isinstance(value, bool | float):
        raise ValueError("not a whole number")  # noqa: TRY004  pydantic expects a ValueError
    if isinstance(value, str) and ID.fullmatch(value):
        return int(value)
    return value


def _as_text(value: object) -> object:
    """Drop what PostgreSQL refuses: zero bytes and halves of surrogate pairs."""
    if isinstance(value, str):
        return value.replace("\0", "").encode(errors="replace").decode()
    return value


def _as_title(value: object) -> object:
    return _as_text(value or "")


def _as_moment(value: object) -> object:
    if not isinstance(value, str):
        raise ValueError("not a date")  # noqa: TRY004  pydantic expects a ValueError
    return value


def _or_nothing(value: object) -> object:
    return () if value is None else value


def _if_text(value: object) -> object:
    return value if isinstance(value, str) else None


Id = Annotated[str, BeforeValidator(_as_id)]
Count = Annotated[int, BeforeValidator(_as_count), Field(strict=True, ge=0, le=_LARGEST)]
Text = Annotated[str, BeforeValidator(_as_text)]
# The first post is of March 2006.
Moment = Annotated[
    AwareDatetime,
    BeforeValidator(_as_moment),
    Field(ge=datetime(2006, 1, 1, tzinfo=UTC), lt=datetime(2100, 1, 1, tzinfo=UTC)),
]
Hint = Annotated[str | None, BeforeValidator(_if_text)]


def _either(new: str, old: str) -> Any:
    """A field that has one name in each vocabulary."""
    return Field(default=None, validation_alias=AliasChoices(new, old))


class Record(BaseModel):
    """A part of an answer."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True
    )


class Figures(Record):
    """Public metrics. Where one of a field's two names is null, the other tells."""

    @model_validator(mode="before")
    @classmethod
    def _told(cls, found: object) -> object:
        if not isinstance(found, dict):
            return found
        return {name: value for name, value in found.items() if value is not None}


class PostFigures(Figures):
    """Public metrics of a post. Bookmarks and impressions are told since December 2022."""

    like_count: Count | None = None
    repost_count: Count | None = _either("repost_count", "retweet_count")
    reply_count: Count | None = None
    quote_count: Count | None = None
    bookmark_count: Count | None = None
    impression_count: Count | None = None


class Reference(Record):
    """Another post that this one reposts ('retweeted'), quotes or answers ('replied_to')."""

    type: str


class Note(Record):
    """The whole of a text of more than 280 characters."""

    text: Text


class Post(Record):
    """One post, or one version of an edited one. Only the id is always there."""

    id: Id
    text: Text | None = None
    created_at: Moment | None = None
    author_id: Id | None = None
    conversation_id: Id | None = None
    in_reply_to_user_id: Id | None = None
    lang: Annotated[Text, Field(max_length=16)] | None = None
    figures: PostFigures | None = Field(default=None, validation_alias="public_metrics")
    note: Note | None = _either("note_post", "note_tweet")
    history: Annotated[tuple[Id, ...], BeforeValidator(_or_nothing)] = Field(
        default=(), validation_alias=AliasChoices("edit_history_post_ids", "edit_history_tweet_ids")
    )
    references: Annotated[tuple[Reference, ...], BeforeValidator(_or_nothing)] = Field(
        default=(), validation_alias=AliasChoices("referenced_posts", "referenced_tweets")
    )

    @model_validator(mode="before")
    @classmethod
    def _no_account(cls, found: object) -> object:
        if isinstance(found, dict) and "username" in found:
            raise ValueError("an account, not a post")
        return found

    @property
    def versions(self) -> tuple[str, ...]:
        """The ids of all its versions, the first one first. The order told is not relied upon."""
        return tuple(sorted({self.id, *self.history}, key=int))


class UserFigures(Figures):
    """Public metrics of an account."""

    followers_count: Count | None = None
    following_count: Count | None = None
    listed_count: Count | None = None
    post_count: Count | None = _either("post_count", "tweet_count")


class User(Record):
    """One account."""

    id: Id
    username: Annotated[Text, Field(min_length=1, max_length=128)]
    name: Annotated[str, BeforeValidator(_as_title)] = ""
    figures: UserFigures | None = Field(default=None, validation_alias="public_metrics")
    protected: bool = False


class Trend(Figures):
    """One trending topic."""

    name: Annotated[Text, Field(min_length=1, max_length=255, validation_alias="trend_name")]
    volume: Count | None = _either("post_count", "tweet_count")


class Problem(Record):
    """What an answer says is wrong, as a whole or with one thing that was asked for."""

    title: Hint = None
    detail: Hint = None
    type: Hint = None
    reason: Hint = None
    parameter: Hint = None
    value: Annotated[str | None, BeforeValidator(lambda v: None if v is None else str(v))] = None

    @property
    def kind(self) -> str:
        """The last part of its type, such as 'resource-not-found'; it was seen on two hosts."""
        return (self.type or "").rpartition("/")[2]


class Answer(Record):
    """The frame of every good answer. `data` is absent when there is nothing."""

    data: Any = None
    errors: Any = None
    meta: Any = None

    @classmethod
    def of(cls, response: Response) -> Self:
        """Read a body. Raises Malformed, or Unavailable for a web page."""
        body = response.json()
        if not isinstance(body, dict):
            raise Malformed("The answer is not an object.")
        answer = cls.model_validate(body)
        if answer.data is None and not isinstance(answer.meta, dict) and not answer.of_something:
            raise Malformed("The answer holds nothing that we know.", where="data")
        return answer

    @property
    def items(self) -> list[Any]:
        """`data` as a list, also where it is one thing. Raises Malformed."""
        if self.data is None:
            return []
        if isinstance(self.data, dict):
            return [self.data]
        if isinstance(self.data, list):
            return self.data
        raise Malformed("The answer is not of the agreed form.", where="data")

    @property
    def ids(self) -> list[str]:
        """The ids of all that was returned, also of what is broken otherwise: it was billed."""
        listed = self.data if isinstance(self.data, list) else [self.data]
        found = [item.get("id") for item in listed if isinstance(item, dict)]
        return [str(id_) for id_ in found if type(id_) in {int, str} and ID.fullmatch(str(id_))]

    @property
    def problems(self) -> list[Problem]:
        """What is said to be wrong. Never raises: it is about what is missing."""
        listed = self.errors if isinstance(self.errors, list) else []
        return [Problem.model_validate(entry) for entry in listed if isinstance(entry, dict)]

    @property
    def of_something(self) -> bool:
        """Whether it says of what it is about; an error of the whole has no parameter."""
        return any(problem.parameter for problem in self.problems)

    @property
    def next_token(self) -> str | None:
        """The cursor of the next page."""
        token = self.meta.get("next_token") if isinstance(self.meta, Mapping) else None
        return token if isinstance(token, str) and token else None


R = TypeVar("R", bound=Record)


def parse(answer: Answer, form: type[R]) -> list[R]:
    """The sound items of an answer. Raises Malformed if there are items and all are broken."""
    sound: list[R] = []
    broken: list[str] = []
    for number, item in enumerate(answer.items):
        try:
            sound.append(form.model_validate(item))
        except ValidationError as error:
            broken.append(".".join(map(str, ("data", number, *error.errors()[0]["loc"]))))
    if broken and not sound:
        raise Malformed("The answer is not of the agreed form.", where=broken[0])
    if broken:
        logger.warning("broken items left out", extra={"where": broken[:10]})
    return sound
