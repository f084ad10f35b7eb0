"""Collects X accounts as cheaply as X lets us: every returned post and profile costs money.

Order: profiles (once a day, 100 a call), then each timeline from the newest known post on (free if
there is nothing new), then the figures of due posts (100 a call) that the timelines did not bring.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from urllib.parse import urlsplit

from platforms.batches import batches
from platforms.breaker import Breaker
from platforms.contract import Facts, Found, Page, Target
from platforms.errors import Gone, Malformed, PlatformError, Unavailable
from platforms.http import Request, Response
from platforms.models import Ranking
from platforms.terms import Terms
from platforms.twitter.client import XClient, answer_of, gone
from platforms.twitter.endpoints import endpoint_of
from platforms.twitter.models import Tweet, facts, ranking_rows, tweet_rows
from platforms.twitter.records import Answer, Post, Problem, Record, Trend, User, parse

PROFILE, POSTS = "profile", "posts"  # what is read of an account
OUTAGE = 3
OF_ONE = (Gone, Malformed, Unavailable)  # these stop one account or batch, the others go on
_HOSTS = {"x.com", "twitter.com"}
_PAGES = {
    "about", "compose", "download", "explore", "hashtag", "home", "i", "intent", "jobs", "login",
    "messages", "notifications", "privacy", "search", "settings", "share", "signup", "tos",
}  # fmt: skip


# --- Names ---------------------------------------------------------------------------------------
def parse_handle(typed: str) -> str:
    """A name or a pasted address of an account or post -> the name, without '@'.

    Raises ValueError with a sentence for the person who typed it.
    """
    name = typed.strip()
    if "/" in name or "." in name:
        name = _name_in_address(name)
    name = name.removeprefix("@")
    if not re.fullmatch(r"[A-Za-z0-9_]{1,15}", name):
        raise ValueError("A name on X has up to 15 letters, digits and underscores.")
    return name


def _name_in_address(address: str) -> str:
    try:
        where = urlsplit(address if "://" in address else f"https://{address}")
        host = where.hostname or ""
    except ValueError:
        raise ValueError("This is not an address.") from None
    if re.sub(r"^(www|mobile|m)\.", "", host) not in _HOSTS:
        raise ValueError("This is not an address on x.com or twitter.com.")
    name = where.path.strip("/").partition("/")[0]
    if not name or name.lower() in _PAGES:
        raise ValueError("This address names no account.")
    return name


def resolve(client: XClient, handles: Sequence[str]) -> Found:
    """Look up accounts by name, 100 a call. What X does not mention is unknown."""
    names = list(dict.fromkeys(handle.lower() for handle in handles))
    found: dict[str, object] = {}
    for some in packs(client.terms, names):
        users, problems = client.users_by(some)
        found |= _refusals(problems)
        found |= {user.username.lower(): _standing(user) for user in users}
    unknown = Gone("X knows no account of this name.", reason="unknown")
    return {handle: found.get(handle.lower(), unknown) for handle in handles}  # type: ignore[misc]


def _standing(user: User) -> Facts | Gone:
    if user.protected:
        return Gone("X shows its posts to its followers alone.", reason="protected")
    return facts(user)


def packs(terms: Terms, handles: Sequence[str]) -> Sequence[Sequence[str]]:
    """As many as one call takes."""
    return batches(handles, terms.batch["users_by"])


# --- Collecting ----------------------------------------------------------------------------------
def collect(client: XClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """Read what is due of all accounts. What concerns the credential ends it: RateLimited,
    QuotaSpent, CreditsSpent, Refused. So does an outage: Unavailable three times in a row."""
    breaker = Breaker(OUTAGE)
    for page in _collected(client, targets, now):
        lost = (error for error in page.failed.values() if isinstance(error, Unavailable))
        breaker.hear(next(lost, None))
        yield page


def again(client: XClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """The posts that are due, and nothing else: each costs once a day."""
    del now  # of the contract
    yield from _figures(client, _due(targets))


def _collected(client: XClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    audience = {target.account: target.audience for target in targets}
    closed: set[str] = set()
    every = client.terms.every[PROFILE]
    due = [t.account for t in targets if t.is_due(PROFILE, every=every, now=now)]
    for page in _profiles(client, due):
        audience |= {found.account: found.figures.get("audience") for found in page.accounts}
        closed |= {account for account, error in page.failed.items() if isinstance(error, Gone)}
        yield page
    seen: set[str] = set()
    for target in targets:
        if target.account not in closed:
            for page in _timeline(client, target, audience):
                rows = page.rows.get(Tweet, ())
                seen |= {row[column] for row in rows for column in ("external_id", "current_id")}
                yield page
    yield from _figures(client, {id_: a for id_, a in _due(targets).items() if id_ not in seen})


def _due(targets: Sequence[Target]) -> dict[str, str]:
    """Id of the newest known version of a due post -> its account."""
    return {id_: target.account for target in targets for id_ in target.due_ids}


def _profiles(client: XClient, accounts: Sequence[str]) -> Iterator[Page]:
    for some in batches(accounts, client.terms.batch["users"]):
        try:
            users, problems = client.users(some)
        except OF_ONE as error:
            yield Page(failed=dict.fromkeys(some, _of_batch(error)))
        else:
            yield _of_users(users, problems)


def _timeline(
    client: XClient, target: Target, audience: Mapping[str, int | None]
) -> Iterator[Page]:
    """An account's new posts, the oldest page first.

    X tells the newest first. If a later call fails, nothing is kept: else the newest known post
    would hide for ever those that were not read. To read them again the same day costs nothing.
    """
    try:
        pages = list(_pages(client, target))
    except OF_ONE as error:
        yield Page(failed={target.account: error})
        return
    for posts in reversed(pages):
        rows = tweet_rows(posts, account_of=lambda _: target.account, followers=audience)
        yield Page(rows={Tweet: rows}, read={POSTS: [target.account]})


def _pages(client: XClient, target: Target) -> Iterator[list[Post]]:
    """To the end, the cap, or a cursor that comes back. Nothing known: only the first pages."""
    cap = client.terms.batch["timeline_pages" if target.newest_id else "first_pages"]
    token: str | None = None
    tokens = set()
    for _ in range(cap):
        posts, token = client.timeline(target.account, since_id=target.newest_id, token=token)
        yield posts
        if token is None or token in tokens:
            return
        tokens.add(token)


def _figures(client: XClient, due: Mapping[str, str]) -> Iterator[Page]:
    """Read posts again. `due`: as of `_due`."""
    for some in batches(list(due), client.terms.batch["posts"]):
        try:
            posts, problems = client.posts(some)
        except OF_ONE as error:
            yield Page(failed=dict.fromkeys((due[id_] for id_ in some), _of_batch(error)))
        else:
            yield _of_posts(posts, problems, account_of=due.get)


def _of_batch(error: PlatformError) -> PlatformError:
    """Where X does not know the whole call, it has said nothing of the accounts in it."""
    return Malformed("X does not know this call.") if isinstance(error, Gone) else error


# --- What an answer holds ------------------------------------------------------------------------
def read(request: Request, response: Response, now: datetime) -> Page:
    """What a good answer holds. Of an address that we do not know: nothing.

    Posts without an author, and posts that are gone, have the account ''.
    """
    endpoint, named = endpoint_of(request.url)
    if endpoint is None:
        return Page()
    answer = answer_of(request.url, response)
    if endpoint.holds is None or request.method != "GET":
        return Page()
    author = named if endpoint.name == "timeline" else None
    return _READERS[endpoint.holds](answer, named, author, now)


def _read_users(answer: Answer, _named: str, _author: str | None, _now: datetime) -> Page:
    return _of_users(parse(answer, User), answer.problems)


def _read_posts(answer: Answer, _named: str, author: str | None, _now: datetime) -> Page:
    return _of_posts(parse(answer, Post), answer.problems, account_of=lambda _: author)


def _read_trends(answer: Answer, named: str, _author: str | None, now: datetime) -> Page:
    return Page(rows={Ranking: ranking_rows(parse(answer, Trend), named, now)})


_READERS: Mapping[type[Record], Callable[[Answer, str, str | None, datetime], Page]] = {
    User: _read_users,
    Post: _read_posts,
    Trend: _read_trends,
}


def _of_users(users: Sequence[User], problems: Sequence[Problem]) -> Page:
    return Page(
        accounts=[facts(user) for user in users],
        failed=_refusals(problems),
        read={PROFILE: [user.id for user in users]},
    )


def _of_posts(
    posts: Sequence[Post],
    problems: Sequence[Problem],
    *,
    account_of: Callable[[str], str | None],
) -> Page:
    """Posts, and those that are asked for and no longer shown to us, for whatever reason."""
    vanished = [(account_of(id_) or "", id_) for id_ in _refusals(problems)]
    return Page(
        rows={Tweet: tweet_rows(posts, account_of=account_of, followers={})},
        vanished={Tweet: vanished} if vanished else {},
    )


def _refusals(problems: Sequence[Problem]) -> dict[str, PlatformError]:
    """Id or name in lower case, as asked -> what became of it."""
    found = {problem.value.lower(): gone(problem) for problem in problems if problem.value}
    return {asked: error for asked, error in found.items() if error}


# --- Explicit actions ----------------------------------------------------------------------------
def rankings(client: XClient, place: str, now: datetime) -> Page:
    """Trending topics. `place`: 'woeid:' and a Yahoo place id; 1 is the world. A cent a call.

    Raises ValueError for another place, Gone for one without trends.
    """
    woeid = place.removeprefix("woeid:")
    if not re.fullmatch(r"[0-9]{1,10}", woeid):
        raise ValueError("A place on X is 'woeid:' and a number.")
    return Page(rows={Ranking: ranking_rows(client.trends(woeid), woeid, now)})


def probe(client: XClient) -> None:
    """Ask for a post that never was: an empty answer costs nothing, and shows all refusals."""
    client.posts(["1"])
