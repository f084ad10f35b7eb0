"""A client that speaks over the real transport to whatever handler a test gives it."""

import json
from collections import Counter
from datetime import UTC, datetime

from platforms import terms
from platforms.contract import Connection
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.simulation.wire import as_json
from platforms.twitch.client import API, ID, TwitchClient, TwitchCredentials

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
KNOWN = "known-token"
CLIENT_ID, SECRET = "abcdefghij0123456789klmnopqrst", "zyxwvutsrq9876543210ponmlkjihg"


class Books:
    """A budget that grants everything and writes down what happens to it."""

    def __init__(self):
        self.taken, self.lowered, self.blocked = Counter(), [], []

    def take(self, bucket, *, cost=1):
        self.taken[bucket] += cost

    def lower(self, bucket, *, remaining):
        self.lowered.append((bucket, remaining))

    def block(self, bucket, *, seconds):
        self.blocked.append((bucket, seconds))

    def charge(self, kind, ids):
        raise AssertionError(f"Twitch bills nothing, but {kind} {ids} was charged")


class Purse:
    """Holds the token."""

    def __init__(self, token=None):
        self.token, self.seconds = token, None

    def get(self):
        return self.token

    def put(self, token, *, seconds):
        self.token, self.seconds = token, seconds

    def forget(self):
        self.token = None


def client(handler, *, token=KNOWN, client_id=CLIENT_ID, secret=SECRET):
    """Its `calls`: what reached the platform; `books` and `purse`: what was kept of it."""
    calls, books, purse = [], Books(), Purse(token)

    def listening(call):
        calls.append(call)
        return handler(call)

    connection = Connection(
        credentials=TwitchCredentials(client_id=client_id, client_secret=secret),
        http=HttpClient(session=local_session(listening, (API, ID)), pause=lambda _: None),
        budget=books,
        tokens=purse,
        terms=terms.load("twitch"),
    )
    made = TwitchClient(connection)
    made.calls, made.books, made.purse = calls, books, purse
    return made


def answering(*answers):
    """A handler that gives these answers one after the other, the last one for ever."""
    left = list(answers)
    return lambda _call: left.pop(0) if len(left) > 1 else left[0]


def listing(*items, cursor=None, **more):
    """A good answer."""
    return as_json(
        {"data": list(items), "pagination": {"cursor": cursor} if cursor else {}, **more}
    )


def refusal(status, message=""):
    """An answer of helix that refuses."""
    return as_json({"error": "Some Error", "status": status, "message": message}, status=status)


def stream(user="101", id_="4001", **more):
    """A broadcast as helix tells of it."""
    return {
        "id": id_, "user_id": user, "user_login": "somebody", "user_name": "Somebody",
        "game_id": "509658", "game_name": "Just Chatting", "type": "live", "title": "Hello",
        "tags": ["English"], "viewer_count": 321, "started_at": "2026-11-24T10:00:00Z",
        "language": "en", "thumbnail_url": "", "tag_ids": [], "is_mature": False, **more,
    }  # fmt: skip


def video(user="101", id_="2001", stream_id="4001", **more):
    """A recording as helix tells of it."""
    return {
        "id": id_, "user_id": user, "stream_id": stream_id, "type": "archive", "title": "Hello",
        "created_at": "2026-11-24T06:00:00Z", "published_at": "2026-11-24T06:00:00Z",
        "view_count": 55, "language": "en", "duration": "3h8m33s", **more,
    }  # fmt: skip


def channel(id_="101", login="somebody", name="Somebody"):
    """A channel as helix tells of it."""
    return {"broadcaster_id": id_, "broadcaster_login": login, "broadcaster_name": name}


def body(answer):
    """What an answer says."""
    return json.loads(answer.body)
