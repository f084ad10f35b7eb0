"""Accounts by name: asked for once, kept for a while, and never waited for too long."""

import time
from threading import Thread

import pytest
from django.db import connections

from accounts.tenancy import tenant
from platforms.contract import Facts
from platforms.credentials.connection import valkey
from platforms.errors import Gone, QuotaSpent, RateLimited, Refused, Unavailable
from platforms.lookups import Memory, look_up
from platforms.simulation.wire import Answer, as_json
from tests.factories.platforms import ProfileFactory
from tests.platforms.connections import Board, serving

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def youtube(settings):
    """Every handle is a channel of that name, but "@nobody". `asked`: handles, as they came."""
    valkey().flushdb()
    board = Board(lambda call: channel(board, call))
    board.asked, board.pause, board.spoilt = [], 0.0, None
    with serving(board) as server:
        settings.SIMULATOR_URL = server.address
        yield board


def channel(board, call):
    handle = call.params["forHandle"][0]
    board.asked.append(handle)
    time.sleep(board.pause)
    if board.spoilt:
        return board.spoilt
    if handle == "@nobody":
        return as_json({"items": []})
    id_ = f"UC{handle.removeprefix('@'):x>22}"
    statistics = {"subscriberCount": "7", "viewCount": "9", "videoCount": "1"}
    snippet = {"title": handle.title(), "customUrl": handle, "publishedAt": "2019-01-01T00:00:00Z"}
    return as_json({"items": [{"id": id_, "snippet": snippet, "statistics": statistics}]})


@pytest.fixture
def key(alice):
    with tenant(alice.pk):
        return ProfileFactory(owner=alice, simulated=True)


def test_a_second_look_costs_nothing_also_with_another_credential(youtube, key, alice):
    first = look_up(key, ["@one", "@nobody"])
    assert isinstance(first.found["@one"], Facts)
    assert first.found["@nobody"].reason == "unknown"
    with tenant(alice.pk):
        other = ProfileFactory(owner=alice, simulated=True)
    assert look_up(other, ["@ONE", "@nobody"]).found == {
        "@ONE": first.found["@one"],
        "@nobody": first.found["@nobody"],
    }
    assert youtube.asked == ["@one", "@nobody"]


def test_neither_other_people_nor_demo_credentials_share_what_was_found(youtube, key, alice, bob):
    look_up(key, ["@one"])
    with tenant(bob.pk):
        bobs = ProfileFactory(owner=bob, simulated=True)
    with tenant(alice.pk):
        real = ProfileFactory(owner=alice, simulated=False)
    assert Memory.of(bobs).recall(["@one"]) == {}
    assert Memory.of(real).recall(["@one"]) == {}
    assert list(Memory.of(key).recall(["@one"])) == ["@one"]


def test_two_looks_at_once_ask_once_and_both_find_it(youtube, key):
    youtube.pause, found = 0.2, []
    names = ["@one", "@two", "@three"]

    def look():
        found.append(look_up(key, names).found)
        connections.close_all()

    work = [Thread(target=look) for _ in range(2)]
    for each in work:
        each.start()
    for each in work:
        each.join()
    assert sorted(youtube.asked) == sorted(names)
    assert found[0] == found[1]
    assert found[0].keys() == set(names)


def test_what_takes_too_long_goes_on_with_the_next_look(youtube, key):
    youtube.pause = 0.15
    names = ["@one", "@two", "@three", "@four"]
    first = look_up(key, names, patience=0.2)
    assert first.stopped is None
    assert 0 < len(first.found) < 4
    looks = 1
    while len(look_up(key, names, patience=0.2).found) < 4:
        looks += 1
        assert looks < 4
    assert sorted(youtube.asked) == sorted(names)


def test_a_platform_that_hangs_is_not_waited_for(youtube, key):
    youtube.pause, youtube.spoilt = 0.2, Answer(status=503)
    stopped = look_up(key, ["@one"], patience=0.1).stopped
    assert isinstance(stopped, Unavailable)
    assert "slowly" in str(stopped)
    assert len(youtube.asked) == 1


@pytest.mark.parametrize(
    ("reason", "error"),
    [
        ("quotaExceeded", QuotaSpent),
        ("accessNotConfigured", Refused),
        ("rateLimitExceeded", RateLimited),
    ],
)
def test_what_was_found_before_an_error_is_kept(youtube, key, reason, error):
    look_up(key, ["@one"])
    youtube.spoilt = as_json({"error": {"code": 403, "errors": [{"reason": reason}]}}, status=403)
    told = look_up(key, ["@one", "@two", "@three"])
    assert isinstance(told.stopped, error)
    assert list(told.found) == ["@one"]
    assert Memory.of(key).claim(["@one", "@two", "@three"]) == ["@two", "@three"]


def test_an_error_of_one_name_is_remembered_as_it_was(key):
    memory = Memory.of(key)
    gone = Gone("X has suspended this account.", reason="suspended")
    memory.keep({"one": gone}, asked=["one"])
    assert memory.recall(["one"]) == {"one": gone}
    memory.keep({"two": Unavailable("Not now.", 503)}, asked=["two"])
    assert memory.recall(["two"]) == {}
    assert memory.claim(["one", "two"]) == ["two"]
