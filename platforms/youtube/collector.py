"""Collects channels with as few units as YouTube's quota lets.

One unit reads 50 channels' figures, one the newest 50 uploads of a channel, one the details and
figures of 50 new videos of any channels; figures of older videos come from a bucket of their own.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import unquote

from platforms.batches import batches
from platforms.breaker import Breaker
from platforms.contract import Facts, Found, Page, Target
from platforms.errors import Gone, Malformed, PlatformError, QuotaSpent, Unavailable
from platforms.http import Request, Response
from platforms.youtube import client as wire
from platforms.youtube.client import YoutubeClient, endpoint_of, listing
from platforms.youtube.models import (
    Video,
    channel_facts,
    channels_page,
    comments_page,
    found_page,
    uploads_page,
    video_row,
    videos_page,
)
from platforms.youtube.records import Channel, Listing, PlaylistItem
from platforms.youtube.records import Video as VideoRecord

OUTAGE = 2
LATE = 24 * 60  # minutes; then known videos wait no longer for room in a call for new ones
CHANNEL_ID = re.compile(r"UC[A-Za-z0-9_-]{22}")
_HANDLE = re.compile(r"@?[\w.·-]{3,30}")
_SITES = {"youtube.com", "www.youtube.com", "m.youtube.com", "music.youtube.com", "youtu.be"}
_OLD = {"c", "user"}
_NOT_THERE = "YouTube shows no such channel. It may be closed, or the handle has changed."


# --- Names ----------------------------------------------------------------------------------------
def parse_handle(text: str) -> str:
    """A handle (@name) or channel id (UC…) from what a person typed or pasted.

    Raises ValueError with a sentence for them.
    """
    name = text.strip()
    site, _, path = name.partition("://")[2 if "://" in name else 0].partition("/")
    if site.lower() in _SITES:
        name = _name_in(unquote(re.split(r"[?#]", path)[0]))
    if CHANNEL_ID.fullmatch(name):
        return name
    if "/" in name or not _HANDLE.fullmatch(name):
        raise ValueError("Enter a channel's @handle, its id (UC…) or the address of its page.")
    return f"@{name.removeprefix('@')}"


def _name_in(path: str) -> str:
    first, second, *_ = [*path.strip("/").split("/"), "", ""]
    if first.startswith("@"):
        return first
    if first == "channel" and CHANNEL_ID.fullmatch(second):
        return second
    if first in _OLD:
        raise ValueError(
            f"YouTube's old /{first}/ addresses cannot be looked up. Open the page and copy the "
            "@handle under the channel's name."
        )
    raise ValueError("This is not the address of a channel. It looks like youtube.com/@handle.")


def resolve(client: YoutubeClient, handles: Sequence[str]) -> Found:
    """Handles and ids -> facts. 50 ids cost one unit, each handle costs one."""
    found: dict[str, Facts | PlatformError] = {}
    ids = [handle for handle in handles if CHANNEL_ID.fullmatch(handle)]
    for batch in batches(ids, client.terms.batch["channels"]):
        found |= _told(client.channels(batch), batch)
    for handle in set(handles) - set(ids):
        answer = client.channel_of(handle)
        found[handle] = next(map(channel_facts, answer.items), Gone(_NOT_THERE, "unknown"))
    return found


def _told(answer: Listing[Channel], asked: Iterable[str]) -> dict[str, Facts | PlatformError]:
    """What became of each id that was asked for."""
    told: dict[str, Facts | PlatformError] = {}
    told |= dict.fromkeys(asked, answer.nameless or Gone(_NOT_THERE, "unknown"))
    told |= {account: error for account, error in answer.broken if account in told}
    return told | {channel.id: channel_facts(channel) for channel in answer.items}


def search(client: YoutubeClient, text: str) -> Sequence[Facts]:
    """Channels found by words: one of the day's 100 searches, and a unit for their figures."""
    ids = [item.found_channel_id for item in client.search_channels(text).items]
    wanted = list(dict.fromkeys(account for account in ids if account))
    if not wanted:
        return []
    told = _told(client.channels(wanted), wanted)
    return [facts for account in wanted if isinstance(facts := told[account], Facts)]


# --- Collecting -----------------------------------------------------------------------------------
def collect(client: YoutubeClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """Read channels, their newest uploads, and the figures that are due.

    What one channel gets wrong is in `Page.failed`. Raises RateLimited, Refused, QuotaSpent, and
    Unavailable when two channels in a row get no answer.
    """
    run = _Run(client, targets, now)
    try:
        yield from run.channels()
        yield from run.uploads()
    except QuotaSpent:
        yield from run.figures()  # they have a bucket of their own
        raise
    yield from run.figures()
    yield from run.details()


def again(client: YoutubeClient, targets: Sequence[Target], now: datetime) -> Iterator[Page]:
    """Channels, and their videos that are due. Only videos.list says that one is gone."""
    run = _Run(client, targets, now)
    run.waiting = {video: target.account for target in targets for video in target.due_ids}
    yield from run.channels()
    yield from run.details()


class _Run:
    """One collection of many channels with one key."""

    def __init__(self, client: YoutubeClient, targets: Sequence[Target], now: datetime) -> None:
        self.client, self.now = client, now
        self.batch = client.terms.batch
        self.targets = {target.account: target for target in targets}
        self.lists: dict[str, str] = {}  # channel -> its uploads list
        self.gone: set[str] = set()
        self.waiting: dict[str, str] = {}  # video whose details are to be read -> its channel
        self.again: dict[str, str] = {}  # known videos to be read again where there is room
        self.late: set[str] = set()  # channels whose such videos wait no longer for room
        self.detailed: set[str] = set()

    def channels(self) -> Iterator[Page]:
        """Names and figures; a channel that is left out is gone."""
        for batch in batches(list(self.targets), self.batch["channels"]):
            answer = self.client.channels(batch)
            told = _told(answer, batch)
            failed = {a: e for a, e in told.items() if isinstance(e, PlatformError)}
            self.gone |= failed.keys()
            self.lists |= {channel.id: _uploads_of(channel) for channel in answer.items}
            there = [facts for facts in told.values() if isinstance(facts, Facts)]
            yield Page(accounts=there, failed=failed, read={"channel": [f.account for f in there]})

    def uploads(self) -> Iterator[Page]:
        """Newest uploads of each channel, and the details of new ones, packed over channels."""
        breaker = Breaker(OUTAGE)
        for account in [account for account in self.lists if account in self.targets]:
            try:
                yield from self._uploads(self.targets[account])
                breaker.hear()
            except (Gone, Malformed, Unavailable) as error:
                breaker.hear(error)
                yield Page(failed={account: error})
            while len(self.waiting) >= self.batch["videos"]:
                yield self._details()

    def _uploads(self, target: Target) -> Iterator[Page]:
        """The whole first page: premieres stand below older videos. More only the first time."""
        most = self.batch["first_uploads"] if target.newest_id is None else 1
        token, seen, read = "", {""}, 0
        while read < most:
            try:
                answer = self.client.playlist_items(self.lists[target.account], page=token)
            except Gone as error:
                if error.reason != "unknown":
                    raise
                answer = Listing[PlaylistItem](())  # a channel that has published nothing
            self._queue(answer, target, first=not token)
            yield uploads_page(answer, account=target.account)
            read += self.batch["playlist_items"]
            token = answer.next_page or ""
            if token in seen:  # the end, or a circle
                return
            seen.add(token)

    def _queue(self, answer: Listing[PlaylistItem], target: Target, *, first: bool) -> None:
        """Note whose details are to be read: new videos', now and then the newest ones' again."""
        shown = [item for item in answer.items if not item.hidden]
        new = {item.video_id for item in _newer(shown, target.newest_id)}
        if first and shown and target.newest_id not in {None, *(i.video_id for i in shown)}:
            new.add(str(target.newest_id))  # it may be gone; as long as it counts, all look new
        self.waiting |= dict.fromkeys(sorted(new), target.account)
        every = self.client.terms.every["details"]
        if first and target.is_due("details", every=every, now=self.now):
            self.again |= {i.video_id: target.account for i in shown[: self.batch["details_again"]]}
            if target.is_due("details", every=LATE, now=self.now):
                self.late.add(target.account)

    def figures(self) -> Iterator[Page]:
        """Figures that are due. videos.batchGetStats promises no completeness, so what it leaves
        out is asked for once more with the details: only videos.list says that a video is gone.
        """
        due = {
            video: target.account
            for target in self.targets.values()
            if target.account not in self.gone
            for video in target.due_ids
            if video not in self.detailed | self.waiting.keys()
        }
        for ids in batches(list(due), self.batch["batch_get_stats"]):
            try:
                answer = self.client.batch_stats(ids)
            except Malformed as error:
                yield Page(failed=dict.fromkeys(sorted({due[video] for video in ids}), error))
                continue
            yield Page(rows={Video: _rows_of(answer, due)})
            self.waiting |= {video: due[video] for video in ids if video not in _named(answer)}

    def details(self) -> Iterator[Page]:
        """What is still waiting, in as few calls as possible."""
        while self.waiting or self.late & set(self.again.values()):
            yield self._details()

    def _details(self) -> Page:
        """Details and figures of 50 videos. Those that are left out are deleted or private."""
        room = sorted(self.again.items(), key=lambda known: known[1] not in self.late)
        asked = dict([*self.waiting.items(), *room][: self.batch["videos"]])
        again = {self.again.pop(video) for video in asked if video in self.again}
        self.waiting = {v: account for v, account in self.waiting.items() if v not in asked}
        try:
            answer = self.client.videos(list(asked))
        except Malformed as error:
            return Page(failed=dict.fromkeys(sorted(set(asked.values())), error))
        self.detailed |= asked.keys()
        missing = [] if answer.nameless else sorted(asked.keys() - _named(answer))
        return Page(
            rows={Video: _rows_of(answer, asked)},
            vanished={Video: [(asked[video], video) for video in missing]},
            read={"details": sorted(again - set(self.again.values()))},
        )


def _uploads_of(channel: Channel) -> str:
    return channel.uploads or f"UU{channel.id.removeprefix('UC')}"


def _newer(items: Sequence[PlaylistItem], newest_id: str | None) -> Iterator[PlaylistItem]:
    """Items that stand above the newest known one, or were published after it."""
    place = next((n for n, item in enumerate(items) if item.video_id == newest_id), len(items))
    since = items[place].video_published_at if place < len(items) else None
    for number, item in enumerate(items):
        moment = item.video_published_at
        if number < place or (since and moment and moment > since):
            yield item


def comments(
    client: YoutubeClient, account: str, videos: Sequence[str], now: datetime
) -> Iterator[Page]:
    """The newest 100 comments of each video, a unit each. Comments that are off are no failure."""
    del now  # of the contract
    for video in videos:
        try:
            yield comments_page(client.comment_threads(video), account=account)
        except Gone:
            continue
        except Malformed as error:
            yield Page(failed={account: error})


def read(request: Request, response: Response, now: datetime) -> Page:
    """What one answer holds. An address that is none of ours holds nothing.

    Figures alone do not tell whose they are: such rows have the account ''.
    """
    del now  # of the contract
    endpoint = endpoint_of(request)
    if endpoint is None or request.method != "GET":
        return Page()
    return PAGES[endpoint.name](listing(endpoint, response))


PAGES: Mapping[str, Callable[[Any], Page]] = {
    wire.CHANNELS.name: channels_page,
    wire.PLAYLIST_ITEMS.name: uploads_page,
    wire.VIDEOS.name: videos_page,
    wire.BATCH_GET_STATS.name: videos_page,
    wire.COMMENT_THREADS.name: comments_page,
    wire.SEARCH.name: found_page,
}


def _rows_of(answer: Listing[VideoRecord], asked: Mapping[str, str]) -> list[dict[str, Any]]:
    return [video_row(video, asked[video.id]) for video in answer.items if video.id in asked]


def _named(answer: Listing[VideoRecord]) -> Collection[str]:
    """Ids that the answer holds, soundly or broken."""
    return {video.id for video in answer.items} | {name for name, _ in answer.broken if name}
