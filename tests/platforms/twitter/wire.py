"""A client of X, and what X says to it."""

import json
from datetime import UTC, datetime
from functools import partial

from platforms import terms
from platforms.simulation.wire import Answer
from tests.platforms import connections

TOKEN = "AAAAAAAAAAAAAAAAAAAAA-canary"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TERMS = terms.load("twitter")


client_of = partial(connections.client_of, "twitter", bearer_token=TOKEN)


def answering(body, *, status=200, headers=None):
    """A handler that gives one answer to everything, and the calls that it was asked."""
    calls = []
    content = body if isinstance(body, bytes) else json.dumps(body).encode()

    def handler(call):
        calls.append(call)
        return Answer(status=status, headers=headers or {}, body=content)

    handler.calls = calls
    return handler
