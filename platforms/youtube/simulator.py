"""YouTube as a simulated platform: the calls of our client, answered from a seeded world.

A broadcast is announced some hours before it begins, and stands where it was announced: below
videos that came out meanwhile.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

from platforms import terms
from platforms.http import Request
from platforms.simulation.accounts import Account
from platforms.simulation.dice import unit
from platforms.simulation.posts import Comment, Post
from platforms.simulation.windows import DailyQuota
from platforms.simulation.wire import Answer, Call, as_json
from platforms.simulation.world import World
from platforms.terms import Quota
from platforms.youtube.client import HOSTS, endpoint_of

ANNOUNCED = timedelta(hours=6)  # before a broadcast begins
SKIPPED = 0.01  # share of sound ids that batchGetStats leaves out: it is not atomic
Body = dict[str, Any]

# Name -> status, reason, domain, words, and the newer form's reason, where it is told beside it. A
# key that begins with one of the first four names meets that refusal; every other key is good.
_PER = "Quota exceeded for quota metric 'Queries' and limit 'Queries per"
REFUSALS = {
    "wrong": (400, "badRequest", "global", "API key not valid.", "API_KEY_INVALID"),
    "expired": (400, "badRequest", "global", "API key expired.", "API_KEY_INVALID"),
    "disabled": (403, "accessNotConfigured", "usageLimits", "It is disabled.", "SERVICE_DISABLED"),
    "blocked": (403, "forbidden", "global", "Blocked.", "API_KEY_IP_ADDRESS_BLOCKED"),
    "minute": (429, "rateLimitExceeded", "global", f"{_PER} minute'.", "RATE_LIMIT_EXCEEDED"),
    "search": (429, "rateLimitExceeded", "global", f"{_PER} day'.", "RATE_LIMIT_EXCEEDED"),
    "batch_get_stats": (429, "rateLimitExceeded", "global", f"{_PER} day'.", "RATE_LIMIT_EXCEEDED"),
    "units": (403, "quotaExceeded", "youtube.quota", "You have exceeded your quota.", ""),
    "no list": (404, "playlistNotFound", "youtube.playlistItem", "It cannot be found.", ""),
    "no video": (404, "videoNotFound", "youtube.commentThread", "It cannot be found.", ""),
    "no comments": (403, "commentsDisabled", "youtube.commentThread", "They are off.", ""),
    "no ids": (400, "missingRequiredParameter", "youtube.parameter", "No filter selected.", ""),
    "many ids": (400, "invalidFilters", "youtube.parameter", "At most 50 ids.", ""),
    "size": (400, "invalidParameter", "global", "The value is out of range.", ""),
    "token": (400, "invalidPageToken", "youtube.parameter", "It is no page token.", ""),
}
BAD_KEYS = ("wrong", "expired", "disabled", "blocked")


class Refusal(Exception):
    """Another answer than the one that was asked for, by its name in `REFUSALS`."""

    def answer(self) -> Answer:
        """The body of an error of Google's."""
        status, reason, domain, text, exact = REFUSALS[str(self)]
        fault = {"message": text, "domain": domain, "reason": reason}
        details = [{"reason": exact, "domain": "googleapis.com"}] if exact else []
        error = {"code": status, "message": text, "errors": [fault], "details": details}
        return as_json({"error": error}, status=status)


class YoutubeSimulator:
    """One simulated YouTube. `spent`: bucket -> units since it was made."""

    hosts = HOSTS

    def __init__(self, world: World) -> None:
        self.world = world
        self.spent: Counter[str] = Counter()
        buckets = terms.load("youtube").buckets.items()
        self._quotas = {
            n: DailyQuota(b.per_day, b.zone) for n, b in buckets if isinstance(b, Quota)
        }
        # Call -> kind, largest and usual page, what finds so many things, what describes one.
        self._calls: dict[str, tuple[str, int, int, Callable[..., Any], Callable[..., Body]]] = {
            "channels": ("channelList", 50, 5, self._channels, _channel),
            "playlist_items": ("playlistItemList", 50, 5, self._uploads, _playlist_item),
            "videos": ("videoList", 50, 50, self._videos, _video),
            "batch_get_stats": ("batchGetStats", 50, 50, self._most_videos, _stats),
            "comment_threads": ("commentThreadList", 100, 20, self._comments, _thread),
            "search": ("searchList", 50, 5, self._search, _found),
        }

    def answer(self, call: Call) -> Answer:
        """Answer as YouTube would: the key, then the quota, then the form, then the content."""
        endpoint = endpoint_of(Request(call.method, f"https://{call.host}{call.path}"))
        if endpoint is None or call.method != "GET":
            return Answer(status=404, body=b"<!DOCTYPE html><title>Error 404</title>")
        try:
            self._let_in(call.param("key", "wrong"), endpoint.bucket)
            return self._dated(as_json(self._page(call, endpoint.name)))
        except Refusal as refusal:
            return self._dated(refusal.answer())

    def limited(self, call: Call) -> Answer:
        """What YouTube answers to too many calls a minute."""
        del call  # the same for all
        return self._dated(Refusal("minute").answer())

    def _let_in(self, key: str, bucket: str) -> None:
        if bad := next(filter(key.startswith, BAD_KEYS), None):
            raise Refusal(bad)
        if not self._quotas[bucket].spend(key, self.world.now).ok:
            raise Refusal(bucket)
        self.spent[bucket] += 1

    def _dated(self, answer: Answer) -> Answer:
        headers = {"Date": format_datetime(self.world.now.astimezone(UTC), usegmt=True)}
        return replace(answer, headers={**answer.headers, **headers})

    def _page(self, call: Call, name: str) -> Body:
        kind, most, usual, find, describe = self._calls[name]
        asked, start = call.param("maxResults", str(usual)), _token(call)
        size = int(asked) if asked.isdecimal() else most + 1
        if size > most:
            raise Refusal("size")
        found = find(call, start + size + 1)
        shown = [describe(thing, self.world.now) for thing in found[start : start + size]]
        parts = {"kind", "etag", "id", *call.listed("part")}
        items = [{key: whole[key] for key in whole if key in parts} for whole in shown]
        body: Body = {"kind": f"youtube#{kind}Response", "etag": "e", "items": items}
        if name != "batch_get_stats":
            body["pageInfo"] = {"totalResults": len(found), "resultsPerPage": len(items)}
        if len(found) > start + size:
            body["nextPageToken"] = urlsafe_b64encode(f"{start + size:06}".encode()).decode()
        return body

    def _open(self) -> list[Account]:
        return [a for a in self.world.accounts("youtube") if a.state_at(self.world.now) == "active"]

    def _channels(self, call: Call, _: int) -> list[Account]:
        names = {name.removeprefix("@").lower() for name in call.listed("forHandle")}
        if not names:
            return [account for account in self._open() if channel_id(account) in _ids(call)]
        return [a for a in self._open() if a.handle_at(self.world.now).lower() in names]

    def _search(self, call: Call, _: int) -> list[Account]:
        words = call.param("q").lower().split()
        said = {account: f"{account.title} {account.topics}".lower() for account in self._open()}
        return [account for account in said if any(word in said[account] for word in words)]

    def _uploads(self, call: Call, count: int) -> list[Post]:
        """What a channel shows, the newest first, by when each was shown first."""
        channel = f"UC{call.param('playlistId').removeprefix('UU')}"
        account = next((a for a in self._open() if channel_id(a) == channel), None)
        if account is None or not account.posts_count_at(self.world.now):
            raise Refusal("no list")
        wanted = count
        while True:
            found = account.newest(wanted, until=self.world.now + ANNOUNCED)
            shown = [post for post in found if self._is_shown(post)]
            if len(shown) >= count or len(found) < wanted:
                return sorted(shown, key=lambda post: _moment(post, self.world.now), reverse=True)
            wanted *= 2

    def _is_shown(self, post: Post) -> bool:
        now = self.world.now
        there = post.account.state_at(now) == "active" and not post.removed_at(now)
        return there and _moment(post, now) <= now

    def _at(self, video: str) -> Post | None:
        accounts = self.world.accounts("youtube")
        known = len(video) == 11 and video.isdecimal() and int(video[:4]) < len(accounts)
        post = accounts[int(video[:4])].post(int(video[4:])) if known else None
        return post if post and self._is_shown(post) else None

    def _videos(self, call: Call, _: int) -> list[Post]:
        return [post for video in _ids(call) if (post := self._at(video))]

    def _most_videos(self, call: Call, count: int) -> list[Post]:
        now, found = self.world.now, self._videos(call, count)
        return [p for p in found if unit("skipped", video_id(p), now.date(), now.hour) >= SKIPPED]

    def _comments(self, call: Call, _: int) -> list[tuple[Post, Comment]]:
        post = self._at(call.param("videoId"))
        if post is None or post.comments_off:
            raise Refusal("no comments" if post else "no video")
        return [(post, comment) for comment in self.world.comments(post, self.world.now)[::-1]]


def _ids(call: Call) -> list[str]:
    ids = call.listed("id")
    if not ids or len(ids) > 50:
        raise Refusal("many ids" if ids else "no ids")
    return ids


def _token(call: Call) -> int:
    token = call.param("pageToken")
    try:
        return int(urlsafe_b64decode(token.encode())) if token else 0
    except ValueError:
        raise Refusal("token") from None


def channel_id(account: Account) -> str:
    """UC and 22 characters."""
    return f"UCtidewatch{account.index:013}"


def video_id(post: Post) -> str:
    """Eleven characters."""
    return f"{post.account.index:04}{post.number:07}"


def _thing(noun: str, name: str | Body, **parts: Body) -> Body:
    return {"kind": f"youtube#{noun}", "etag": "e", "id": name, **parts}


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _told(**figures: int | None) -> Body:
    """Counters are decimal strings; a hidden one is left out."""
    return {name: str(figure) for name, figure in figures.items() if figure is not None}


def _channel(account: Account, now: datetime) -> Body:
    name, hidden, audience = channel_id(account), account.audience_hidden, account.audience_at(now)
    words = {"title": account.title, "description": account.description}
    words |= {"customUrl": f"@{account.handle_at(now)}", "publishedAt": _time(account.born_at)}
    rounded = None if hidden else round(audience, min(0, 3 - len(str(audience))))
    figures = _told(viewCount=account.views_at(now), subscriberCount=rounded)
    figures |= {"videoCount": str(account.posts_count_at(now)), "hiddenSubscriberCount": hidden}
    lists = {"relatedPlaylists": {"likes": "", "uploads": f"UU{name[2:]}"}}
    return _thing("channel", name, snippet=words, contentDetails=lists, statistics=figures)


def _found(account: Account, _: datetime) -> Body:
    name = {"kind": "youtube#channel", "channelId": channel_id(account)}
    words = {"title": account.title, "channelId": channel_id(account)}
    return _thing("searchResult", name, snippet=words)


def _moment(post: Post, now: datetime) -> datetime:
    """When it was published; of a broadcast that has not begun, when it was announced."""
    ahead = post.kind == "live" and now < post.published_at
    return post.published_at - (ANNOUNCED if ahead else timedelta())


def _words(post: Post, now: datetime) -> Body:
    words = {"title": post.title, "description": post.text, "channelTitle": post.account.title}
    return {
        "publishedAt": _time(_moment(post, now)),
        "channelId": channel_id(post.account),
        **words,
    }


def _playlist_item(post: Post, now: datetime) -> Body:
    name, words = video_id(post), _words(post, now)
    words["resourceId"] = {"kind": "youtube#video", "videoId": name}
    words["videoOwnerChannelId"] = words["channelId"]
    details = {"videoId": name, "videoPublishedAt": words["publishedAt"]}
    return _thing("playlistItem", f"UU{name}", snippet=words, contentDetails=details)


def _state(post: Post, now: datetime) -> str:
    over = post.published_at + timedelta(minutes=post.minutes)
    if post.kind != "live" or now >= over:
        return "none"
    return "upcoming" if now < post.published_at else "live"


def _seconds(post: Post, now: datetime) -> int:
    """A Short has less than a minute, a broadcast none before it is over."""
    whole = 0 if post.kind == "short" else post.minutes * 60
    return whole + 15 + post.number % 45 if _state(post, now) == "none" else 0


def _measured(noun: str, post: Post, now: datetime, *, duration: str, **more: Body) -> Body:
    told, details = post.figures_at(now), {"duration": duration}
    figures = _told(viewCount=told.views, likeCount=told.likes, commentCount=told.comments)
    return _thing(noun, video_id(post), contentDetails=details, statistics=figures, **more)


def _video(post: Post, now: datetime) -> Body:
    words = _words(post, now) | {"tags": list(post.tags), "categoryId": "22"}
    words |= {"liveBroadcastContent": _state(post, now), "defaultLanguage": post.lang}
    minutes, seconds = divmod(_seconds(post, now), 60)
    length = f"PT{minutes // 60}H{minutes % 60}M{seconds}S" if minutes or seconds else "P0D"
    return _measured("video", post, now, duration=length, snippet=words)


def _stats(post: Post, now: datetime) -> Body:
    return _measured("videoStats", post, now, duration=f"{_seconds(post, now)}s")


def _thread(found: tuple[Post, Comment], _: datetime) -> Body:
    (post, comment), video = found, video_id(found[0])
    name, moment = f"Ug{video}{comment.number:05}", _time(comment.published_at)
    words: Body = {"authorDisplayName": f"@{comment.author}", "textDisplay": comment.text}
    words |= {"videoId": video, "likeCount": comment.likes, "publishedAt": moment}
    top = _thing("comment", name, snippet=words)
    about = {"channelId": channel_id(post.account), "videoId": video, "topLevelComment": top}
    return _thing("commentThread", name, snippet=about)
