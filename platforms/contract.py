"""The face that every platform's folder shows, and what passes through it.

A platform is a frozen dataclass, not a base class: a folder that forgets a part fails at import
and in mypy, not in production. Nothing here knows Django, so that the wire stays testable alone.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import BaseModel

from platforms.errors import PlatformError, QuotaSpent, RateLimited
from platforms.http import Check, HttpClient, Request, Response
from platforms.loads import Bill, Load
from platforms.payment import Holding, Payment, Priced
from platforms.terms import Terms

if TYPE_CHECKING:
    from platforms.simulation.wire import Simulator
    from platforms.simulation.world import World

# One row: column -> value. A missing column was not asked for; None: the platform does not tell.
# `account` is the external id of the watched account, `external_id` the item's own.
Row = dict[str, Any]


class Budget(Protocol):
    """What is asked before each try of a call, and told after it. Raises instead of waiting."""

    def take(self, bucket: str, *, cost: int = 1, priced: Priced | None = None) -> Holding | None:
        """Spend calls or units of a bucket in the terms, and hold the most that a call may bill.

        Raises RateLimited, QuotaSpent or CreditsSpent.
        """

    def lower(self, bucket: str, *, remaining: int) -> None:
        """The platform counts fewer remaining calls than we do."""

    def block(self, bucket: str, *, seconds: float) -> None:
        """The platform answered 429: stop all workers on this bucket."""

    def charge(self, kind: str, ids: Iterable[str], *, held: Collection[Holding] = ()) -> Decimal:
        """The platform returned these resources and bills them, each once a day; the dollars.

        They take the place of what was held for them.
        """


class Tokens(Protocol):
    """Where the access token of a credential is kept between calls and workers."""

    def get(self) -> str | None:
        """The token, if one is known that has not expired."""

    def put(self, token: str, *, seconds: float) -> None:
        """Keep a token that is good for so many seconds."""

    def forget(self) -> None:
        """The platform refused the token."""


@dataclass(frozen=True, kw_only=True)
class Connection:
    """All that a client needs. `credentials` is an instance of `Platform.credentials`."""

    credentials: Any = field(repr=False)
    http: HttpClient
    budget: Budget
    tokens: Tokens
    terms: Terms

    def send(
        self,
        request: Request,
        check: Check,
        *,
        bucket: str | None,
        cost: int = 1,
        priced: Priced | None = None,
    ) -> Response:
        """Send a request and pay for each try from a bucket; None: it is free.

        A 429 stops all workers on the bucket; a spent quota leaves nothing in it. `priced`: what
        the answer bills.
        """
        if bucket is None:
            return self.http.send(request, check)
        payment = Payment(self.budget, bucket, cost, priced)

        def checked(response: Response) -> None:
            if not 200 <= response.status < 300:
                payment.release()
            try:
                check(response)
            except RateLimited as limit:
                self.budget.block(bucket, seconds=limit.retry_after)
                raise
            except QuotaSpent:
                self.budget.lower(bucket, remaining=0)
                raise

        response = self.http.send(request, checked, pay=payment.pay, unsent=payment.release)
        payment.settle(response)
        return response


class Client(Protocol):
    """Speaks one platform's API with one credential."""

    def send(self, request: Request) -> Response:
        """Pay for, authorise and send one request. Raises the PlatformError that it means."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One watched account to collect.

    `newest_id`: the newest item we know. `due_ids`: items whose figures are to be read again. Both
    as the platform wants to be asked (`Content.ASK_BY`). `audience`: as last read. `read_at`: when
    each part (such as 'followers') was last read, for parts with a pace of their own.
    """

    account: str
    handle: str
    newest_id: str | None = None
    due_ids: tuple[str, ...] = ()
    audience: int | None = None
    read_at: Mapping[str, datetime] = field(default_factory=dict)

    def is_due(self, part: str, *, every: float, now: datetime) -> bool:
        """Whether a part was never read, or last `every` minutes ago or longer."""
        last = self.read_at.get(part)
        return last is None or now - last >= timedelta(minutes=every)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a platform tells about an account.

    `figures`: audience (followers, subscribers, members), contents, views, following, listed,
    online. A missing figure was not asked for; None: the platform withholds it, which is not 0.
    """

    account: str
    handle: str
    title: str = ""
    figures: Mapping[str, int | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of what was collected, ready to be stored.

    `rows`: model -> rows. A content row without `published_at` only updates an item that is known.
    `vanished`: model -> (account, id as asked for) of items that the platform no longer shows.
    `failed`: accounts that could not be read, and why. `read`: part -> accounts for which it was
    read.
    """

    accounts: Sequence[Facts] = ()
    rows: Mapping[type[Any], Sequence[Row]] = field(default_factory=dict)
    vanished: Mapping[type[Any], Sequence[tuple[str, str]]] = field(default_factory=dict)
    failed: Mapping[str, PlatformError] = field(default_factory=dict)
    read: Mapping[str, Sequence[str]] = field(default_factory=dict)


Found = Mapping[str, Facts | PlatformError]


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform. `poll_minutes`: the range of intervals that a person may choose.

    - `credentials`: what a profile must hold; the form is built from it. `steps`: how to get it.
    - `parse_handle`: a typed name or pasted address -> handle. Raises ValueError with a sentence.
    - `resolve`: (client, handles) -> handle -> Facts or why not, with as few calls as possible.
    - `packs`: (terms, handles) -> those that are looked up together, in one call or few.
    - `naming`: what `parse_handle` understands, and what looking it up costs, in sentences;
      `{batch[…]}` and `{prices[…]}` stand for the terms.
    - `naming_billed_as`: the kind of resource (`Terms.prices`) that each account looked up is
      billed as; '' where looking up is free.
    - `collect`: (client, targets, now) -> pages; many targets of one credential together.
    - `cost`: (load, terms) -> what a day of `collect` costs. `items_a_day`: what an account
      publishes of which nothing is known yet.
    - `read`: (request, response, now) -> what one answer holds, for replays; `collect` uses the
      same mapping.
    - `probe`: the cheapest call that tells whether a credential works. `advice`: verdict of the key
      doctor -> what to do.
    - `content`: the model of what is published. `text_fields`: what sentiment reads.
    - `engagement`: the Django expression of a row's engagement. `columns`: column -> heading of an
      export.
    - `again`: (client, targets, now) -> pages of their due items and of nothing new, and which of
      them have vanished. None: the platform does not let us ask for them.
    - `imported`: a row of a person's file -> as the platform itself would tell it, such as the id
      out of an address. Raises ValueError with a sentence. `account_id`: what an account's id
      looks like, where that is no name.
    - `search`, `rankings`, `comments`: explicit actions, where the platform has them.
    """

    slug: str
    label: str
    entity_noun: str
    poll_minutes: range
    credentials: type[BaseModel]
    steps: tuple[str, ...]
    client: Callable[[Connection], Client]
    parse_handle: Callable[[str], str]
    resolve: Callable[[Any, Sequence[str]], Found]
    packs: Callable[[Terms, Sequence[str]], Sequence[Sequence[str]]]
    naming: str
    collect: Callable[[Any, Sequence[Target], datetime], Iterator[Page]]
    cost: Callable[[Load, Terms], Bill]
    items_a_day: float
    read: Callable[[Request, Response, datetime], Page]
    probe: Callable[[Any], None]
    advice: Mapping[str, str]
    content: type[Any]
    text_fields: tuple[str, ...]
    engagement: Any
    columns: Mapping[str, str]
    simulator: "Callable[[World], Simulator]"
    naming_billed_as: str = ""
    again: Callable[[Any, Sequence[Target], datetime], Iterator[Page]] | None = None
    imported: Callable[[Row], Row] = dict
    account_id: re.Pattern[str] | None = None
    search: Callable[[Any, str], Sequence[Facts]] | None = None
    rankings: Callable[[Any, str, datetime], Page] | None = None
    comments: Callable[[Any, str, Sequence[str], datetime], Iterator[Page]] | None = None
