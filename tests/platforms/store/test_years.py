"""Moments that no platform can mean are refused before anything is stored."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from platforms.contract import Facts, Page
from platforms.errors import Malformed
from tests.platforms.store.stored import SLOT, count, only, page, store, told, tweet

EAST = timezone(timedelta(hours=14))
IMPOSSIBLE = [
    datetime(1, 1, 1, tzinfo=EAST),
    datetime(1, 1, 1, tzinfo=UTC),
    datetime(1970, 1, 1, tzinfo=UTC),
    datetime(1999, 12, 31, 23, 59, tzinfo=UTC),
    datetime(2100, 1, 1, tzinfo=UTC),
    datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=timezone(-timedelta(hours=12))),
]


@pytest.mark.parametrize("moment", IMPOSSIBLE, ids=str)
def test_a_slot_of_such_a_year_is_malformed(watched, alice, moment):
    with pytest.raises(Malformed) as refusal:
        store(alice, page(tweet()), slot=moment, now=SLOT)
    assert refusal.value.where == "slot"
    assert count(alice) == 0


@pytest.mark.parametrize("moment", IMPOSSIBLE, ids=str)
def test_an_item_of_such_a_year_is_dropped_and_the_others_are_stored(watched, alice, moment):
    rows = [tweet("1", published_at=moment), tweet("2")]
    assert told(store(alice, page(*rows))) == {"created": 1, "dropped": 1}
    assert only(alice).external_id == "2"
    changed = tweet("2", published_at=moment, text="Ebb")
    assert told(store(alice, page(changed))) == {"dropped": 1}
    assert only(alice).text == "Tide"


def test_the_first_and_the_last_moment_are_taken(watched, alice):
    first, last = datetime(2000, 1, 1, tzinfo=UTC), datetime(2099, 12, 31, 23, 59, tzinfo=UTC)
    for moment in (first, last):
        facts = Page(accounts=[Facts(account="11", handle="tide", figures={"audience": 1})])
        store(alice, page(tweet(str(moment.year), published_at=moment)), facts, slot=moment)
    assert count(alice) == 2
