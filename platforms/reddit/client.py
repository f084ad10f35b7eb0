"""Speaks Reddit's Data API with an app's own token; no person signs in.

Sources: the Data API wiki, r/modnews 13wshdp (2023-05-31), and answers recorded from 2015 to 2026.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

from platforms.contract import Connection
from platforms.errors import (
    Gone,
    GoneReason,
    Malformed,
    PlatformError,
    RateLimited,
    Refused,
    RefusedReason,
    Unavailable,
)
from platforms.http import Request, Response
from platforms.reddit import records
from platforms.reddit.records import Listing, R, Subreddit, Token, User

API = "https://oauth.reddit.com"
TOKEN_URL = "https://www.reddit.com/api/v1/access_token"  # noqa: S105  an address
OURS = re.compile(r"https://([\w-]+\.)*reddit\.com/")  # addresses that may see a token
BUCKET = "calls"
DAY = 86_400.0  # seconds; nobody is believed who asks us to wait longer
WITHOUT_WORD = 60.0  # seconds to wait after a 429 that names none


class TooLong(Malformed):
    """The address names too many things at once."""


class Endpoint(NamedTuple):
    """One kind of call. All cost one call of the only bucket."""

    name: str
    path: str
    parse: Callable[[Any], Listing] = records.listing


ENDPOINTS = (
    Endpoint("token", r"/api/v1/access_token", records.token),
    Endpoint("info", r"(/r/[^/]+)?/api/info"),
    Endpoint("about", r"/r/[^/]+/about", records.thing),
    Endpoint("user", r"/u(ser)?/[^/]+/about", records.thing),
    Endpoint("submitted", r"/u(ser)?/[^/]+/submitted"),
    Endpoint("tree", r"(/r/[^/]+)?/comments/[^/]+(/[^/]*){0,2}", records.tree),
    Endpoint("comments", r"/r/[^/]+/comments"),
    Endpoint("subreddits", r"/subreddits(/(popular|new|default|search))?"),
    Endpoint("posts", r"(/r/[^/]+)?(/(new|hot|top|rising|controversial|best))?"),
)


def endpoint_of(request: Request) -> Endpoint | None:
    """The endpoint of an address, with or without `.json` or a slash at its end."""
    path = urlsplit(request.url).path.removesuffix("/").removesuffix(".json").removesuffix("/")
    return next((e for e in ENDPOINTS if re.fullmatch(e.path, path)), None)


# --- What answers mean ---------------------------------------------------------------------------

# `reason` of a body -> state of what was asked for.
REASONS: Mapping[str, GoneReason] = {
    "private": "private",
    "quarantined": "quarantined",
    "gated": "quarantined",
    "banned": "banned",
    "USER_DOESNT_EXIST": "unknown",
    "SUBREDDIT_NOEXIST": "unknown",
}
UNAVAILABLE = Unavailable("Reddit gave no usable answer.")
# Status -> error. Missing here: 3xx is as 404, as a missing subreddit is answered with the address
# of a search; 1xx and 5xx as 500; another 4xx as 400.
STATUSES: Mapping[int, PlatformError] = {
    400: Malformed("Reddit did not understand the call."),
    401: Refused("Reddit does not accept the access token.", reason="expired"),
    403: Refused("Reddit does not let this app make this call.", reason="forbidden"),
    404: Gone("Reddit does not know it.", reason="unknown"),
    410: Gone("It was deleted.", reason="deleted"),
    414: TooLong("The call asks for too many things at once."),
    **dict.fromkeys((304, 408, 425, 451, 500), UNAVAILABLE),
}
UNTOLD: Mapping[int, GoneReason] = {403: "private", 404: "unknown"}  # a reason that is new to us

# `error` of a token's answer -> what to tell the owner; a status stands there too.
SIGN_IN_REFUSALS: Mapping[str, RefusedReason] = {
    "unsupported_grant_type": "not_enabled",
    "unauthorized_client": "not_approved",
    "403": "not_approved",
}


def meaning(response: Response) -> PlatformError | None:
    """The error that an answer of the API means, if it is one."""
    status = response.status
    if status == 429:
        return RateLimited("Reddit limits our calls.", retry_after=_wait(response))
    if response.is_page and (status < 300 or status == 403):
        return Unavailable("Reddit's network security answered with a web page.")
    if 200 <= status < 300:
        return None
    return (
        _told(response)
        or STATUSES.get(status)
        or STATUSES[{3: 404, 4: 400}.get(status // 100, 500)]
    )


def _meaning_of_the_second(response: Response) -> PlatformError | None:
    """A token that is a second old and refused has not expired."""
    error = meaning(response)
    if isinstance(error, Refused) and error.reason == "expired":
        return replace(error, reason="wrong")
    return error


def _told(response: Response) -> Gone | None:
    """What the `reason` in the body says."""
    reason = _field(response, "reason")
    state = REASONS.get(reason) or (UNTOLD.get(response.status) if reason else None)
    return Gone(f"Reddit says: {state}.", reason=state) if state and response.status < 500 else None


def sign_in_meaning(response: Response) -> PlatformError | None:
    """The error that an answer to the request for a token means; none of them is about a subreddit.

    Bodies vary: {"error": 400}, {"error": "invalid_grant"} even with status 200, pages, nothing.
    """
    error, word = meaning(response), _field(response, "error")
    if isinstance(error, RateLimited | Unavailable):
        return error
    if isinstance(error, Gone):
        return UNAVAILABLE
    if error is None and not word:
        return None
    reason = SIGN_IN_REFUSALS.get(word) or SIGN_IN_REFUSALS.get(str(response.status), "wrong")
    return Refused("Reddit does not accept the client ID and secret.", reason=reason)


def _field(response: Response, name: str) -> str:
    """A short word of the body, whatever the body is."""
    try:
        body = response.json()
    except PlatformError:
        return ""
    found = body.get(name) if isinstance(body, dict) else None
    return str(found) if isinstance(found, str | int) else ""


def rate_of(response: Response) -> tuple[int, float] | None:
    """Calls that remain ("997.0") and seconds until all are there again; edges send neither."""
    remaining = response.number("x-ratelimit-remaining")
    reset = response.number("x-ratelimit-reset")
    return None if remaining is None or reset is None else (int(remaining), min(reset, DAY))


def _wait(response: Response) -> float:
    rate, after = rate_of(response), response.number("retry-after")
    return min(max(after or (rate and rate[1]) or WITHOUT_WORD, 1.0), DAY)


# --- The client ----------------------------------------------------------------------------------


class RedditClient:
    """Calls with one app's credential. All raise the PlatformError that an answer means."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = connection.terms

    def send(self, request: Request) -> Response:
        """Pay for, authorise and send one request; a token that ran out is renewed once."""
        endpoint = endpoint_of(request)
        if endpoint and endpoint.name == "token":
            return self._sign_in(request)
        try:
            return self._call(self._with_token(request), meaning)
        except Refused as refusal:
            if refusal.reason != "expired":
                raise
        self._connection.tokens.forget()
        return self._call(self._with_token(request), _meaning_of_the_second)

    def posts(
        self, names: Sequence[str], order: str = "new", *, after: str | None = None
    ) -> Listing:
        """Posts of one or many subreddits. `order`: new, hot or top (of a day).

        Banned, private and missing subreddits are silently left out of a listing of many.
        """
        path = f"/r/{'+'.join(quote(name) for name in names)}/{order}"
        return self._get(path, limit=self.terms.batch["listing"], after=after)

    def submitted(self, name: str, *, after: str | None = None) -> Listing:
        """Posts of a person, newest first."""
        path = f"/user/{quote(name)}/submitted"
        return self._get(path, sort="new", limit=self.terms.batch["listing"], after=after)

    def about(self, name: str) -> Subreddit:
        """A subreddit. Raises Gone with the reason why it is not to be seen."""
        return _only(self._get(f"/r/{quote(name)}/about"), Subreddit)

    def user(self, name: str) -> User:
        """A person."""
        return _only(self._get(f"/user/{quote(name)}/about"), User)

    def info(self, fullnames: Sequence[str]) -> Listing:
        """Posts, comments and subreddits by fullname, up to 100. What is gone is left out."""
        return self._get("/api/info", id=",".join(fullnames))

    def named(self, names: Sequence[str]) -> Listing:
        """Subreddits by name. Unknown ones are left out; closed ones have no figures."""
        return self._get("/api/info", sr_name=",".join(names))

    def tree(self, post_id: str) -> Listing:
        """A post, its comments, and `More` where comments were left out."""
        path = f"/comments/{quote(post_id)}"
        return self._get(path, sort="new", limit=self.terms.batch["comments"])

    def packed(self, handles: Sequence[str], call: str) -> list[list[str]]:
        """Names that fit into one call, by their number and by the length of the address."""
        packs: list[list[str]] = [[]]
        limits = self.terms.batch
        for handle in handles:
            length = len("+".join([*packs[-1], handle]))
            if len(packs[-1]) == limits[call] or length > limits["characters"]:
                packs.append([])
            packs[-1].append(handle)
        return [pack for pack in packs if pack]

    def _get(self, path: str, **params: str | int | None) -> Listing:
        given = {key: value for key, value in params.items() if value is not None}
        request = Request("GET", API + path, given)
        endpoint = endpoint_of(request)
        assert endpoint is not None, path  # noqa: S101  a path of ours
        return endpoint.parse(self.send(request).json())

    def _with_token(self, request: Request) -> Request:
        if not OURS.match(request.url):
            raise Malformed("This is no address of Reddit.")
        bearer = self._connection.tokens.get() or self._new_token()
        headers = {**request.headers, "Authorization": f"Bearer {bearer}"}
        # Without raw_json, <, > and & come escaped as in HTML.
        return replace(request, params={**request.params, "raw_json": "1"}, headers=headers)

    def _new_token(self) -> str:
        form = {"grant_type": "client_credentials"}
        answer = self._sign_in(Request("POST", TOKEN_URL, data=form))
        new = records.checked(Token, answer.json())
        self._connection.tokens.put(new.access_token, seconds=new.expires_in)
        return new.access_token

    def _sign_in(self, request: Request) -> Response:
        return self._call(replace(request, auth=self._name_and_secret()), sign_in_meaning)

    def _name_and_secret(self) -> tuple[str, str]:
        # No variable of a frame that may fail holds a secret: reports of a crash show variables.
        known = self._connection.credentials
        return known.client_id, known.client_secret.get_secret_value()

    def _call(
        self, request: Request, means: Callable[[Response], PlatformError | None]
    ) -> Response:
        agent = {"User-Agent": self._connection.credentials.user_agent}
        named = replace(request, headers={**request.headers, **agent})

        def check(response: Response) -> None:
            self._reconcile(response)
            if error := means(response):
                raise replace(error)  # the table's own would gather tracebacks

        return self._connection.send(named, check, bucket=BUCKET)

    def _reconcile(self, response: Response) -> None:
        """Reddit counts by 10 minutes, we by one: when nothing is left we wait for its window."""
        remaining, reset = rate_of(response) or (None, 0.0)
        if remaining is not None:
            self._connection.budget.lower(BUCKET, remaining=remaining)
        if remaining == 0 and reset:
            self._connection.budget.block(BUCKET, seconds=reset)


def _only(found: Listing, kind: type[R]) -> R:
    if not found.of(kind):
        raise Malformed("The answer is of another kind than asked for.", "kind")
    return found.of(kind)[0]
