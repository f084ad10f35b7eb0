"""The web server: who merely holds a connection holds up nothing."""

import asyncio
import http.client
import socket
import time
from contextlib import closing

import pytest
from websockets.asyncio.client import connect

from tests.stack import running_stack

SIGN_IN = """
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.conf import settings
from django.contrib.sessions.backends.db import SessionStore
from accounts.models import User
user = User.objects.create_user("open@example.org")
session = SessionStore()
session[SESSION_KEY], session[HASH_SESSION_KEY] = str(user.pk), user.get_session_auth_hash()
session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
session.create()
print(session.session_key)
"""


def connection(product):
    return closing(socket.create_connection(("127.0.0.1", product.port), timeout=20))


def seconds_until_closed(link):
    began = time.monotonic()
    while link.recv(4096):
        pass
    return time.monotonic() - began


@pytest.mark.parametrize("sent", [b"", b"GET / HTTP/1.1\r\nHost: localhost\r\n"])
def test_a_request_that_never_ends_is_given_up(stack, sent):
    with connection(stack) as link:
        link.sendall(sent)
        assert 8 < seconds_until_closed(link) < 13


def test_an_answer_to_head_is_its_headers_without_a_warning(stack):
    with closing(http.client.HTTPConnection("127.0.0.1", stack.port, timeout=10)) as link:
        for path in ("/login/", "/health", "/nowhere/"):
            link.request("HEAD", path)
            answer = link.getresponse()
            assert answer.read() == b""
    assert "no-body response" not in stack.lines()


async def test_a_stop_waits_neither_for_open_pages_nor_for_idle_connections():
    with running_stack() as product, connection(product) as idle, connection(product) as kept:
        kept.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        session = product.command("shell", "-v0", "-c", SIGN_IN).stdout.strip()
        cookie = {"Cookie": f"tidewatch-session={session}"}
        address = product.url.replace("http", "ws") + "/ws/live/"
        async with connect(address, origin=product.url, additional_headers=cookie) as page:
            assert "connected" in await page.recv()
            product.process.terminate()
            await page.wait_closed()
            assert page.close_code == 1001
            assert await asyncio.to_thread(product.process.wait, 30) == 0
        assert product.lines().endswith("tidewatch | Stopped\n")
        assert "Forcing close of" not in product.lines()  # gunicorn, after `graceful_timeout`
        assert idle.recv(1) == b""
