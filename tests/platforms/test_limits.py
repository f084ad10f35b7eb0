"""Calls stay within a platform's limit, whoever makes them."""

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest
import redis
from django.conf import settings
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from platforms.errors import RateLimited
from platforms.limits import Limits, Window

MINUTE = Window(limit=5, seconds=60)


@pytest.fixture
def store():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        client.flushdb()
        yield client


@pytest.fixture
def limits(store):
    return Limits(store)


def granted(limits, bucket, window, tries):
    count = 0
    for _ in range(tries):
        try:
            limits.take(bucket, window)
        except RateLimited:
            continue
        count += 1
    return count


def test_calls_within_the_limit_pass_and_the_next_one_says_when(limits):
    assert granted(limits, "key", MINUTE, 5) == 5
    with pytest.raises(RateLimited) as refusal:
        limits.take("key", MINUTE)
    assert 60 <= refusal.value.retry_after <= 62


def test_waiting_as_told_is_enough(limits):
    short = Window(limit=3, seconds=0.6)
    assert granted(limits, "key", short, 3) == 3
    with pytest.raises(RateLimited) as refusal:
        limits.take("key", short)
    time.sleep(refusal.value.retry_after)
    limits.take("key", short)


def test_each_bucket_has_its_own_limit(limits):
    assert granted(limits, "one", MINUTE, 9) == 5
    assert granted(limits, "other", MINUTE, 9) == 5


def test_many_workers_share_one_limit(store):
    window = Window(limit=200, seconds=60)
    with ThreadPoolExecutor(6) as workers:
        counts = workers.map(lambda _: granted(Limits(store), "key", window, 60), range(6))
    assert sum(counts) == 200


def test_no_stretch_of_the_windows_length_holds_more_than_the_limit(limits):
    window, times = Window(limit=20, seconds=0.5), []
    end = time.monotonic() + 2
    while time.monotonic() < end:
        before = time.monotonic()
        try:
            limits.take("key", window)
            times.append((before, time.monotonic()))
        except RateLimited as refusal:
            time.sleep(refusal.retry_after)
    for (_, later), (earlier, _) in zip(times[20:], times, strict=False):
        assert later - earlier >= 0.49
    assert len(times) >= 20 * 4 * 0.9, "work waited, so the budget should be used"


def test_the_platform_may_only_lower_our_count(limits):
    limits.take("key", MINUTE)
    limits.lower("key", MINUTE, remaining=5)
    assert granted(limits, "key", MINUTE, 9) == 4
    limits.lower("fresh", MINUTE, remaining=2)
    assert granted(limits, "fresh", MINUTE, 9) == 2


def test_a_block_stops_everybody_and_a_shorter_one_does_not_shorten_it(limits, store):
    limits.block("key", seconds=30)
    limits.block("key", seconds=1)
    with pytest.raises(RateLimited) as refusal:
        Limits(store).take("key", MINUTE)
    assert 29 < refusal.value.retry_after <= 30
    limits.take("other", MINUTE)


def test_a_block_ends(limits):
    limits.block("key", seconds=0.2)
    time.sleep(0.25)
    limits.take("key", MINUTE)


@hypothesis_settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    limit=strategies.integers(1, 50),
    costs=strategies.lists(strategies.integers(1, 10), max_size=40),
    reports=strategies.lists(strategies.integers(0, 60), max_size=5),
)
def test_no_order_of_calls_and_reports_exceeds_the_limit(store, limit, costs, reports):
    store.flushdb()
    limits, window, spent = Limits(store), Window(limit=limit, seconds=3600), 0
    for index, cost in enumerate(costs):
        if index < len(reports):
            limits.lower("key", window, remaining=reports[index])
        with suppress(RateLimited):
            limits.take("key", window, cost=cost)
            spent += cost
    assert spent <= limit
