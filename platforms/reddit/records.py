"""What Reddit says, checked and made plain. No official description exists, and the shapes changed
over the years, so only what we need is demanded.

Every object is a thing: `{"kind": "t3", "data": {...}}`. One broken thing in a listing does not
cost the others: it is left out and kept in `Listing.broken`.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar, Literal, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    ValidationError,
)

from platforms.contract import Facts
from platforms.errors import Gone, Malformed

BIGGEST = 2**63 - 1  # a bigint of the database
PERSON = "u/"  # how the handle of a watched person begins
WITHHELD = {"[deleted]", "[removed]"}  # stands where a name or a text was
BY_AUTHOR = {"deleted", "author"}  # words of removed_by_category that oblige us to forget


def _number(value: Any) -> Any:
    if isinstance(value, bool):
        raise ValueError("no number")  # noqa: TRY004  pydantic wants ValueError
    return value


def _moment(value: Any) -> datetime:
    """Epoch seconds, such as 1610930669.0, between 1970 and 2100."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("no number of seconds")  # noqa: TRY004  pydantic wants ValueError
    if not math.isfinite(value) or not 0 < value < 4_102_444_800:
        raise ValueError("no moment of this century")
    return datetime.fromtimestamp(value, UTC)


def _storable(text: str) -> str:
    """PostgreSQL takes neither NUL nor half a surrogate pair; both occur in what people type."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode()


Count = Annotated[int, BeforeValidator(_number), Field(ge=0, le=BIGGEST)]
Score = Annotated[int, BeforeValidator(_number), Field(ge=-BIGGEST, le=BIGGEST)]
Ratio = Annotated[float, BeforeValidator(_number), Field(ge=0, le=1, allow_inf_nan=False)]
Moment = Annotated[datetime, BeforeValidator(_moment)]
Text = Annotated[str, AfterValidator(_storable)]
Name = Annotated[Text, Field(max_length=64)]
Id36 = Annotated[str, Field(pattern=r"^[0-9a-z]{1,16}$")]
Fullname = Annotated[str, Field(pattern=r"^t[1-6]_[0-9a-z]{1,16}$")]


class Record(BaseModel):
    """Unknown fields are ignored; an absent figure is None, never 0."""

    model_config = ConfigDict(
        frozen=True, extra="ignore", defer_build=True, hide_input_in_errors=True
    )

    KIND: ClassVar[str]


class Post(Record):
    """A submission (t3). `created_utc` is exact to a second."""

    KIND = "t3"

    id: Id36
    subreddit_id: Fullname
    created_utc: Moment
    title: Text | None = None
    selftext: Text | None = None
    author: Name | None = None
    author_fullname: Fullname | None = None
    score: Score | None = None
    hide_score: StrictBool | None = None
    num_comments: Count | None = None
    upvote_ratio: Ratio | None = None
    num_crossposts: Count | None = None
    link_flair_text: Text | None = None
    domain: Text | None = None
    url: Text | None = None
    is_self: StrictBool | None = None
    is_video: StrictBool | None = None
    over_18: StrictBool | None = None
    stickied: StrictBool | None = None
    removed_by_category: Name | None = None

    @property
    def forgotten(self) -> bool:
        """Whether its author deleted it, so that its words must go here too."""
        nameless = self.author is None or self.author in WITHHELD
        return self.removed_by_category in BY_AUTHOR or (nameless and self.selftext == "[deleted]")


class Comment(Record):
    """A comment (t1) of a tree or a listing."""

    KIND = "t1"

    id: Id36
    link_id: Fullname
    parent_id: Fullname
    subreddit_id: Fullname
    created_utc: Moment
    body: Text
    author: Name | None = None
    score: Score | None = None
    score_hidden: StrictBool | None = None

    @property
    def forgotten(self) -> bool:
        """Whether nothing is left of it but its place in the tree."""
        return self.body in WITHHELD


class Subreddit(Record):
    """A subreddit (t5). A private or banned one has no `subscribers`."""

    KIND = "t5"

    name: Fullname
    display_name: Annotated[Name, Field(min_length=1)]
    title: Text | None = None
    subscribers: Count | None = None
    active_user_count: Count | None = None
    accounts_active: Count | None = None

    def facts(self) -> Facts:
        """Audience and, where it is told (by `about` alone), the members who are here now."""
        online = self.accounts_active if self.active_user_count is None else self.active_user_count
        return Facts(
            account=self.name,
            handle=self.display_name,
            title=(self.title or "")[:255],
            figures={"audience": self.subscribers} | ({} if online is None else {"online": online}),
        )


class User(Record):
    """An account (t2). A suspended one has neither id nor figures."""

    KIND = "t2"

    name: Annotated[Name, Field(min_length=1)]
    id: Id36 | None = None
    is_suspended: StrictBool | None = None

    def facts(self) -> Facts:
        """Who it is; Reddit shows nobody another's followers. Raises Gone or Malformed."""
        if self.is_suspended:
            raise Gone("Reddit suspended this account.", reason="suspended")
        if self.id is None:
            raise Malformed("An account without an id.", where="data.id")
        return Facts(account=f"t2_{self.id}", handle=PERSON + self.name)


class More(Record):
    """A place in a tree where comments were left out. `children`: their ids, perhaps none."""

    KIND = "more"

    children: list[Id36] = []


class Token(Record):
    """An access token and the seconds for which it is good."""

    access_token: Annotated[str, Field(pattern=r"^[!-~]{1,4096}$", repr=False)]
    expires_in: Annotated[int, BeforeValidator(_number), Field(ge=1, le=10**9)]


RECORDS: dict[str, type[Record]] = {r.KIND: r for r in (Post, Comment, Subreddit, User, More)}
R = TypeVar("R", bound=Record)


@dataclass(frozen=True)
class Broken:
    """A thing of a form that we do not know, and what can be said of it all the same."""

    error: Malformed
    fullname: str | None
    account: str | None


@dataclass(frozen=True)
class Listing:
    """Things in the platform's order. `after`: cursor of the next page."""

    things: tuple[Record, ...] = ()
    after: str | None = None
    broken: tuple[Broken, ...] = ()

    def of(self, kind: type[R]) -> list[R]:
        """Its things of one kind."""
        return [thing for thing in self.things if isinstance(thing, kind)]


class _Content(Record):
    after: Any = None
    children: list[Any]


class _Envelope(Record):
    kind: Literal["Listing"]
    data: _Content


def listing(content: Any, *, where: str = "") -> Listing:
    """Parse a listing with all replies to its comments, without unknown kinds. Raises Malformed."""
    envelope = checked(_Envelope, content, where=where)
    things: list[Record] = []
    broken: list[Broken] = []
    for path, child in _below(envelope.data.children, f"{where}data.children"):
        try:
            things += _thing(child, where=f"{path}.")
        except Malformed as error:
            broken.append(_broken(error, child))
    after = envelope.data.after if isinstance(envelope.data.after, str) else None
    return Listing(tuple(things), after, tuple(broken))


def thing(content: Any) -> Listing:
    """Parse a single thing, such as the answer of `about`. Raises Malformed."""
    things = _thing(content, where="")
    if not things:
        raise Malformed("The answer is of an unknown kind.", "kind")
    return Listing(tuple(things))


def tree(content: Any) -> Listing:
    """Parse the answer of `comments/{id}`: a listing of the post, a listing of its comments."""
    if not isinstance(content, list):
        raise Malformed("A tree of comments is no list.")
    parts = [listing(part, where=f"{index}.") for index, part in enumerate(content)]
    return Listing(
        tuple(thing for part in parts for thing in part.things),
        broken=tuple(broken for part in parts for broken in part.broken),
    )


def token(content: Any) -> Listing:
    """Check the answer to a request for a token; it lists nothing. Raises Malformed."""
    checked(Token, content)
    return Listing()


def checked(form: type[R], content: Any, *, where: str = "") -> R:
    """The content as a record. Raises Malformed with the field's path, never its value."""
    try:
        return form.model_validate(content)
    except ValidationError as error:
        path = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))
        raise Malformed("The answer has another form than agreed.", f"{where}{path}") from None


def _thing(child: Any, *, where: str) -> list[Record]:
    if not isinstance(child, dict) or "data" not in child:
        raise Malformed("A thing has no data.", f"{where}data")
    form = RECORDS.get(child["kind"]) if isinstance(child.get("kind"), str) else None
    return [checked(form, child["data"], where=f"{where}data.")] if form else []


def _below(children: list[Any], where: str) -> Iterator[tuple[str, Any]]:
    """All children and the replies below them, in order; without recursion, as depth is theirs."""
    stack = [(f"{where}.{index}", child) for index, child in enumerate(children)][::-1]
    while stack:
        path, child = stack.pop()
        yield path, child
        replies = _replies(child)
        below = [(f"{path}.data.replies.data.children.{i}", r) for i, r in enumerate(replies)]
        stack += below[::-1]


def _replies(child: Any) -> list[Any]:
    """The replies to a comment; Reddit writes "" for none."""
    found = child
    for key in ("data", "replies", "data", "children"):
        found = found.get(key) if isinstance(found, dict) else None
    return found if isinstance(found, list) else []


def _broken(error: Malformed, child: Any) -> Broken:
    found = child.get("data") if isinstance(child, dict) else None
    data = found if isinstance(found, dict) else {}
    name, account = data.get("name"), data.get("subreddit_id")
    return Broken(
        error,
        name if isinstance(name, str) else None,
        account if isinstance(account, str) else None,
    )
