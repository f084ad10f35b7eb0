"""The cache: fast while it is there, and empty while it is not."""

import threading
from time import monotonic

import pytest
import redis
from django.conf import settings
from django.core.cache import caches

from config.backends.cache import OptionalCache
from tests.stack import free_port


@pytest.fixture
def cache():
    cache = OptionalCache(settings.REDIS_CACHE_URL, {"KEY_PREFIX": "trial"})
    yield cache
    cache.clear()


@pytest.fixture
def away():
    """A cache whose server is not there."""
    return OptionalCache(f"redis://127.0.0.1:{free_port()}/0", {})


def test_it_keeps_what_it_is_given(cache):
    cache.set("one", {"a": 1})
    cache.set_many({"two": 2, "three": 3})
    assert cache.get("one") == {"a": 1}
    assert cache.get_many(["two", "three", "four"]) == {"two": 2, "three": 3}
    assert cache.add("one", 2) is False
    assert cache.delete("one") is True


def test_without_its_server_it_is_empty_and_nothing_fails(away):
    away.set("one", 1)
    away.set_many({"two": 2})
    assert away.get("one") is None
    assert away.get("one", "default") == "default"
    assert away.get_many(["one", "two"]) == {}
    assert "one" not in away
    assert away.touch("one") is False
    assert away.delete("one") is False
    away.delete_many(["one"])


def test_without_its_server_no_lock_is_given(away):
    """What limits sign-ins takes one before it counts, and so refuses."""
    assert away.add("lock", 1) is False


def test_an_absent_server_is_not_asked_again_at_once(away):
    away.get("one")
    began = monotonic()
    for _ in range(1000):
        away.get("one")
    assert monotonic() - began < 0.5


def test_clearing_leaves_the_keys_of_others(cache):
    other = redis.Redis.from_url(settings.REDIS_CACHE_URL)
    other.rpush("queue-of-somebody", 1)
    cache.set_many({str(n): n for n in range(50)})
    cache.clear()
    assert cache.get("7") is None
    assert other.llen("queue-of-somebody") == 1
    other.delete("queue-of-somebody")


def test_threads_share_connections():
    """Django makes a cache object a thread, and the web server a thread a request."""
    clients = set()

    def ask():
        caches["default"].get("anything")
        clients.add(id(caches["default"]._cache))

    for _ in range(5):
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join()
    assert len(clients) == 1
