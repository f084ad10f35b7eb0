"""Two workers may store the same accounts at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection

from accounts.tenancy import tenant
from platforms.contract import Facts, Page
from platforms.models import DirtyHour, Entity, Ranking
from platforms.partitions import drop_before
from platforms.twitter.models import Tweet, TweetSnapshot
from tests.factories.platforms import EntityFactory
from tests.platforms.store.stored import LATER, SLOT, page, store, told, tweet

WORKERS, ACCOUNTS, ITEMS = 4, 6, 120

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def accounts(alice):
    names = [str(number) for number in range(ACCOUNTS)]
    with tenant(alice.pk):
        for name in names:
            EntityFactory(owner=alice, platform="twitter", external_id=name)
    yield names
    drop_before(TweetSnapshot, SLOT.replace(year=2099))


def together(work):
    """Run `work(number)` in several threads that begin at the same moment."""
    ready = Barrier(WORKERS)

    def begin(number):
        ready.wait()
        try:
            return work(number)
        finally:
            connection.close()

    with ThreadPoolExecutor(WORKERS) as workers:
        return list(workers.map(begin, range(WORKERS)))


def turned(things, number):
    """In an order that no other worker has."""
    start = 7 * number % len(things)
    there = things[start:] + things[:start]
    return there[::-1] if number % 2 else there


def pages_of(number, names, **figures):
    """The same items, and what is told of their accounts, in another order for each worker."""
    rows = [
        tweet(str(item), names[item % ACCOUNTS], text=f"Tide {item}", **figures)
        for item in range(ITEMS)
    ]
    places = [
        {"place": "woeid:1", "taken_at": SLOT, "rank": rank, "name": f"#{rank}"}
        for rank in range(1, 20)
    ]
    facts = [Facts(account=name, handle=f"h{name}", figures={"audience": 7}) for name in names]
    return [
        Page(accounts=turned(facts, number)),
        page(*turned(rows, number)),
        page(*turned(places, number), model=Ranking),
    ]


def test_overlapping_pages_at_once_store_each_item_once(alice, accounts):
    found = together(lambda number: store(alice, *pages_of(number, accounts)))
    assert sum(stored.created for stored in found) == ITEMS + 19
    assert all(sum(told(stored).values()) == ITEMS + 19 for stored in found)
    with tenant(alice.pk):
        assert Tweet.objects.count() == TweetSnapshot.objects.count() == ITEMS
        assert Ranking.objects.count() == 19
        assert set(Entity.objects.values_list("audience", flat=True)) == {7}


def test_workers_that_disagree_do_not_wait_for_each_other_for_ever(alice, accounts):
    store(alice, *pages_of(0, accounts))

    def refresh(number):
        for step in range(1, 6):
            likes = step * 10 + number
            pages = pages_of(number * 10 + step, accounts, like_count=likes)
            store(alice, *pages, slot=SLOT + step * LATER)

    together(refresh)
    with tenant(alice.pk):
        likes = set(Tweet.objects.values_list("like_count", flat=True))
        last = SLOT + 5 * LATER
        noted = TweetSnapshot.objects.filter(taken_at=last).values_list("like_count", flat=True)
        assert likes == set(noted)
        assert likes <= {50 + number for number in range(WORKERS)}


def test_no_marked_hour_is_lost_to_whoever_computes_the_sums(alice, accounts):
    """One takes hours away while others store; at the end every last change was seen."""
    store(alice, *pages_of(0, accounts))
    seen = {}

    def sums():
        with tenant(alice.pk):
            DirtyHour.objects.all().delete()
            return sum(Tweet.objects.values_list("like_count", flat=True))

    def work(number):
        for step in range(1, 8):
            if number == 0:
                seen["sum"] = sums()
            else:
                pages = pages_of(number, accounts, like_count=step)
                store(alice, *pages, slot=SLOT + step * LATER)

    together(work)
    with tenant(alice.pk):
        if not DirtyHour.objects.exists():
            assert seen["sum"] == ITEMS * 7
    assert sums() == ITEMS * 7


def test_an_account_that_is_deleted_meanwhile_leaves_nothing_behind(alice, accounts):
    def work(number):
        if number:
            store(alice, *pages_of(number, accounts, like_count=number))
        else:
            with tenant(alice.pk):
                for entity in Entity.objects.select_for_update().order_by("pk")[:3]:
                    entity.delete()

    together(work)
    with tenant(alice.pk):
        kept = set(Entity.objects.values_list("pk", flat=True))
        assert set(Tweet.objects.values_list("entity_id", flat=True)) == kept
        assert TweetSnapshot.objects.count() == Tweet.objects.count() == ITEMS / 2
