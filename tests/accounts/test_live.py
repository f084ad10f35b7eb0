"""The socket of an open page: who gets one, what it understands, and when it ends."""

import json

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client

from accounts import consumers
from accounts.live import tell
from config.asgi import application
from tests.factories.accounts import PASSWORD, UserFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
OURS = b"http://testserver"
PING = '{"name": "ping"}'


@pytest.fixture(autouse=True)
async def _fresh_connection():
    """The thread of `sync_to_async` outlives its test, and would keep a connection that broke."""
    await sync_to_async(connections.close_all)()


@pytest.fixture
def alice():
    return UserFactory(email="alice@example.org")


@pytest.fixture
def desk(alice):
    """A browser in which alice is signed in."""
    client = Client()
    client.post("/login/", {"login": alice.email, "password": PASSWORD})
    return client


class Socket(ApplicationCommunicator):
    """A socket that a page of the browser opens."""

    def __init__(self, browser, *, path="/ws/live/", origin=OURS):
        cookies = "; ".join(f"{name}={it.value}" for name, it in browser.cookies.items())
        headers = [(b"host", b"testserver"), (b"cookie", cookies.encode())]
        headers += [(b"origin", origin)] if origin else []
        kind = {"type": "websocket", "scheme": "ws", "subprotocols": []}
        super().__init__(
            application, kind | {"path": path, "query_string": b"", "headers": headers}
        )

    async def shakes_hands(self):
        """Whether the server takes it."""
        await self.send_input({"type": "websocket.connect"})
        return (await self.receive_output())["type"] == "websocket.accept"

    async def open(self):
        """Shake hands and hear that it is connected."""
        assert await self.shakes_hands()
        assert await self.hears() == {"name": "connected"}
        return self

    async def says(self, **message):
        """Send text, or data that is none."""
        await self.send_input({"type": "websocket.receive", **message})

    async def hears(self):
        """The next object that arrives."""
        return json.loads((await self.receive_output())["text"])

    async def closes(self):
        """The code with which the server closes it."""
        message = await self.receive_output()
        assert message["type"] == "websocket.close"
        return message["code"]

    async def leaves(self):
        """Close it from this side."""
        await self.send_input({"type": "websocket.disconnect", "code": 1000})
        await self.wait()


async def test_an_event_reaches_the_tabs_of_its_person_only(desk, alice):
    socket = await Socket(desk).open()
    await sync_to_async(tell)(alice.pk + 1, "monitors:changed", id=1)
    await sync_to_async(tell)(alice.pk, "monitors:changed", id=2)
    assert await socket.hears() == {"name": "monitors:changed", "refs": {"id": 2}}
    await socket.leaves()


async def test_a_stranger_is_told_to_sign_in():
    socket = Socket(Client())
    assert await socket.shakes_hands()
    assert await socket.closes() == consumers.SIGN_IN_FIRST


@pytest.mark.parametrize(
    "origin",
    [
        None,
        b"null",
        b"http://evil.example",
        b"http://testserver.evil.example",
        b"http://testserver:31337",  # another program on the same machine
        b"http://testserver http://evil.example",
        b"http://[",
        b"\xff",
    ],
)
async def test_pages_of_other_sites_open_none(desk, origin):
    assert not await Socket(desk, origin=origin).shakes_hands()


@pytest.mark.parametrize("path", ["/", "/ws/", "/ws/live/more/", "/login/"])
async def test_there_is_one_socket_and_no_other(desk, path):
    assert not await Socket(desk, path=path).shakes_hands()


@pytest.mark.parametrize(
    "message", ["", "{", "[]", "null", '{"name":["ping"]}', "[" * 60_000, b"", b"\x00\xff"]
)
async def test_what_it_does_not_understand_is_let_pass(desk, message):
    socket = await Socket(desk).open()
    await socket.says(**{"bytes" if isinstance(message, bytes) else "text": message})
    await socket.says(text=PING)
    assert await socket.hears() == {"name": "pong"}
    await socket.leaves()


def sign_out(desk, _alice):
    desk.post("/logout/")


def sign_in_elsewhere_and_end_the_others(_desk, alice):
    other = Client()
    other.post("/login/", {"login": alice.email, "password": PASSWORD})
    other.post("/settings/security/end-others/")


def switch_off(_desk, alice):
    alice.is_active = False
    alice.save()


def choose_a_new_password(_desk, alice):
    alice.set_password("a new one altogether")
    alice.save()


def delete_the_account(_desk, alice):
    alice.delete()


@pytest.mark.parametrize(
    "end",
    [
        sign_out,
        sign_in_elsewhere_and_end_the_others,
        switch_off,
        choose_a_new_password,
        delete_the_account,
    ],
)
async def test_it_ends_at_once_with_the_session(desk, alice, end):
    socket = await Socket(desk).open()
    await sync_to_async(end)(desk, alice)
    assert await socket.closes() == consumers.SIGN_IN_FIRST


async def test_the_end_of_one_session_leaves_the_others_alone(desk, alice):
    phone = Client()
    await sync_to_async(phone.force_login)(alice)
    socket = await Socket(desk).open()
    await sync_to_async(phone.post)("/logout/")
    await sync_to_async(tell)(alice.pk, "monitors:changed")
    assert (await socket.hears())["name"] == "monitors:changed"
    await socket.leaves()


@pytest.mark.parametrize("message", ["ping", "event"])
async def test_a_session_that_ended_unnoticed_is_found_out(desk, alice, message, monkeypatch):
    monkeypatch.setattr(consumers, "TRUSTED_SECONDS", 0)  # as if a minute had passed
    socket = await Socket(desk).open()
    await Session.objects.all().adelete()
    if message == "ping":
        await socket.says(text=PING)
    else:
        await sync_to_async(tell)(alice.pk, "monitors:changed")
    assert await socket.closes() == consumers.SIGN_IN_FIRST
