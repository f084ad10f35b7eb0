"""Speaks Twitch Helix with an app token. Knows no table.

Reference: dev.twitch.tv/docs/api/reference and /docs/api/guide, as of November 2026.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Annotated, Any, Generic, TypeVar
from urllib.parse import urlsplit

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr

from platforms.contract import Connection
from platforms.errors import (
    Gone,
    Malformed,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
)
from platforms.http import Params, Request, Response
from platforms.limits import Window
from platforms.twitch import records
from platforms.twitch.records import Account, Game, Listing, R, Segment, Stream, Video

API, ID = "api.twitch.tv", "id.twitch.tv"
BUCKET = "helix"


def _one_word(value: Any) -> Any:
    """A pasted key without the spaces around it. Raises ValueError for one of several words."""
    text = value.get_secret_value() if isinstance(value, SecretStr) else value
    if not isinstance(text, str):
        return value
    if not re.fullmatch(r"[!-~]*", text.strip()):
        raise ValueError("A key has no spaces and no line breaks.")
    return text.strip()


class TwitchCredentials(BaseModel):
    """What an application of Twitch's developer console is known by."""

    model_config = ConfigDict(frozen=True, hide_input_in_errors=True)

    client_id: Annotated[str, BeforeValidator(_one_word)] = Field(
        title="Client ID", description="30 small letters and digits.", min_length=20, max_length=64
    )
    client_secret: Annotated[SecretStr, BeforeValidator(_one_word)] = Field(
        title="Client secret",
        description="Shown once by the console, when you choose New Secret.",
        min_length=20,
        max_length=128,
    )


T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Endpoint(Generic[T]):
    """One call. `parse`: body -> what it holds."""

    name: str
    path: str
    parse: Callable[[Any], T]
    host: str = API

    @property
    def url(self) -> str:
        """Its address."""
        return f"https://{self.host}{self.path}"


def _listing(name: str, path: str, record: type[R]) -> Endpoint[Listing[R]]:
    return Endpoint(name=name, path=path, parse=partial(records.listing, record))


TOKEN = Endpoint(
    name="token", host=ID, path="/oauth2/token", parse=partial(records.parse, records.Token)
)
USERS = _listing("users", "/helix/users", Account)
CHANNELS = _listing("channels", "/helix/channels", Account)
STREAMS = _listing("streams", "/helix/streams", Stream)
VIDEOS = _listing("videos", "/helix/videos", Video)
FOLLOWERS = Endpoint(name="followers", path="/helix/channels/followers", parse=records.total)
GAMES_TOP = _listing("games_top", "/helix/games/top", Game)
SCHEDULE = Endpoint(name="schedule", path="/helix/schedule", parse=records.schedule)
SEARCH_CHANNELS = _listing("search_channels", "/helix/search/channels", Account)
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    TOKEN, USERS, CHANNELS, STREAMS, VIDEOS, FOLLOWERS, GAMES_TOP, SCHEDULE, SEARCH_CHANNELS,
)  # fmt: skip


def endpoint_of(url: str) -> Endpoint[Any] | None:
    """The call behind an address, if it is one of ours."""
    where = urlsplit(url)
    asked = where.netloc.lower(), where.path.rstrip("/")
    return next((e for e in ENDPOINTS if (e.host, e.path) == asked), None)


_wrong_id = partial(Refused, "Twitch does not know this client ID.", "wrong")
_wrong_secret = partial(Refused, "Twitch finds the client secret wrong.", "wrong")
_old_token = partial(Refused, "Twitch no longer takes this token.", "expired")
_forbidden = partial(Refused, "Twitch does not allow this application the call.", "forbidden")
_gone = partial(Gone, "Twitch does not know what was asked for.", "unknown")

# Status, words in the message -> what it means; the first that fits. id.twitch.tv answers
# {"status","message"}, helix {"error","status","message"}. 410: a call taken out of service.
MEANINGS: Sequence[tuple[int, str, Callable[[], PlatformError]]] = (
    (400, "invalid client", _wrong_id),
    (400, "missing client", _wrong_id),
    (401, "client id is missing", _wrong_id),
    (401, "", _old_token),
    (403, "client secret", _wrong_secret),
    (403, "", _forbidden),
    (404, "", _gone),
    (408, "", partial(Unavailable, "Twitch waited too long for us.", 408)),
    (410, "", _gone),
)


class TwitchClient:
    """One credential's calls. Its methods raise what `send` raises, and Malformed."""

    def __init__(self, connection: Connection) -> None:
        window = connection.terms.buckets[BUCKET]
        if not isinstance(window, Window):
            raise TypeError("The bucket 'helix' in the terms is a window.")
        self.terms = connection.terms
        self._window = window
        self._credentials: TwitchCredentials = connection.credentials
        self._http = connection.http
        self._budget = connection.budget
        self._tokens = connection.tokens

    def send(self, request: Request) -> Response:
        """Pay for, authorise and send one request. A refused token is renewed once.

        Raises RateLimited, Refused, Gone, Malformed or Unavailable.
        """
        if urlsplit(request.url).netloc == ID:
            return self._http.send(request, self._check)
        token = SecretStr(self._tokens.get() or self.renew())
        try:
            return self._send(request, token)
        except Refused as refusal:
            if refusal.reason != "expired":
                raise
        return self._send(request, self._another(token))

    def renew(self) -> str:
        """A new app token; proves at no cost that the credential is good."""
        token = TOKEN.parse(self.send(self._application()).json())
        self._tokens.put(token.access_token, seconds=token.expires_in)
        return token.access_token

    def _application(self) -> Request:
        # No variable of a frame that may fail holds a secret: reports of a crash show variables.
        form = {
            "client_id": self._credentials.client_id,
            "client_secret": self._credentials.client_secret.get_secret_value(),
            "grant_type": "client_credentials",
        }
        return Request("POST", TOKEN.url, data=form)

    def users(self, *, ids: Sequence[str] = (), logins: Sequence[str] = ()) -> Listing[Account]:
        """Accounts by id and by login, up to 100 together; who is banned is not among them."""
        return self._get(USERS, id=ids, login=logins)

    def channels(self, ids: Sequence[str]) -> Listing[Account]:
        """The present names of up to 100 channels."""
        return self._get(CHANNELS, broadcaster_id=ids)

    def streams(self, ids: Sequence[str]) -> Listing[Stream]:
        """Which of up to 100 channels are on air; the others are not among them."""
        return self._get(STREAMS, user_id=ids, first=self.terms.batch["streams"])

    def videos(self, user_id: str, *, after: str | None = None) -> Listing[Video]:
        """A channel's videos, newest first, one page."""
        return self._get(VIDEOS, user_id=user_id, first=self.terms.batch["videos"], after=after)

    def followers(self, broadcaster_id: str) -> int | None:
        """How many follow a channel. An app token is told the total only."""
        return self._get(FOLLOWERS, broadcaster_id=broadcaster_id, first=1)

    def games_top(self) -> Listing[Game]:
        """Categories by their viewers now, most first."""
        return self._get(GAMES_TOP, first=self.terms.batch["games_top"])

    def schedule(self, broadcaster_id: str) -> Listing[Segment]:
        """The next broadcasts that a channel announces. Raises Gone where it has no schedule."""
        first = self.terms.batch["schedule"]
        return self._get(SCHEDULE, broadcaster_id=broadcaster_id, first=first)

    def search_channels(self, query: str) -> Listing[Account]:
        """Channels whose name or description fits, of those that streamed in half a year."""
        first = self.terms.batch["search_channels"]
        return self._get(SEARCH_CHANNELS, query=query, first=first)

    def _get(self, endpoint: Endpoint[T], **asked: str | int | Sequence[str] | None) -> T:
        params: Params = {
            key: value if isinstance(value, str | int) else list(value)
            for key, value in asked.items()
            if value
        }
        return endpoint.parse(self.send(Request("GET", endpoint.url, params=params)).json())

    def _send(self, request: Request, token: SecretStr) -> Response:
        endpoint = endpoint_of(request.url)
        cost = self.terms.costs.get(endpoint.name, 1) if endpoint else 1
        self._budget.take(BUCKET, cost=cost)
        try:
            return self._http.send(self._signed(request, token), self._check)
        except RateLimited as limit:
            self._budget.block(BUCKET, seconds=limit.retry_after)
            raise

    def _signed(self, request: Request, token: SecretStr) -> Request:
        bearer = f"Bearer {token.get_secret_value()}"
        signature = {"Authorization": bearer, "Client-Id": self._credentials.client_id}
        return replace(request, headers={**request.headers, **signature})

    def _another(self, refused: SecretStr) -> SecretStr:
        """Another token; a second worker may have renewed it already."""
        known = SecretStr(self._tokens.get() or "")
        if known and known != refused:
            return known
        self._tokens.forget()
        return SecretStr(self.renew())

    def _check(self, response: Response) -> None:
        """Believe the platform's count of calls; raise what the answer means."""
        if (remaining := _number(response, "Ratelimit-Remaining")) is not None:
            self._budget.lower(BUCKET, remaining=remaining)
        if response.status == 429:
            raise RateLimited("Twitch asks us to wait.", retry_after=self._wait(response))
        if response.is_page:
            raise Unavailable("Twitch answered with a web page.", status=response.status)
        if not 200 <= response.status < 300:
            raise _meaning(response)

    def _wait(self, response: Response) -> float:
        """Seconds until the bucket is full by Twitch's own clock; a window where it is not told."""
        longest, reset = self._window.seconds, _number(response, "Ratelimit-Reset")
        try:
            clock = parsedate_to_datetime(response.headers["Date"]).timestamp()
        except (KeyError, ValueError, OverflowError):
            return longest
        return longest if reset is None else min(max(reset - clock, 1.0), longest)


def _number(response: Response, header: str) -> int | None:
    text = response.headers.get(header, "")
    return int(text) if re.fullmatch(r"[0-9]{1,12}", text) else None


def _meaning(response: Response) -> PlatformError:
    message = _message(response)
    for status, words, error in MEANINGS:
        if status == response.status and words in message:
            return error()
    if 400 <= response.status < 500:
        return Malformed("Twitch finds the request wrong.")
    return Unavailable("Twitch failed to answer.", status=response.status)


def _message(response: Response) -> str:
    try:
        content = response.json()
    except PlatformError:
        return ""
    return str(content.get("message", "")).lower() if isinstance(content, dict) else ""
