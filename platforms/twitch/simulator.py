"""Twitch as a simulated platform: the calls of our client, answered from a seeded world.

Ids are like real ones: numbers in text that grow with time; the last four digits of a broadcast's
tell the account. Every third channel announces its next broadcasts.
"""

import hashlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from platforms.simulation.accounts import Account
from platforms.simulation.dice import unit
from platforms.simulation.grammar import TOPICS
from platforms.simulation.posts import Post
from platforms.simulation.windows import FixedWindow, Spent
from platforms.simulation.wire import Answer, Call, as_json
from platforms.simulation.world import World
from platforms.twitch.client import API, ID, TOKEN, endpoint_of

FIRST_USER, FIRST_GAME = 100_000_000, 500_000
PER_MINUTE = 800
MOST, MOST_SEGMENTS = 100, 25
KEPT = timedelta(days=60)  # how long a recording can be watched
PICTURE = "https://static-cdn.jtvnw.net/picture-{width}x{height}.jpg"
CHANNEL = ("broadcaster_id", "broadcaster_login", "broadcaster_name")
USER = ("user_id", "user_login", "user_name")
Body = dict[str, Any]


class Refusal(Exception):
    """What helix answers instead: {"error","status","message"}."""

    def __init__(self, status: int, message: str = "") -> None:
        super().__init__(message)
        body = {"error": HTTPStatus(status).phrase, "status": status, "message": message}
        self.answer = as_json(body, status=status)


class TwitchSimulator:
    """One simulated Twitch.

    A client ID that begins with "wrong" is unknown, a secret that begins so is not its own; every
    other pair is good. `poisoned`: user ids that make a whole batch of /channels answer 500.
    """

    hosts: tuple[str, ...] = (API, ID)

    def __init__(self, world: World) -> None:
        self.world = world
        self.poisoned: set[str] = set()
        self._window = FixedWindow(PER_MINUTE, 60)

    def answer(self, call: Call) -> Answer:
        """Answer as Twitch would."""
        if call.host == ID:
            return self._token(call)
        try:
            spent = self._window.spend(self._client(call), self.world.now)
            if not spent.ok:
                return self._too_many(spent)
            return as_json(self._content(call), headers=self._headers(spent))
        except Refusal as refusal:
            return refusal.answer

    def limited(self, call: Call) -> Answer:
        """What Twitch answers to this call beyond its limit."""
        del call  # the same for every call
        return self._too_many(Spent(ok=False, remaining=0, reset_at=self.world.now))

    def _token(self, call: Call) -> Answer:
        form = parse_qs(call.body.decode(errors="replace"))
        client, secret = (form.get(name, [""])[0] for name in ("client_id", "client_secret"))
        for wrong, status, message in (
            (call.path != TOKEN.path, 404, "not found"),
            (not client, 400, "missing client id"),
            (client.startswith("wrong"), 400, "invalid client"),
            (not secret or secret.startswith("wrong"), 403, "invalid client secret"),
        ):
            if wrong:
                return as_json({"status": status, "message": message}, status=status)
        token = {"access_token": self._sign(client), "expires_in": 5_000_000}
        return as_json({**token, "token_type": "bearer"})

    def _sign(self, client: str) -> str:
        return hashlib.sha256(f"{self.world.seed} {client}".encode()).hexdigest()[:30]

    def _client(self, call: Call) -> str:
        client = call.headers.get("client-id", "")
        if not client or call.headers.get("authorization") != f"Bearer {self._sign(client)}":
            raise Refusal(401, "Invalid OAuth token" if client else "Client ID is missing")
        return client

    def _headers(self, spent: Spent) -> dict[str, str]:
        return {
            "Date": format_datetime(self.world.now, usegmt=True),
            "Ratelimit-Limit": str(PER_MINUTE),
            "Ratelimit-Remaining": str(spent.remaining),
            "Ratelimit-Reset": str(int(spent.reset_at.timestamp()) + 1),
        }

    def _too_many(self, spent: Spent) -> Answer:
        body = {"error": "Too Many Requests", "status": 429, "message": "Request limit exceeded"}
        return as_json(body, status=429, headers=self._headers(spent))

    def _content(self, call: Call) -> Body:
        """Each endpoint has a method of its name."""
        endpoint = endpoint_of(f"https://{call.host}{call.path}")
        if endpoint is None:
            raise Refusal(404)
        content: Body = getattr(self, endpoint.name)(call)
        return content

    def users(self, call: Call) -> Body:
        """Accounts by id or login."""
        ids, logins = call.params.get("id", []), [x.lower() for x in call.params.get("login", [])]
        if not ids and not logins:
            raise Refusal(400, "Must provide an ID, Login or OAuth Token")
        _at_most(MOST, len(ids) + len(logins), "id")
        chosen = [a for a in self._shown() if user_id(a) in ids or self._login(a) in logins]
        return {"data": [self._user(account) for account in chosen]}

    def channels(self, call: Call) -> Body:
        """What channels show, or showed last."""
        ids = call.params.get("broadcaster_id", [])
        if not ids:
            raise Refusal(400, 'Missing required parameter "broadcaster_id"')
        _at_most(MOST, len(ids), "broadcaster_id")
        if self.poisoned & {*ids}:
            raise Refusal(500)
        return {"data": [self._channel(a) for a in self._shown() if user_id(a) in ids]}

    def streams(self, call: Call) -> Body:
        """Who is on air."""
        ids = call.params.get("user_id", [])
        _at_most(MOST, len(ids), "user_id")
        shown = (a for a in self._shown() if not ids or user_id(a) in ids)
        live = [post for account in shown if (post := account.stream_at(self.world.now))]
        found = [self._stream(post) for post in live]
        return _paged(call, sorted(found, key=lambda stream: -stream["viewer_count"]))

    def videos(self, call: Call) -> Body:
        """Recordings, newest first."""
        account, now = self._account(call.param("user_id")), self.world.now
        posts = account.posts(now - KEPT, now) if account else []
        return _paged(call, [self._video(post) for post in posts if not post.removed_at(now)])

    def followers(self, call: Call) -> Body:
        """An app token is told the total only."""
        if not (id_ := call.param("broadcaster_id")):
            raise Refusal(400, "the broadcaster id was not provided")
        total = a.audience_at(self.world.now) if (a := self._account(id_)) else 0
        return {"total": total, "data": [], "pagination": {}}

    def games_top(self, call: Call) -> Body:
        """Categories; their order changes from day to day."""
        today = self.world.now.date().toordinal()
        ranked = sorted(TOPICS, key=lambda topic: unit("games", self.world.seed, topic, today))
        more = {"box_art_url": PICTURE, "igdb_id": ""}
        return _paged(call, [{"id": _game_id(topic), "name": topic, **more} for topic in ranked])

    def schedule(self, call: Call) -> Body:
        """Some evenings of the coming week."""
        _at_most(MOST_SEGMENTS, int(call.param("first", "20")), "first")
        account = self._account(call.param("broadcaster_id"))
        if account is None or account.index % 3:
            raise Refusal(404, "segments were not found")
        local = self.world.now.astimezone(ZoneInfo(account.zone))
        evening = local.replace(hour=19, minute=0, second=0, microsecond=0)
        days = [evening + timedelta(days=day) for day in (1, 3, 5)]
        segments = [_segment(account, day.astimezone(UTC)) for day in days]
        found = self._names(account, *CHANNEL) | {"segments": segments, "vacation": None}
        return {"data": found, "pagination": {}}

    def search_channels(self, call: Call) -> Body:
        """Channels by their name and description."""
        words = call.param("query").lower()
        found = [a for a in self._shown() if words in f"{self._login(a)} {a.description}".lower()]
        return _paged(call, [self._found(account) for account in found])

    def _shown(self) -> list[Account]:
        """Closed accounts are left out of every answer."""
        now = self.world.now
        return [a for a in self.world.accounts("twitch") if a.state_at(now) == "active"]

    def _account(self, id_: str) -> Account | None:
        return next((account for account in self._shown() if user_id(account) == id_), None)

    def _login(self, account: Account) -> str:
        return account.handle_at(self.world.now).lower()

    def _names(self, account: Account, id_: str, login: str, name: str) -> Body:
        return {id_: user_id(account), login: self._login(account), name: account.title}

    def _user(self, account: Account) -> Body:
        kind = ("partner", "affiliate", "")[account.index % 3]
        return self._names(account, "id", "login", "display_name") | {
            "type": "", "broadcaster_type": kind, "description": account.description,
            "profile_image_url": PICTURE, "offline_image_url": "", "view_count": 0,
            "created_at": _moment(account.born_at),
        }  # fmt: skip

    def _channel(self, account: Account) -> Body:
        return self._names(account, *CHANNEL) | _shows(*account.newest(1, until=self.world.now)) | {
            "broadcaster_language": account.lang, "delay": 0,
            "content_classification_labels": [], "is_branded_content": False,
        }  # fmt: skip

    def _found(self, account: Account) -> Body:
        post = account.stream_at(self.world.now)
        names = self._names(account, "id", CHANNEL[1], "display_name")
        return names | _shows(*account.newest(1, until=self.world.now)) | {
            "broadcaster_language": account.lang, "tag_ids": [], "is_live": post is not None,
            "started_at": _moment(post.published_at) if post else "", "thumbnail_url": PICTURE,
        }  # fmt: skip

    def _stream(self, post: Post) -> Body:
        return self._names(post.account, *USER) | _shows(post) | {
            "id": stream_id(post), "type": "live",
            "viewer_count": post.viewers_at(self.world.now), "language": post.lang,
            "started_at": _moment(post.published_at), "thumbnail_url": PICTURE,
            "tag_ids": [], "is_mature": False,
        }  # fmt: skip

    def _video(self, post: Post) -> Body:
        """A recording; it grows while the broadcast is on air."""
        so_far = min(self.world.now - post.published_at, timedelta(minutes=post.minutes))
        id_, began = f"2{_minute(post)}", _moment(post.published_at)
        return self._names(post.account, *USER) | {
            "id": id_, "stream_id": stream_id(post), "type": "archive", "title": post.title,
            "description": "", "created_at": began, "published_at": began,
            "url": f"https://www.twitch.tv/videos/{id_}", "thumbnail_url": "",
            "viewable": "public", "view_count": post.figures_at(self.world.now).views or 0,
            "language": post.lang, "duration": _length(so_far), "muted_segments": None,
        }  # fmt: skip


def user_id(account: Account) -> str:
    """Users are numbered as they come."""
    return str(FIRST_USER + account.index)


def stream_id(post: Post) -> str:
    """Later broadcasts have greater ids."""
    return f"4{_minute(post)}"


def _minute(post: Post) -> str:
    """Minutes since 1970 and the account, which begins no two broadcasts in a minute."""
    return f"{int(post.published_at.timestamp()) // 60:08d}{post.account.index:04d}"


def _game_id(topic: str) -> str:
    return str(FIRST_GAME + TOPICS.index(topic))


def _shows(post: Post | None = None) -> Body:
    if post is None:
        return {"game_id": "", "game_name": "", "title": "", "tags": []}
    words = {"title": post.title, "tags": [*post.tags]}
    return {"game_id": _game_id(post.topic), "game_name": post.topic, **words}


def _segment(account: Account, begin: datetime) -> Body:
    words, topic = f"{account.index} {begin:%Y%m%d}", account.topics[0]
    return {
        "id": b64encode(words.encode()).decode(), "title": f"{topic} together",
        "start_time": _moment(begin), "end_time": _moment(begin + timedelta(hours=3)),
        "category": {"id": _game_id(topic), "name": topic},
        "canceled_until": None, "is_recurring": True,
    }  # fmt: skip


def _paged(call: Call, items: Sequence[Body]) -> Body:
    size, after = int(call.param("first", "20")), call.param("after")
    _at_most(MOST, size, "first")
    begin = int(b64decode(after) or 0)
    rest = b64encode(str(begin + size).encode()).decode()
    more = {"cursor": rest} if begin + size < len(items) else {}
    return {"data": [*items[begin : begin + size]], "pagination": more}


def _at_most(most: int, asked: int, parameter: str) -> None:
    words = f"the value must be less than or equal to {most}"
    if asked > most:
        raise Refusal(400, f'The parameter "{parameter}" was malformed: {words}')


def _length(length: timedelta) -> str:
    minutes, seconds = divmod(int(length.total_seconds()), 60)
    return f"{minutes // 60}h{minutes % 60}m{seconds}s".removeprefix("0h").removeprefix("0m")


def _moment(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"
