"""A request body over the limit is refused at once, stated or not; so is one that never ends."""

import asyncio
from functools import partial

import pytest

from config.web.bodies import BodyLimit, NoBodyForHead

LIMIT = 1000
CHUNK = b"x" * 100


class Exchange:
    """One request to an application that reads the whole body, as Django does."""

    def __init__(self, *, chunks, headers=()):
        self.chunks = chunks
        self.read = 0
        self.held = b""
        self.sent = []
        self.scope = {
            "type": "http",
            "method": "POST",
            "path": "/upload/",
            "headers": [(b"host", b"testserver"), *headers],
            "query_string": b"",
            "client": ("203.0.113.7", 1),
        }

    async def receive(self):
        self.read += 1
        return {"type": "http.request", "body": CHUNK, "more_body": self.read < self.chunks}

    async def send(self, message):
        self.sent.append(message)

    async def application(self, _scope, receive, send):
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            self.held += message["body"]
            more = message["more_body"]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"taken"})

    async def run(self):
        await BodyLimit(self.application, limit=LIMIT)(self.scope, self.receive, self.send)
        return self.sent[0]["status"]


async def test_a_body_of_the_limit_is_taken():
    exchange = Exchange(chunks=10)
    assert await exchange.run() == 200
    assert len(exchange.held) == LIMIT


async def test_a_stated_length_over_the_limit_is_refused_unread():
    exchange = Exchange(chunks=11, headers=[(b"content-length", b"1001")])
    assert await exchange.run() == 413
    assert exchange.read == 0


@pytest.mark.parametrize("stated", [[], [(b"content-length", b"-5")], [(b"content-length", b"x")]])
async def test_an_endless_body_is_refused_as_soon_as_it_is_over(stated):
    exchange = Exchange(chunks=1_000_000, headers=stated)
    assert await exchange.run() == 413
    assert exchange.read == 11
    assert len(exchange.held) <= LIMIT


async def test_the_refusal_says_why_ends_the_connection_and_is_logged(lines):
    headers = [(b"content-length", b"10485761"), (b"x-request-id", b"given-id-1")]
    exchange = Exchange(chunks=1, headers=headers)
    limit = BodyLimit(exchange.application, limit=10 * 1024 * 1024)
    await limit(exchange.scope, exchange.receive, exchange.send)
    start, body = exchange.sent
    assert dict(start["headers"])[b"connection"] == b"close"
    assert dict(start["headers"])[b"x-request-id"] == b"given-id-1"
    assert dict(start["headers"])[b"x-content-type-options"] == b"nosniff"
    assert body["body"] == b"The request is larger than 10 MB.\n"
    line = lines.only()
    assert (line["status"], line["path"], line["ip"]) == (413, "/upload/", "203.0.113.7")


async def test_a_body_that_does_not_come_is_given_up(lines):
    exchange = Exchange(chunks=2)
    exchange.receive = partial(asyncio.sleep, 3600)
    limit = BodyLimit(exchange.application, limit=LIMIT, patience=0.1)
    async with asyncio.timeout(5):
        await limit(exchange.scope, exchange.receive, exchange.send)
    assert exchange.sent[0]["status"] == 408
    assert lines.only()["status"] == 408


async def test_whoever_has_sent_all_may_wait_for_the_answer():
    async def slow(scope, receive, send):
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await receive()  # as Django does, to learn that the sender has left

    exchange, messages = Exchange(chunks=1), asyncio.Queue()
    messages.put_nowait({"type": "http.request", "body": CHUNK, "more_body": False})
    await BodyLimit(slow, limit=LIMIT, patience=0.1)(exchange.scope, messages.get, exchange.send)
    assert exchange.sent == []


@pytest.mark.parametrize(("method", "body"), [("HEAD", b""), ("GET", b"taken")])
async def test_head_is_answered_with_the_headers_alone(method, body):
    exchange = Exchange(chunks=1)
    app = NoBodyForHead(exchange.application)
    await app(exchange.scope | {"method": method}, exchange.receive, exchange.send)
    start, end = exchange.sent
    assert start["status"] == 200
    assert end == {"type": "http.response.body", "body": body}


async def test_sockets_pass():
    seen = []

    async def application(scope, receive, send):
        seen.append(scope["type"])

    await BodyLimit(application, limit=1)({"type": "websocket"}, None, None)
    assert seen == ["websocket"]
