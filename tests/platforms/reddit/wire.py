"""A client of Reddit that speaks over the real transport to whatever handler a test gives it."""

from collections import Counter
from datetime import UTC, datetime

from platforms import terms
from platforms.contract import Connection, Target
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.reddit.client import RedditClient
from platforms.reddit.manifest import Credentials
from platforms.simulation.wire import as_json

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
HOSTS = ("www.reddit.com", "oauth.reddit.com", "api.reddit.com")
AGENT = "web:org.example.tidewatch:1.0 (by /u/alice_example)"
CLIENT_ID, SECRET = "abcdefghij0123456789", "zyxwvutsrq9876543210ABCDEF"
KNOWN = "known-token"
TOKEN = as_json({"access_token": "fresh", "token_type": "bearer", "expires_in": 86400})


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
        raise AssertionError(f"Reddit bills nothing, but {kind} {ids} was charged")


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


def client(handler, *, token=KNOWN, client_id=CLIENT_ID, books=None):
    """`calls` of the client: what reached Reddit; `books` and `purse`: what was kept of it."""
    calls, books, purse = [], books or Books(), Purse(token)

    def listening(call):
        calls.append(call)
        return handler(call)

    connection = Connection(
        credentials=Credentials(client_id=client_id, client_secret=SECRET, user_agent=AGENT),
        http=HttpClient(session=local_session(listening, HOSTS), pause=lambda _: None),
        budget=books,
        tokens=purse,
        terms=terms.load("reddit"),
    )
    made = RedditClient(connection)
    made.calls, made.books, made.purse = calls, books, purse
    return made


def target(account="t5_9aa", handle="python", **more):
    """A watched subreddit."""
    return Target(account=account, handle=handle, **more)


def post(id_="1abc", subreddit="t5_9aa", at=NOW, **more):
    """A post as Reddit tells of it."""
    return {
        "kind": "t3",
        "data": {
            "id": id_, "name": f"t3_{id_}", "subreddit_id": subreddit, "title": "Hello",
            "selftext": "", "author": "somebody", "author_fullname": "t2_7bb", "score": 12,
            "hide_score": False, "num_comments": 3, "upvote_ratio": 0.9, "num_crossposts": 0,
            "created_utc": at.timestamp(), "stickied": False, **more,
        },
    }  # fmt: skip


def subreddit(name="t5_9aa", display_name="python", subscribers=100, **more):
    """A subreddit as Reddit tells of it."""
    data = {"name": name, "display_name": display_name, "title": "Py", "subscribers": subscribers}
    return {"kind": "t5", "data": {**data, **more}}


def comment(id_="c1", **more):
    """A comment as Reddit tells of it."""
    return {
        "kind": "t1",
        "data": {
            "id": id_, "name": f"t1_{id_}", "link_id": "t3_1abc", "parent_id": "t3_1abc",
            "subreddit_id": "t5_9aa", "created_utc": NOW.timestamp(), "body": "Yes",
            "author": "somebody", "score": 2, "score_hidden": False, "replies": "", **more,
        },
    }  # fmt: skip


def listing(*children, after=None):
    """A listing of things."""
    return {"kind": "Listing", "data": {"after": after, "before": None, "children": [*children]}}


def refusal(status, message="", **more):
    """An answer that refuses."""
    return as_json({"message": message, "error": status, **more}, status=status)
