"""A client whose calls end in this process, and the account of what they cost."""

import json
from collections import Counter, defaultdict
from datetime import UTC, datetime

from platforms import terms
from platforms.contract import Connection
from platforms.http import HttpClient
from platforms.local_http import local_session
from platforms.simulation.wire import Answer
from platforms.twitter.client import HOSTS, XClient
from platforms.twitter.manifest import Credentials

TOKEN = "AAAAAAAAAAAAAAAAAAAAA-canary"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TERMS = terms.load("twitter")


class Tally:
    """A budget without limits. `dollars`: what X bills, each resource once."""

    def __init__(self):
        self.taken, self.lowered, self.blocked = Counter(), {}, {}
        self.charged = defaultdict(set)
        self.charges = 0

    def take(self, bucket, *, cost=1):
        assert bucket in TERMS.buckets
        self.taken[bucket] += cost

    def lower(self, bucket, *, remaining):
        self.lowered[bucket] = remaining

    def block(self, bucket, *, seconds):
        self.blocked[bucket] = seconds

    def charge(self, kind, ids):
        self.charges += 1
        self.charged[kind] |= set(ids)

    @property
    def dollars(self):
        return sum(TERMS.prices[kind] * len(ids) for kind, ids in self.charged.items())


class NoTokens:
    """X's token is the credential itself: there is nothing to keep."""

    def get(self):
        raise AssertionError

    put = forget = get


def client_of(handler, *, budget=None, token=TOKEN):
    connection = Connection(
        credentials=Credentials(bearer_token=token),
        http=HttpClient(session=local_session(handler, HOSTS), pause=lambda _: None),
        budget=budget or Tally(),
        tokens=NoTokens(),
        terms=TERMS,
    )
    return XClient(connection)


def answering(body, *, status=200, headers=None):
    """A handler that gives one answer to everything, and the calls that it was asked."""
    calls = []
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def handler(call):
        calls.append(call)
        return Answer(status=status, headers=headers or {}, body=content)

    handler.calls = calls
    return handler
