"""Speaks the YouTube Data API v3 with an API key. Knows no table.

The key travels in `?key=`, among the parameters, which nothing here writes down, and goes to
Google's two hosts alone. https://developers.google.com/youtube/v3/docs
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Generic
from urllib.parse import unquote, urlsplit

from platforms.contract import Connection
from platforms.errors import (
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
from platforms.http import Request, Response
from platforms.terms import Quota, end_of_day
from platforms.youtube import records
from platforms.youtube.problems import Fault, Problem
from platforms.youtube.records import Listing, R

HOSTS: tuple[str, ...] = ("www.googleapis.com", "youtube.googleapis.com")
UNITS = "units"
PACIFIC = "America/Los_Angeles"
LAST_YEAR = 2100  # a clock beyond is wrong
BACK_OFF = 60.0  # seconds; YouTube sends no Retry-After, and its short limits are per minute
PROBED = "UC_x5XG1OV2P6uZZ5FSM9Ttw"  # Google for Developers, there since 2007


@dataclass(frozen=True)
class Endpoint(Generic[R]):
    """One call: its name in the terms, its path, what it is paid from and what its items are."""

    name: str
    path: str
    record: type[R]
    bucket: str = UNITS


CHANNELS = Endpoint("channels", "/youtube/v3/channels", records.Channel)
PLAYLIST_ITEMS = Endpoint("playlist_items", "/youtube/v3/playlistItems", records.PlaylistItem)
VIDEOS = Endpoint("videos", "/youtube/v3/videos", records.Video)
BATCH_GET_STATS = Endpoint(
    "batch_get_stats", "/youtube/v3/videos:batchGetStats", records.Video, "batch_get_stats"
)
COMMENT_THREADS = Endpoint("comment_threads", "/youtube/v3/commentThreads", records.CommentThread)
SEARCH = Endpoint("search", "/youtube/v3/search", records.SearchResult, "search")
ENDPOINTS: tuple[Endpoint[Any], ...] = (
    CHANNELS, PLAYLIST_ITEMS, VIDEOS, BATCH_GET_STATS, COMMENT_THREADS, SEARCH,
)  # fmt: skip
_BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}


def endpoint_of(request: Request) -> Endpoint[Any] | None:
    """The endpoint that a request asks, if it is one of ours."""
    return _BY_PATH.get(unquote(urlsplit(request.url).path).rstrip("/"))


# --- What an error means ------------------------------------------------------------------------
@dataclass(frozen=True)
class Meaning:
    """The class of an error, its sentence, and the reason of Refused and Gone."""

    kind: type[PlatformError]
    text: str
    reason: RefusedReason | GoneReason | None = None


_DAY = Meaning(QuotaSpent, "The quota of this API key is spent until midnight Pacific time.")
_PACE = Meaning(RateLimited, "YouTube asks for fewer calls a minute.")
_WRONG = Meaning(Refused, "YouTube does not know this API key.", "wrong")
_EXPIRED = Meaning(Refused, "The API key has expired.", "expired")
_NOT_ENABLED = Meaning(
    Refused,
    "The key's project or restrictions do not admit the YouTube Data API v3.",
    "not_enabled",
)
_RESTRICTED = Meaning(
    Refused, "The key's restrictions (address, website or app) shut out this server.", "forbidden"
)
_FORBIDDEN = Meaning(Refused, "YouTube does not let this key make the call.", "forbidden")
_UNKNOWN = Meaning(Gone, "YouTube does not know what was asked for.", "unknown")
_PRIVATE = Meaning(Gone, "It is private.", "private")
_SUSPENDED = Meaning(Gone, "YouTube has suspended it.", "suspended")
_CLOSED = Meaning(Gone, "It was closed.", "deleted")
_NO_COMMENTS = Meaning(Gone, "Comments are switched off there.", "disabled")
_DOWN = Meaning(Unavailable, "YouTube has a fault at the moment.")
_BAD = Meaning(Malformed, "YouTube did not understand the request.")

# https://developers.google.com/youtube/v3/docs/errors and, in capitals, google.rpc.ErrorInfo of
# https://cloud.google.com/apis/design/errors. A reason that stands nowhere leaves it to the status.
_TABLE = (
    (_DAY, "quotaExceeded dailyLimitExceeded"),
    (_PACE, "rateLimitExceeded userRateLimitExceeded RATE_LIMIT_EXCEEDED RESOURCE_EXHAUSTED"),
    (_WRONG, "keyInvalid API_KEY_INVALID authError CREDENTIALS_MISSING"),
    (_WRONG, "dailyLimitExceededUnreg CONSUMER_INVALID ACCESS_TOKEN_TYPE_UNSUPPORTED"),
    (_EXPIRED, "keyExpired API_KEY_EXPIRED"),
    (_NOT_ENABLED, "accessNotConfigured SERVICE_DISABLED API_KEY_SERVICE_BLOCKED"),
    (_RESTRICTED, "ipRefererBlocked API_KEY_HTTP_REFERRER_BLOCKED API_KEY_IP_ADDRESS_BLOCKED"),
    (_RESTRICTED, "API_KEY_ANDROID_APP_BLOCKED API_KEY_IOS_APP_BLOCKED"),
    (_FORBIDDEN, "forbidden insufficientPermissions CONSUMER_SUSPENDED BILLING_DISABLED"),
    (_FORBIDDEN, "authenticatedUserAccountClosed authenticatedUserAccountSuspended"),
    (_UNKNOWN, "notFound channelNotFound playlistNotFound videoNotFound"),
    (_UNKNOWN, "commentThreadNotFound commentNotFound"),
    (_PRIVATE, "channelForbidden playlistForbidden playlistItemsNotAccessible"),
    (_SUSPENDED, "channelSuspended accountSuspended"),
    (_CLOSED, "channelClosed accountClosed"),
    (_NO_COMMENTS, "commentsDisabled"),
    (_DOWN, "backendError internalError processingFailure"),
)
REASONS = {reason: meaning for meaning, reasons in _TABLE for reason in reasons.split()}
STATUSES = {
    401: _WRONG, 403: _FORBIDDEN, 404: _UNKNOWN, 408: _DOWN, 410: _CLOSED, 429: _PACE}  # fmt: skip
# An expired key has the reasons of a wrong one (API_KEY_INVALID), and a spent bucket of the day
# those of a short limit (429 rateLimitExceeded, seen in August 2026): their words tell them apart.
WORDS = (
    ("api key expired", _EXPIRED, (_WRONG, _BAD)),
    ("api key not valid", _WRONG, (_BAD,)),
    ("per day", _DAY, (_PACE,)),
    ("perday", _DAY, (_PACE,)),
)


def meaning_of(status: int, problem: Problem) -> Meaning:
    """What an error means: by its most exact known reason, without one by its status."""
    if any(fault.reason == "forbidden" and _of_a_thing(fault) for fault in problem.errors):
        return _PRIVATE
    reasons = [*(d.reason for d in problem.details), *(f.reason for f in problem.errors)]
    reasons.append(problem.status)
    found = next((REASONS[reason] for reason in reasons if reason in REASONS), None)
    found = found or STATUSES.get(status) or (_BAD if 400 <= status < 500 else _DOWN)
    limits = (str(d.metadata.get("quota_limit", "")) for d in problem.details)
    words = " ".join((problem.message, *limits)).lower()
    return next((to for word, to, at in WORDS if word in words and found in at), found)


def _of_a_thing(fault: Fault) -> bool:
    """Whether one video or list is closed to us ("youtube.playlistItem"), and the key is good."""
    of_all = {"youtube.common", "youtube.header", "youtube.quota"}
    return fault.domain.startswith("youtube.") and fault.domain not in of_all


def error_of(response: Response, *, zone: str = PACIFIC) -> PlatformError:
    """The error that an answer means. `zone`: where its quota's days begin."""
    if response.status != 429 and response.is_page:
        return Unavailable("YouTube answered with a web page.", status=response.status)
    problem = _problem(response)
    meaning = meaning_of(response.status, problem)
    if meaning.kind is QuotaSpent:
        return QuotaSpent(meaning.text, until=end_of_day(_date(response), zone))
    if meaning.kind is RateLimited:
        return RateLimited(meaning.text, retry_after=_wait(response, problem))
    if meaning.reason:
        return meaning.kind(meaning.text, meaning.reason)  # type: ignore[call-arg]  # as their fields are
    if meaning.kind is Unavailable:
        return Unavailable(meaning.text, status=response.status)
    return meaning.kind(meaning.text)


def _problem(response: Response) -> Problem:
    try:
        return Problem.of(response.json())
    except PlatformError:
        return Problem()


def _date(response: Response) -> datetime:
    """YouTube's own clock: the day of a quota is its day, whatever ours says."""
    try:
        told = parsedate_to_datetime(response.headers["Date"]).astimezone(UTC)
    except (KeyError, ValueError, OverflowError):
        return datetime.now(UTC)
    return told if told.year < LAST_YEAR else datetime.now(UTC)


def _wait(response: Response, problem: Problem) -> float:
    told = response.headers.get("Retry-After", "")
    waits = [float(told)] if told.isascii() and told.isdigit() else []
    waits += [float(d.retry_delay) for d in problem.details if d.retry_delay]
    return min(max([*waits, 1.0]) if waits else BACK_OFF, 24 * 3600.0)


# --- Calls --------------------------------------------------------------------------------------
class YoutubeClient:
    """One API key. Every method returns one page; a list of ids may be as long as the terms say."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.terms = connection.terms

    def send(self, request: Request) -> Response:
        """Pay for, authorise and send one request. Raises the PlatformError that it means."""
        where = urlsplit(request.url)
        if where.scheme != "https" or where.netloc not in HOSTS:
            raise Malformed("This is no address of the YouTube Data API.")
        endpoint = endpoint_of(request)
        bucket, name = (endpoint.bucket, endpoint.name) if endpoint else (UNITS, "")
        budget, key = self._connection.budget, self._connection.credentials.api_key
        budget.take(bucket, cost=self.terms.costs.get(name, 1))
        keyed = replace(request, params={**request.params, "key": key.get_secret_value()})
        try:
            return self._connection.http.send(keyed, lambda answer: self._check(answer, bucket))
        except QuotaSpent:
            budget.lower(bucket, remaining=0)
            raise
        except RateLimited as error:
            budget.block(bucket, seconds=error.retry_after)
            raise

    def channels(self, ids: Sequence[str]) -> Listing[records.Channel]:
        """Channels by id. Unknown and closed ones are left out."""
        return self._page(CHANNELS, part=_OF_CHANNELS, id=",".join(ids))

    def channel_of(self, handle: str) -> Listing[records.Channel]:
        """The channel of a handle (@name), or nothing."""
        return self._ask(CHANNELS, part=_OF_CHANNELS, forHandle=handle)

    def playlist_items(self, playlist: str, *, page: str = "") -> Listing[records.PlaylistItem]:
        """Items of a list, of an uploads list (UU…) mostly the newest first."""
        more = {"pageToken": page} if page else {}
        parts = "snippet,contentDetails,status"
        return self._page(PLAYLIST_ITEMS, part=parts, playlistId=playlist, **more)

    def videos(self, ids: Sequence[str]) -> Listing[records.Video]:
        """Words, duration, live state and figures. Deleted and private videos are left out."""
        return self._ask(VIDEOS, part="snippet,contentDetails,statistics", id=",".join(ids))

    def batch_stats(self, ids: Sequence[str]) -> Listing[records.Video]:
        """Figures and duration, from a bucket of their own. Not atomic: any id may be left out."""
        return self._ask(BATCH_GET_STATS, part="id,contentDetails,statistics", id=",".join(ids))

    def comment_threads(self, video: str) -> Listing[records.CommentThread]:
        """The newest comments of a video. Raises Gone("disabled") where they are switched off."""
        return self._page(
            COMMENT_THREADS, part="snippet,replies", videoId=video, textFormat="plainText"
        )

    def search_channels(self, text: str) -> Listing[records.SearchResult]:
        """Channels found by words; one of the day's 100 searches."""
        return self._page(SEARCH, part="snippet", type="channel", q=text)

    def probe(self) -> None:
        """The cheapest call that shows whether the key works: one unit."""
        self._ask(CHANNELS, part="id", id=PROBED)

    def _page(self, endpoint: Endpoint[R], **params: str) -> Listing[R]:
        """Ask for a page as large as it may be; YouTube's own default is 5."""
        return self._ask(endpoint, maxResults=self.terms.batch[endpoint.name], **params)

    def _ask(self, endpoint: Endpoint[R], **params: str | int) -> Listing[R]:
        response = self.send(Request("GET", f"https://{HOSTS[0]}{endpoint.path}", params))
        return listing(endpoint, response)

    def _check(self, response: Response, bucket: str) -> None:
        good = 200 <= response.status < 300
        if not good or response.is_page:
            quota = self.terms.buckets[bucket]
            raise error_of(response, zone=quota.zone if isinstance(quota, Quota) else PACIFIC)


_OF_CHANNELS = "snippet,contentDetails,statistics"


def listing(endpoint: Endpoint[R], response: Response) -> Listing[R]:
    """The items of a good answer. Raises Malformed, or what an error in a good answer means."""
    body = response.json()
    if isinstance(body, dict) and "error" in body and "items" not in body:
        raise error_of(response)
    return records.parse_listing(body, endpoint.record)
