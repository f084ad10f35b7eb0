"""Turns what Twitch says into pages of rows, with as few calls as possible.

A poll asks for the broadcasts of 100 channels in one call. Names, follower totals, recordings and
schedules have a pace of their own (`every` in the terms). Absent means no: a channel that is not
among the broadcasts is off air, an account that is not among the users is not there.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from platforms.batches import batches
from platforms.breaker import Breaker
from platforms.contract import Facts, Found, Page, Target
from platforms.errors import Gone, Malformed, PlatformError, Unavailable
from platforms.http import Request, Response
from platforms.terms import Terms
from platforms.twitch.client import TwitchClient, endpoint_of
from platforms.twitch.models import PAGES, StreamRecord, account_facts, ended_row, video_page
from platforms.twitch.records import Listing

OUTAGE = 3
EARLY = 0.9  # of a pace: polls come a little early or late
ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.|m\.|go\.)?twitch\.tv/(?P<path>[^?#]*).*", re.IGNORECASE | re.DOTALL
)
LOGIN = re.compile(r"[a-z0-9][a-z0-9_]{0,24}")
FRAMES = {"popout", "moderator", "embed", "u"}  # first parts of an address that a login follows
NO_CHANNELS = {"directory", "downloads", "jobs", "p", "search", "settings", "store", "videos"}

Batches = Iterator[tuple[Sequence[str], Listing[Any] | Unavailable]]


def parse_handle(text: str) -> str:
    """The login in a typed name or a pasted address. Raises ValueError with a sentence."""
    typed = text.strip()
    address = ADDRESS.fullmatch(typed)
    parts = [part for part in address["path"].split("/") if part] if address else [typed]
    if address and len(parts) > 1 and parts[0].lower() in FRAMES:
        parts = parts[1:]
    name = parts[0].removeprefix("@").lower() if parts else ""
    if address and name in NO_CHANNELS:
        raise ValueError("This is the address of a page on Twitch, but not of a channel.")
    if not LOGIN.fullmatch(name):
        raise ValueError("A Twitch name has 1 to 25 letters, digits or underscores.")
    return name


def resolve(client: TwitchClient, handles: Sequence[str]) -> Found:
    """Handle -> Facts, or Gone for one that Twitch does not know. One call for 100 handles."""
    found: dict[str, Facts | PlatformError] = {}
    for asked in packs(client.terms, handles):
        listing = client.users(logins=[handle.lower() for handle in asked])
        facts = {account.login.lower(): account_facts(account) for account in listing.items}
        unread = next(iter(listing.broken.values()), None)
        for handle in asked:
            found[handle] = facts.get(handle.lower()) or unread or _no_such_channel()
    return found


def packs(terms: Terms, handles: Sequence[str]) -> Sequence[Sequence[str]]:
    """As many as one call takes."""
    return batches(handles, terms.batch["users"])


def search(client: TwitchClient, text: str) -> Sequence[Facts]:
    """Channels whose name or description fits."""
    return [account_facts(account) for account in client.search_channels(text).items]


def rankings(client: TwitchClient, place: str, now: datetime) -> Page:
    """The most watched categories. The only place is 'games'."""
    if place != "games":
        raise ValueError("Twitch ranks games.")
    return PAGES["games_top"](client.games_top(), "", now)


def probe(client: TwitchClient) -> None:
    """Ask for a new token: that costs no point, and only a good credential gets one."""
    client.renew()


def read(request: Request, response: Response, now: datetime) -> Page:
    """What one answer holds. An address that is not ours holds nothing.

    Sound items stand beside broken ones, whose channels are in `Page.failed`. Raises Malformed
    where nothing is sound, and Unavailable for a web page.
    """
    endpoint = endpoint_of(request.url)
    if endpoint is None:
        return Page()
    answer = endpoint.parse(response.json())
    if isinstance(answer, Listing) and answer.broken and not answer.items:
        raise next(iter(answer.broken.values()))
    asked = request.params.get("broadcaster_id", "")
    channel = ",".join(asked) if isinstance(asked, list) else str(asked)
    return PAGES[endpoint.name](answer, channel, now)


def collect(client: TwitchClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """Pages of all targets. What was yielded stands when a later call raises.

    An account that fails alone goes to `Page.failed` and is asked no further in this poll. Raises
    RateLimited, Refused, and Unavailable or Malformed where it is not one account's fault.
    """
    poll = _Poll(client, now)
    yield from poll.broadcasts({target.account: target for target in targets})
    yield from poll.names([target.account for target in poll.due("channels", targets)])
    yield from poll.each("followers", targets, poll.followers)
    yield from poll.each("videos", targets, poll.videos)
    yield from poll.each("schedule", targets, poll.schedule)


@dataclass
class _Poll:
    """One run of `collect`. `live`: broadcasts on air; `lost`: accounts that failed; `named`:
    account -> its login now."""

    client: TwitchClient
    now: datetime
    live: set[str] = field(default_factory=set)
    lost: set[str] = field(default_factory=set)
    named: dict[str, str] = field(default_factory=dict)
    breaker: Breaker = field(default_factory=lambda: Breaker(OUTAGE))

    def due(self, part: str, targets: Iterable[Target]) -> list[Target]:
        """Targets whose part was last read as long ago as the terms say."""
        every = self.client.terms.every[part] * EARLY
        return [
            target
            for target in targets
            if target.account not in self.lost and target.is_due(part, every=every, now=self.now)
        ]

    def broadcasts(self, targets: dict[str, Target]) -> Iterator[Page]:
        """Who is on air. Broadcasts that are no longer found have ended."""
        size = self.client.terms.batch["streams"]
        for asked, listing in self.batches(self.client.streams, [*targets], size):
            if isinstance(listing, Unavailable):
                yield self.failure(asked[0], listing)
                continue
            self.live |= {stream.id for stream in listing.items}
            page = PAGES["streams"](listing, "", self.now)
            read = self.readable(asked, listing)
            over = [
                ended_row(account, stream, now=self.now)
                for account in read
                for stream in targets[account].due_ids
                if stream not in self.live and not stream.startswith("v")
            ]
            rows = {StreamRecord: [*page.rows[StreamRecord], *over]}
            yield replace(
                page, rows=rows, failed=self.broken(asked, listing), read={"streams": read}
            )

    def names(self, ids: Sequence[str]) -> Iterator[Page]:
        """Names as they are now. Who has none is looked up once more before it is called gone."""
        size = self.client.terms.batch["channels"]
        for asked, listing in self.batches(self.client.channels, ids, size):
            if isinstance(listing, Unavailable):
                yield self.failure(asked[0], listing)
                continue
            found = {account.id for account in listing.items}
            page = PAGES["channels"](listing, "", self.now)
            self.named |= {facts.account: facts.handle for facts in page.accounts}
            read = [id_ for id_ in asked if id_ in found]
            yield replace(page, failed=self.broken(asked, listing), read={"channels": read})
            yield from self.absences([a for a in self.readable(asked, listing) if a not in found])

    def absences(self, ids: Sequence[str]) -> Iterator[Page]:
        """Accounts without a channel: banned ones are not among the users either."""
        size = self.client.terms.batch["users"]
        for asked, listing in self.batches(lambda some: self.client.users(ids=some), ids, size):
            if isinstance(listing, Unavailable):
                yield self.failure(asked[0], listing)
                continue
            found = {account.id for account in listing.items}
            gone = [id_ for id_ in self.readable(asked, listing) if id_ not in found]
            self.lost.update(gone)
            failed = self.broken(asked, listing) | {id_: _no_such_channel() for id_ in gone}
            page = PAGES["users"](listing, "", self.now)
            read = [id_ for id_ in asked if id_ in found]
            yield replace(page, failed=failed, read={"channels": read})

    def each(
        self, part: str, targets: Sequence[Target], ask: Callable[[Target], Iterator[Page]]
    ) -> Iterator[Page]:
        """A part that takes a call for each account."""
        for target in self.due(part, targets):
            try:
                yield from ask(target)
            except (Gone, Malformed, Unavailable) as error:
                yield self.failure(target.account, error)
            else:
                self.breaker.hear()

    def followers(self, target: Target) -> Iterator[Page]:
        """How many follow it."""
        total = self.client.followers(target.account)
        handle = self.named.get(target.account, target.handle)
        facts = Facts(account=target.account, handle=handle, figures={"audience": total})
        yield Page(accounts=[facts], read={"followers": [target.account]})

    def videos(self, target: Target) -> Iterator[Page]:
        """Its newest recordings; several pages when it is read for the first time."""
        pages = 1 if "videos" in target.read_at else self.client.terms.batch["video_pages"]
        cursor: str | None = None
        seen: set[str | None] = {None, ""}
        for number in range(1, pages + 1):
            listing = self.client.videos(target.account, after=cursor)
            cursor = listing.cursor
            last = number == pages or not listing.items or cursor in seen
            seen.add(cursor)
            page = video_page(listing, now=self.now, live=self.live)
            read = {"videos": [target.account]} if last else {}
            yield replace(page, failed=self.broken([target.account], listing), read=read)
            if last:
                return

    def schedule(self, target: Target) -> Iterator[Page]:
        """What it announces. Most channels have no schedule: that is no failure."""
        try:
            listing = self.client.schedule(target.account)
        except Gone:
            listing = Listing(items=())
        page = PAGES["schedule"](listing, target.account, self.now)
        failed = self.broken([target.account], listing)
        yield replace(page, failed=failed, read={"schedule": [target.account]})

    def batches(
        self, ask: Callable[[Sequence[str]], Listing[Any]], ids: Sequence[str], size: int
    ) -> Batches:
        """Answers for many ids, or the error of one that fails alone."""
        for some in batches(ids, size):
            yield from self.halves(ask, some)

    def halves(self, ask: Callable[[Sequence[str]], Listing[Any]], ids: Sequence[str]) -> Batches:
        """One bad id makes a whole batch answer 500: then each half is asked for itself."""
        try:
            listing = ask(ids)
        except Unavailable as error:
            if error.status != 500:
                raise
            if len(ids) == 1:
                yield ids, error
                return
        except Gone:
            # Nothing is said of these accounts: the call itself was taken out of service.
            raise Malformed("Twitch no longer knows this call.") from None
        else:
            self.breaker.hear()
            yield ids, listing
            return
        middle = len(ids) // 2
        yield from self.halves(ask, ids[:middle])
        yield from self.halves(ask, ids[middle:])

    def failure(self, account: str, error: PlatformError) -> Page:
        """A page that says so. Raises the error itself when it is the platform that is down."""
        self.lost.add(account)
        self.breaker.hear(error)
        return Page(failed={account: error})

    def broken(self, asked: Sequence[str], listing: Listing[Any]) -> dict[str, PlatformError]:
        """The accounts whose item could not be read, and why."""
        failed = {
            account: listing.broken[account] for account in asked if account in listing.broken
        }
        self.lost.update(failed)
        return {**failed}

    def readable(self, asked: Sequence[str], listing: Listing[Any]) -> list[str]:
        """Accounts of which the answer says something, be it that they are absent.

        A broken item without a name may be anybody's: then only those found are sure.
        """
        if "" in listing.broken:
            return []
        return [account for account in asked if account not in listing.broken]


def _no_such_channel() -> Gone:
    return Gone("Twitch knows no such channel: it was closed, banned or never there.", "unknown")
