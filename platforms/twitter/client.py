"""Speaks the X API v2 with an app's bearer token.

Never asks for expansions: what they add may be billed, and is other people's. Every resource that
an answer returns is charged to the budget, whether it can be read or not; an empty answer is free.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import NoReturn

from platforms.contract import Connection
from platforms.errors import (
    CreditsSpent,
    Gone,
    GoneReason,
    Malformed,
    PlatformError,
    QuotaSpent,
    RateLimited,
    Refused,
    RefusedReason,
    Unavailable,
)
from platforms.http import Params, Request, Response
from platforms.limits import Window
from platforms.twitter.endpoints import Endpoint, endpoint_of
from platforms.twitter.records import Answer, Post, Problem, Trend, User, parse

ADDRESS = "https://api.x.com"
HOSTS = ("api.x.com", "api.twitter.com")
WORDS_REFUSED = "fields"  # `Malformed.where` of an answer that does not know the fields asked for


@dataclass(frozen=True)
class Words:
    """How a vocabulary asks for the fields of posts."""

    parameter: str
    fields: str


OLD = Words(
    "tweet.fields",
    "author_id,conversation_id,created_at,edit_history_tweet_ids,in_reply_to_user_id,lang,"
    "note_tweet,public_metrics,referenced_tweets",
)
# Author, references and edits are no fields in 2.167, only expansions; ids come with some answers.
NEW = Words("post.fields", "conversation_id,created_at,lang,note_post,public_metrics")
USER_FIELDS = "public_metrics"

# --- What a refusal means ------------------------------------------------------------------------
_BY_STATUS: Mapping[int, Callable[[], PlatformError]] = {
    401: partial(Refused, "X does not accept this bearer token.", reason="wrong"),
    402: partial(CreditsSpent, "The credits of this X account are used up."),
}
_SPENT = {"credits", "usage-capped"}  # kinds of a 403: a limit of one's own is reached
# Kind or reason of the problem in a 403.
_FORBIDDEN: Mapping[str, tuple[RefusedReason, str]] = {
    "client-not-enrolled": ("not_approved", "The app of this token belongs to no project."),
    "official-client-forbidden": ("not_approved", "X does not let this app use the API."),
    "client-forbidden": ("not_approved", "X does not let this app use the API."),
    "unsupported-authentication": ("wrong", "X wants another kind of token."),
}
# Kind or title of a problem with one thing that was asked for.
_GONE: Mapping[str, tuple[GoneReason, str]] = {
    "not-authorized-for-resource": ("protected", "The account is protected."),
    "Authorization Error": ("protected", "The account is protected."),
    "Forbidden": ("suspended", "The account is suspended."),
    "resource-not-found": ("unknown", "X does not know this."),
    "Not Found Error": ("unknown", "X does not know this."),
}
_ASKED = {"ids", "id", "usernames", "username", "woeid"}


def gone(problem: Problem) -> Gone | None:
    """What a problem inside a good answer says of something that was asked for.

    None if it is about an expansion, or passing (such as 'resource-unavailable').
    """
    if problem.parameter not in _ASKED:
        return None
    # A suspended account has the type of an unknown one, but another title.
    word = problem.title if problem.title == "Forbidden" else problem.kind or problem.title
    found = _GONE.get(word or "")
    return Gone(found[1], reason=found[0]) if found else None


def answer_of(url: str, response: Response) -> Answer:
    """Read a good answer. Raises Gone where the one thing in the path is not there; Malformed."""
    answer = Answer.of(response)
    if answer.data is None and endpoint_of(url)[1]:
        for error in filter(None, map(gone, answer.problems)):
            raise error
    return answer


def _problem(response: Response) -> Problem | None:
    """The problem that a body describes; None for pages of edge servers and empty bodies."""
    try:
        body = response.json()
    except PlatformError:
        return None
    return Problem.model_validate(body) if isinstance(body, dict) else None


def _fail(response: Response) -> NoReturn:
    """Raise what a refusing answer means.

    Where no problem is described, an edge server spoke: it knows nothing of accounts and tokens.
    """
    problem, status = _problem(response), response.status
    if response.is_page:
        raise Unavailable("X answered with a web page.", status=status)
    if error := _BY_STATUS.get(status):
        raise error()
    if problem is None or not 400 <= status < 500 or status == 408:
        raise Unavailable(f"X answered with status {status}.", status=status)
    if problem.kind in _SPENT:
        raise CreditsSpent("The credits or the cap of this X account are used up.")
    if status == 403 and "user has been suspended" in (problem.detail or "").lower():
        raise Gone("The account is suspended.", reason="suspended")
    if status == 403:
        default: tuple[RefusedReason, str] = ("forbidden", "X forbids this call to this token.")
        reason, text = _FORBIDDEN.get(problem.reason or problem.kind, default)
        raise Refused(text, reason=reason)
    if status in {404, 410}:
        raise Gone("X does not know this.", reason="unknown")
    where = WORDS_REFUSED if b".fields" in response.body else ""
    raise Malformed("X did not accept the form of the request.", where=where)


class XClient:
    """One credential's access."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = connection.terms
        self._words = OLD

    def users_by(self, usernames: Sequence[str]) -> tuple[list[User], list[Problem]]:
        """Accounts by name, at most 100. docs.x.com/x-api/users/get-users-by-usernames"""
        params = {"usernames": ",".join(usernames), "user.fields": f"protected,{USER_FIELDS}"}
        answer = self._get("/2/users/by", params)
        return parse(answer, User), answer.problems

    def users(self, ids: Sequence[str]) -> tuple[list[User], list[Problem]]:
        """Accounts by id, at most 100. docs.x.com/x-api/users/get-users-by-ids"""
        answer = self._get("/2/users", {"ids": ",".join(ids), "user.fields": USER_FIELDS})
        return parse(answer, User), answer.problems

    def timeline(
        self, account: str, *, since_id: str | None, token: str | None = None
    ) -> tuple[list[Post], str | None]:
        """A page of an account's posts, newest first, and the cursor of the next one.

        Raises Gone for an account that is unknown, suspended or protected.
        docs.x.com/x-api/users/get-posts
        """
        params: dict[str, str | int | list[str]] = {"max_results": self.terms.batch["timeline"]}
        if since_id:
            params["since_id"] = since_id
        if token:
            params["pagination_token"] = token
        path = f"/2/users/{account}/tweets"
        try:
            answer = self._posts(path, params)
        except QuotaSpent:
            if since_id is None:
                raise
            # The rest of the budget may still do for the few posts that are new.
            answer = self._posts(path, params | {"max_results": self.terms.batch["smallest_page"]})
        return parse(answer, Post), answer.next_token

    def posts(self, ids: Sequence[str]) -> tuple[list[Post], list[Problem]]:
        """Posts by id, at most 100. docs.x.com/x-api/posts/get-posts-by-ids"""
        answer = self._posts("/2/tweets", {"ids": ",".join(ids)})
        return parse(answer, Post), answer.problems

    def trends(self, woeid: str) -> list[Trend]:
        """Trending topics of a place. docs.x.com/x-api/trends/get-trends-by-woeid"""
        params = {"max_trends": self.terms.batch["trends"]}
        return parse(self._get(f"/2/trends/by/woeid/{woeid}", params), Trend)

    def send(self, request: Request) -> Response:
        """Pay for, authorise and send one request. Raises the PlatformError that it means."""
        endpoint, _ = endpoint_of(request.url)
        check, bucket = partial(self._check, endpoint), endpoint.name if endpoint else None
        priced = endpoint.priced(request.params) if endpoint else None
        return self._connection.send(self._signed(request), check, bucket=bucket, priced=priced)

    def _signed(self, request: Request) -> Request:
        # No variable of a frame that may fail holds a secret: reports of a crash show variables.
        token = self._connection.credentials.bearer_token.get_secret_value()
        headers = {"Authorization": f"Bearer {token}", "User-Agent": "tidewatch"}
        return replace(request, headers=headers)

    def _get(self, path: str, params: Params) -> Answer:
        request = Request("GET", f"{ADDRESS}{path}", params)
        return answer_of(request.url, self.send(request))

    def _posts(self, path: str, params: Params) -> Answer:
        """Ask in the vocabulary that X understood last. A refused word costs a call, no money."""
        words = self._words
        try:
            return self._get(path, {**params, words.parameter: words.fields})
        except Malformed as error:
            if error.where != WORDS_REFUSED:
                raise
        words = self._words = NEW if words is OLD else OLD
        return self._get(path, {**params, words.parameter: words.fields})

    def _check(self, endpoint: Endpoint | None, response: Response) -> None:
        remaining = response.number("x-rate-limit-remaining")
        if endpoint and remaining is not None:
            self._connection.budget.lower(endpoint.name, remaining=int(remaining))
        if response.status == 429:
            raise self._too_many(endpoint, response)
        if not 200 <= response.status < 300:
            _fail(response)

    def _too_many(self, endpoint: Endpoint | None, response: Response) -> PlatformError:
        """Wait until the window ends, by X's own clock; the whole window where it is not said."""
        problem = _problem(response)
        if problem and problem.kind == "usage-capped":
            return CreditsSpent("The cap of posts of this X account is reached.")
        bucket = self.terms.buckets[endpoint.name] if endpoint else None
        wait = longest = bucket.seconds if isinstance(bucket, Window) else 900.0
        reset = response.number("x-rate-limit-reset")
        if reset is not None:
            clock = response.clock.timestamp() if response.clock else time.time()
            wait = min(max(reset - clock, 1.0), longest)
        return RateLimited("X asks us to wait.", retry_after=wait)
