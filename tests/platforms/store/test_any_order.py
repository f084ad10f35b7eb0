"""Whatever is stored in whichever order, and however often, the figures end the same."""

from collections import defaultdict

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from accounts.tenancy import tenant
from platforms.twitter.models import Tweet, TweetSnapshot
from tests.platforms.store.stored import LATER, SLOT, page, store, told, tweet

ACCOUNTS, ITEMS, SLOTS = ("11", "22", "unwatched"), 5, 4
COLUMNS = ("like_count", "quote_count", "text")
GIVEN = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

values = strategies.fixed_dictionaries(
    {
        "like_count": strategies.none() | strategies.integers(0, 3),
        "quote_count": strategies.none() | strategies.integers(0, 2),
        "text": strategies.sampled_from(["Tide", "Ebb", "\0", "\ud800"]),
    }
)
# What the platform would answer: in each slot, for each item of each account.
truths = strategies.lists(
    strategies.lists(values, min_size=ITEMS, max_size=ITEMS), min_size=SLOTS, max_size=SLOTS
)
# An item, told whole or in part.
telling = strategies.tuples(
    strategies.sampled_from(ACCOUNTS),
    strategies.integers(0, ITEMS - 1),
    strategies.none() | strategies.sets(strategies.sampled_from(COLUMNS), min_size=1),
)
asked = strategies.lists(
    strategies.lists(strategies.lists(telling, max_size=6), min_size=1, max_size=3),
    min_size=SLOTS,
    max_size=SLOTS,
)


@pytest.fixture(autouse=True)
def _watched(watched):
    """Each example begins with the accounts and nothing else."""


def row(truth, slot, account, item, part):
    told = truth[slot][item]
    if part is None:
        return tweet(str(item), account, **told)
    return {"account": account, "external_id": str(item), **{name: told[name] for name in part}}


def forget(person):
    with tenant(person.pk):
        Tweet.objects.all().delete()


def state(person):
    with tenant(person.pk):
        items = Tweet.objects.order_by("entity__external_id", "external_id")
        names = ("entity__external_id", "external_id", *COLUMNS, "figures_at")
        snapshots = TweetSnapshot.objects.order_by("item__external_id", "taken_at")
        noted = snapshots.values_list(
            "item__entity__external_id", "item__external_id", "taken_at", "like_count"
        )
        return list(items.values_list(*names)), sorted(noted, key=str)


def collect(person, truth, pages_of_slots, repeat):
    """Store slot by slot; `repeat` says how often and in which order the pages of a slot come."""
    for slot, pages in enumerate(pages_of_slots):
        for wanted in repeat(pages):
            rows = [row(truth, slot, *what) for what in wanted]
            stored = store(person, page(*rows), slot=SLOT + slot * LATER)
            assert sum(told(stored).values()) == len({what[:2] for what in wanted})


@GIVEN
@given(truth=truths, asked=asked, data=strategies.data())
def test_repeating_the_whole_pages_of_a_slot_in_any_order_ends_the_same(alice, truth, asked, data):
    whole = [[[(a, i, None) for a, i, _ in wanted] for wanted in pages] for pages in asked]
    forget(alice)
    collect(alice, truth, whole, lambda pages: pages)
    expected = state(alice)
    forget(alice)
    collect(alice, truth, whole, lambda pages: data.draw(strategies.permutations([*pages, *pages])))
    assert state(alice) == expected


@GIVEN
@given(truth=truths, asked=asked)
def test_each_figure_is_the_last_that_was_told_and_history_has_its_changes(alice, truth, asked):
    forget(alice)
    collect(alice, truth, asked, lambda pages: pages)
    model = Model(truth)
    for slot, pages in enumerate(asked):
        for wanted in pages:
            model.tell(slot, wanted)
    items, noted = state(alice)
    assert {(a, e): likes for a, e, likes, *_ in items} == model.likes()
    assert noted == model.noted()


class Model:
    """The store in a few lines of Python."""

    def __init__(self, truth):
        self.truth, self.items, self.history = truth, {}, defaultdict(dict)

    def tell(self, slot, wanted):
        merged = defaultdict(set)
        whole = set()
        for account, item, part in wanted:
            merged[account, item] |= set(COLUMNS) if part is None else part
            whole |= {(account, item)} if part is None else set()
        for key, columns in merged.items():
            if key[0] == "unwatched" or (key not in self.items and key not in whole):
                continue
            self.tell_one(slot, key, columns)

    def tell_one(self, slot, key, columns):
        told = {n: self.truth[slot][key[1]][n] for n in columns if n != "text"}
        before = self.items.get(key)
        after = {**(before or {}), **told}
        self.items[key] = after
        if before is None or (told and before != after):
            self.history[key][slot] = after["like_count"]

    def likes(self):
        return {(a, str(i)): figures["like_count"] for (a, i), figures in self.items.items()}

    def noted(self):
        return sorted(
            (
                (account, str(item), SLOT + slot * LATER, likes)
                for (account, item), slots in self.history.items()
                for slot, likes in slots.items()
            ),
            key=str,
        )


@GIVEN
@given(order=strategies.permutations(range(SLOTS)))
def test_figures_that_grow_end_with_the_newest_slot_whichever_comes_last(alice, order):
    forget(alice)
    for slot in order:
        store(alice, page(tweet(like_count=slot)), slot=SLOT + slot * LATER)
    items, _ = state(alice)
    assert [likes for _, _, likes, *_ in items] == [SLOTS - 1]
