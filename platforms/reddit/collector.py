"""Collects from Reddit: new posts of many subreddits in one listing, figures 100 at a time.

Watched are subreddits (external id t5_..., the handle is the name) and people's posts (t2_...,
`u/name`). Parts: `posts` (new ones, each round) and `about` (members, at the pace of the terms).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

from platforms.batches import batches
from platforms.breaker import Breaker
from platforms.contract import Facts, Found, Page, Target
from platforms.errors import Gone, Malformed, PlatformError, Refused, Unavailable
from platforms.http import Request, Response
from platforms.reddit import models, records
from platforms.reddit.client import RedditClient, TooLong, endpoint_of
from platforms.reddit.records import PERSON, Listing, More, Subreddit

OVERLAP = timedelta(minutes=5)  # what a filter held back appears below newer posts
NEARLY_ALL = 0.9  # of the things after which a listing ends: it was cut, not exhausted
OUTAGE = 2
UNLIKELY = 20  # posts that vanish together while their subreddit is open

T = TypeVar("T")


def resolve(client: RedditClient, handles: Sequence[str]) -> Found:
    """Many subreddits in one call; a call of its own for each person and each one not found."""
    found: dict[str, Facts | PlatformError] = {}
    for names in client.packed([h for h in handles if not h.startswith(PERSON)], "info"):
        known = {s.display_name.lower(): s for s in client.named(names).of(Subreddit)}
        found |= {name: _facts(client, name, known.get(name.lower())) for name in names}
    return found | {h: _facts(client, h) for h in handles if h.startswith(PERSON)}


def _facts(
    client: RedditClient, handle: str, known: Subreddit | None = None, account: str = ""
) -> Facts | PlatformError:
    """What is known, else what `about` tells: also why a subreddit without figures is closed."""
    try:
        if handle.startswith(PERSON):
            facts = client.user(handle.removeprefix(PERSON)).facts()
        elif known and known.subscribers is not None:
            facts = known.facts()
        else:
            facts = client.about(handle).facts()
    except (Gone, Malformed, Refused) as error:
        if _stops_all(error):
            raise
        return error
    if account and facts.account != account:
        return Gone("Another account has this name now.", reason="deleted")
    return facts


def _stops_all(error: PlatformError) -> bool:
    """Whether the credential is refused, not what was asked for."""
    return isinstance(error, Refused) and error.reason != "forbidden"


def probe(client: RedditClient) -> None:
    """One call that every good credential may make. Raises what it means."""
    client.named(["announcements"])


def read(request: Request, response: Response, now: datetime) -> Page:
    """What one answer holds. Raises Malformed if it holds nothing but what is broken."""
    del now  # posts carry all moments that we store
    endpoint = endpoint_of(request)
    if endpoint is None:
        return Page()
    found = endpoint.parse(response.json())
    if found.broken and not found.things:
        raise found.broken[0].error
    theirs = models.by_author if endpoint.name == "submitted" else models.by_subreddit
    return replace(models.page_of(found, theirs), accounts=models.facts_of(found))


def collect(client: RedditClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """New posts and figures that are due. Ends early when Reddit gives no answer twice in a row."""
    yield from _Round(client, targets, now).pages()


def again(client: RedditClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """The posts that are due, and how their subreddits stand; nothing new."""
    yield from _Round(client, targets, now).due()


def comments(
    client: RedditClient, account: str, post_ids: Sequence[str], now: datetime
) -> Iterator[Page]:
    """The comments of posts, with those that a tree leaves out, up to some calls for each post."""
    del now
    limits = client.terms.batch
    for post_id in post_ids:
        try:
            tree = client.tree(post_id)
        except Gone:  # this is found where its figures are read
            continue
        yield models.comments_of(tree, account)
        left_out = [f"t1_{child}" for more in tree.of(More) for child in more.children]
        for fullnames in batches(left_out, limits["info"])[: limits["more"]]:
            yield models.comments_of(client.info(fullnames), account)


def rankings(client: RedditClient, place: str, now: datetime) -> Page:
    """The posts of `r/<name>/hot` or `r/<name>/top` (of the last 24 hours), best first."""
    match = re.fullmatch(r"r/([\w-]+)/(hot|top)", place, re.ASCII)
    if not match:
        raise ValueError("Such a list is called r/name/hot or r/name/top.")
    return models.ranking_of(client.posts([match[1]], match[2]), place, now)


class _Round:
    """One collection of many accounts with one credential."""

    def __init__(self, client: RedditClient, targets: Sequence[Target], now: datetime) -> None:
        self.client = client
        self.targets = targets
        self.now = now
        self.handles = {target.account: target.handle for target in targets}
        self.seen: set[tuple[str, str]] = set()  # (account, post) that were read in this round
        self.closed: set[str] = set()  # accounts that are not to be seen
        self.doubts: dict[str, PlatformError] = {}  # a listing is gone: closed, or only renamed?
        self.complete: list[str] = []  # accounts whose new posts were read to the end
        self.breaker = Breaker(OUTAGE)

    def pages(self) -> Iterator[Page]:
        """All of it. Who is new comes last: all that Reddit shows of them takes many calls."""
        for members in self._feeds():
            yield from self._halving(members, self._new_posts, lambda t: [t.account])
        people = [t.account for t in self.targets if _is_person(t) and self._doubtful(t)]
        yield self._standing(people, {})
        yield from self.due()
        yield self._completed()
        for target in self.targets:
            if _is_new(target) and target.account not in self.closed:
                yield from self._halving([target], self._new_posts, lambda t: [t.account])
                yield self._completed()
        yield Page(failed=self.doubts)

    def due(self) -> Iterator[Page]:
        """Posts whose figures are due, unless this round has read them."""
        wanted = self._wanted()
        for fullnames in batches(list(wanted), self.client.terms.batch["info"]):
            yield from self._halving(fullnames, partial(self._info, wanted), wanted.__getitem__)

    def _completed(self) -> Page:
        """Whose new posts were read. Not a closed one: a listing of many leaves it out silently."""
        done, self.complete = [a for a in self.complete if a not in self.closed], []
        return Page(read={"posts": done})

    def _feeds(self) -> Sequence[Sequence[Target]]:
        """Who is read in one listing: a group of subreddits, or one person."""
        known = [t for t in self.targets if not _is_new(t)]
        # One that was not read for long makes its group go back far: keep such together.
        known.sort(key=lambda t: t.read_at.get("posts", self.now), reverse=True)
        by_handle = {t.handle: t for t in known if not _is_person(t)}
        packs = self.client.packed(list(by_handle), "group")
        people = [[t] for t in known if _is_person(t)]
        return [[by_handle[name] for name in names] for names in packs] + people

    def _halving(
        self,
        items: Sequence[T],
        work: Callable[[Sequence[T]], Iterator[Page]],
        accounts_of: Callable[[T], Collection[str]],
    ) -> Iterator[Page]:
        """Do it; where it fails, by halves, until those are found for whom it fails."""
        try:
            yield from work(items)
            self.breaker.hear()
        except (Gone, Malformed, Refused, Unavailable) as error:
            self.breaker.hear(error)
            if _stops_all(error):
                raise
            if len(items) > 1 and isinstance(error, Gone | Refused | TooLong):
                for half in batches(items, (len(items) + 1) // 2):
                    yield from self._halving(half, work, accounts_of)
                return
            accounts = [account for item in items for account in accounts_of(item)]
            self.doubts |= dict.fromkeys(accounts, error) if isinstance(error, Gone) else {}
            yield Page(failed={} if isinstance(error, Gone) else dict.fromkeys(accounts, error))

    def _new_posts(self, members: Sequence[Target]) -> Iterator[Page]:
        """Page by page until all that is known is reached; a group too busy for that is split.

        If a limit ends the round before, the next one goes back as far again.
        """
        limits = self.client.terms.batch
        after, cursors, count = None, set[str | None]({None}), 0
        for _ in range(limits["pages"]):
            found = self._listing(members, after)
            count += len(found.things)
            yield self._posts_page(members, found)
            after, ended = found.after, found.after in cursors
            reached = all(_reached(target, found) for target in members)
            if reached or ended:
                break
            cursors.add(after)
        # Of a single account Reddit shows no more than that, whether or not it was all.
        exhausted = ended and count < NEARLY_ALL * limits["listing"] * limits["pages"]
        if reached or exhausted or len(members) == 1:
            self.complete += [target.account for target in members]
        else:
            for half in batches(members, (len(members) + 1) // 2):
                yield from self._halving(half, self._new_posts, lambda t: [t.account])

    def _listing(self, members: Sequence[Target], after: str | None) -> Listing:
        names = [self.handles[target.account] for target in members]
        if _is_person(members[0]):
            return self.client.submitted(names[0].removeprefix(PERSON), after=after)
        return self.client.posts(names, after=after)

    def _posts_page(self, members: Sequence[Target], found: Listing) -> Page:
        accounts = {target.account for target in members}
        person = members[0].account if _is_person(members[0]) else None
        page = models.page_of(found, lambda post: accounts & {person or post.subreddit_id})
        for row in page.rows.get(models.Post, ()):
            self.seen.add((row["account"], row["external_id"]))
        return replace(page, failed={a: e for a, e in page.failed.items() if a in accounts})

    def _wanted(self) -> dict[str, list[str]]:
        """Fullname -> accounts for which it is asked, and first how their subreddit stands:
        a closed one hides all its posts, and they are not gone."""
        subreddits, posts = dict[str, list[str]](), dict[str, list[str]]()
        for target in self.targets:
            due = [p for p in target.due_ids if (target.account, p) not in self.seen]
            if not _is_person(target) and (due or self._doubtful(target)):
                subreddits[target.account] = [target.account]
            for post_id in due:
                posts.setdefault(f"t3_{post_id}", []).append(target.account)
        return subreddits | posts

    def _doubtful(self, target: Target) -> bool:
        """Whether it is time to ask how an account stands."""
        due = target.is_due("about", every=self.client.terms.every["about"], now=self.now)
        return due or target.account in self.doubts

    def _info(self, wanted: Mapping[str, list[str]], fullnames: Sequence[str]) -> Iterator[Page]:
        found = self.client.info(fullnames)
        asked = [name for name in fullnames if name.startswith("t5_")]
        yield self._standing(asked, {s.name: s for s in found.of(Subreddit)})
        page = models.page_of(found, lambda post: wanted.get(f"t3_{post.id}", ()))
        yield replace(page, failed={a: e for a, e in page.failed.items() if a in self.handles})
        yield Page(vanished={models.Post: self._missing(wanted, fullnames, found)})

    def _missing(
        self, wanted: Mapping[str, list[str]], fullnames: Sequence[str], found: Listing
    ) -> list[tuple[str, str]]:
        """Posts that Reddit leaves out although their subreddit is open."""
        there = {f"t3_{post.id}" for post in found.of(records.Post)}
        there |= {broken.fullname or "" for broken in found.broken}
        posts = [name for name in fullnames if name.startswith("t3_")]
        gone = [(a, n[3:]) for n in posts if n not in there for a in wanted[n]]
        gone = [(a, id_) for a, id_ in gone if a not in self.closed]
        if "" in there or len(gone) >= max(UNLIKELY, len(posts)):
            raise Unavailable("Reddit left out more posts than can have vanished.")
        return gone

    def _standing(self, accounts: Sequence[str], known: Mapping[str, Subreddit]) -> Page:
        """How these accounts stand: their facts, or why they are closed."""
        found = {a: _facts(self.client, self.handles[a], known.get(a), account=a) for a in accounts}
        failed = {a: error for a, error in found.items() if isinstance(error, PlatformError)}
        self.closed |= failed.keys()
        facts = [f for f in found.values() if isinstance(f, Facts)]
        renamed = {f.account: f.handle for f in facts if f.handle != self.handles[f.account]}
        self.handles |= renamed
        settled = failed.keys() | renamed.keys()
        self.doubts = {a: error for a, error in self.doubts.items() if a not in settled}
        return Page(accounts=facts, failed=failed, read={"about": [f.account for f in facts]})


def _is_person(target: Target) -> bool:
    return target.handle.startswith(PERSON)


def _is_new(target: Target) -> bool:
    return target.newest_id is None and "posts" not in target.read_at


def _reached(target: Target, found: Listing) -> bool:
    """Whether a page goes back to the last round (a quiet subreddit's newest post may be a year
    old). Its last post counts, as old ones may be pinned on top."""
    posts = found.of(records.Post)
    if not posts or _is_new(target):
        return False
    if since := target.read_at.get("posts"):
        return posts[-1].created_utc < since - OVERLAP
    return int(posts[-1].id, 36) <= int(target.newest_id or "", 36)
