"""What every answer carries."""

import re

import pytest
from django.http import HttpResponse
from django.test import AsyncClient, Client, override_settings
from django.urls import path

from config.web.middleware import HEADERS


def plain(request):
    return HttpResponse("done")


def cached(request):
    return HttpResponse("done", headers={"Cache-Control": "max-age=60"})


def untouched(request):
    return HttpResponse(str(request.user.is_authenticated))


urlpatterns = [path("plain/", plain), path("cached/", cached)]
pytestmark = pytest.mark.usefixtures("db")


@pytest.fixture(autouse=True)
def _pages():
    with override_settings(ROOT_URLCONF=__name__):
        yield


def test_an_answer_names_its_request():
    first, second = (Client().get("/plain/").headers["X-Request-ID"] for _ in range(2))
    assert re.fullmatch(r"[0-9a-f]{32}", first)
    assert first != second


@pytest.mark.parametrize("given", ["4f1c2d3e", "A-b-C-1-2-3", "a" * 64])
def test_a_proper_id_of_the_proxy_is_kept(given):
    assert Client().get("/plain/", headers={"X-Request-ID": given}).headers["X-Request-ID"] == given


@pytest.mark.parametrize(
    "given", ["short", "a" * 65, "no spaces", "drop';--tables", "ümlaute1", ""]
)
def test_any_other_id_is_replaced(given):
    answer = Client().get("/plain/", headers={"X-Request-ID": given})
    assert re.fullmatch(r"[0-9a-f]{32}", answer.headers["X-Request-ID"])


def test_every_answer_has_the_security_headers():
    for address in ("/plain/", "/nowhere/"):
        answer = Client().get(address)
        assert HEADERS.items() <= dict(answer.headers).items()
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_pages_of_signed_in_people_are_stored_nowhere(client, alice):
    client.force_login(alice)
    assert client.get("/plain/").headers["Cache-Control"] == "private, no-store"
    assert client.get("/cached/").headers["Cache-Control"] == "max-age=60"


def test_pages_of_visitors_may_be_stored():
    assert "Cache-Control" not in Client().get("/plain/").headers


async def test_the_stack_works_under_asgi():
    answer = await AsyncClient().get("/plain/", headers={"X-Request-ID": "given-id-1"})
    assert answer.status_code == 200
    assert answer.headers["X-Request-ID"] == "given-id-1"
