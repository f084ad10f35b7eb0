"""What a platform told stands in the tables once, with its history."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError

from accounts.tenancy import system, tenant
from platforms.models import DirtyHour, Entity
from platforms.reddit.models import Post
from platforms.store import save
from platforms.twitter.models import Tweet, TweetSnapshot
from tests.platforms.store.stored import (
    FIGURES,
    LATER,
    SLOT,
    count,
    figures,
    history,
    only,
    page,
    store,
    told,
    tweet,
)  # fmt: skip


def hours(person):
    with tenant(person.pk):
        return {row.hour for row in DirtyHour.objects.all()}


def forget_hours(person):
    with tenant(person.pk):
        DirtyHour.objects.all().delete()


def test_a_new_item_stands_with_its_words_figures_and_a_first_snapshot(watched, alice):
    now = SLOT + timedelta(seconds=40)
    assert told(store(alice, page(tweet()), now=now)) == {"created": 1}
    item = only(alice)
    entity = only(alice, Entity, platform="twitter", external_id="11")
    assert (item.owner_id, item.entity_id, item.text) == (alice.pk, entity.pk, "Tide")
    assert {name: getattr(item, name) for name in FIGURES} == FIGURES
    assert (item.first_seen_at, item.last_seen_at, item.figures_at) == (now, now, SLOT)
    snapshot = only(alice, TweetSnapshot)
    assert (snapshot.item_id, snapshot.taken_at, snapshot.owner_id) == (item.pk, SLOT, alice.pk)
    assert {name: getattr(snapshot, name) for name in FIGURES} == FIGURES


def test_the_same_again_writes_nothing(watched, alice):
    store(alice, page(tweet()))
    before = vars(only(alice))
    forget_hours(alice)
    assert told(store(alice, page(tweet()), slot=SLOT + LATER)) == {"unchanged": 1}
    after = vars(only(alice))
    assert {k: v for k, v in after.items() if k != "_state"} == {
        k: v for k, v in before.items() if k != "_state"
    }
    assert history(alice) == [(SLOT, 5)]
    assert hours(alice) == set()


def test_changed_figures_make_a_snapshot(watched, alice):
    store(alice, page(tweet()))
    assert told(store(alice, page(tweet(like_count=6)), slot=SLOT + LATER)) == {"changed": 1}
    assert only(alice).figures_at == SLOT + LATER
    assert history(alice) == [(SLOT, 5), (SLOT + LATER, 6)]


def test_changed_words_make_no_snapshot(watched, alice):
    store(alice, page(tweet()))
    assert told(store(alice, page(tweet(text="Ebb")), slot=SLOT + LATER)) == {"changed": 1}
    item = only(alice)
    assert (item.text, item.figures_at) == ("Ebb", SLOT)
    assert history(alice) == [(SLOT, 5)]


def test_a_second_run_of_a_slot_corrects_its_snapshot(watched, alice):
    store(alice, page(tweet()))
    store(alice, page(tweet(like_count=6)), slot=SLOT + LATER)
    store(alice, page(tweet(like_count=7)), slot=SLOT + LATER)
    assert history(alice) == [(SLOT, 5), (SLOT + LATER, 7)]
    assert only(alice).like_count == 7


def test_a_missing_column_is_left_alone_and_none_is_written(watched, alice):
    store(alice, page(tweet()))
    assert told(store(alice, page(figures(like_count=None)), slot=SLOT + LATER)) == {"changed": 1}
    item = only(alice)
    assert (item.like_count, item.impression_count, item.text) == (None, 100, "Tide")
    snapshot = only(alice, TweetSnapshot, taken_at=SLOT + LATER)
    assert (snapshot.like_count, snapshot.impression_count) == (None, 100)


def test_figures_that_are_withheld_from_the_start_are_noted_as_such(watched, alice):
    bare = {k: v for k, v in tweet().items() if k not in FIGURES}
    store(alice, page(bare))
    assert only(alice).figures_at is None
    assert history(alice) == []
    withheld = figures(**dict.fromkeys(FIGURES))
    assert told(store(alice, page(withheld), slot=SLOT + LATER)) == {"changed": 1}
    assert history(alice) == [(SLOT + LATER, None)]
    assert told(store(alice, page(withheld), slot=SLOT + 2 * LATER)) == {"unchanged": 1}


def test_a_row_without_a_moment_updates_what_is_known_and_makes_nothing(watched, alice):
    assert told(store(alice, page(figures(like_count=9)))) == {"dropped": 1}
    assert count(alice) == 0
    store(alice, page(tweet()))
    store(alice, page(figures(like_count=9)), slot=SLOT + LATER)
    assert history(alice) == [(SLOT, 5), (SLOT + LATER, 9)]


def test_what_is_written_once_stays_as_it_was_first_seen(watched, alice):
    store(alice, page(tweet(followers=1000)))
    assert told(store(alice, page(tweet(followers=2000)), slot=SLOT + LATER)) == {"unchanged": 1}
    assert only(alice).followers == 1000


def test_an_item_told_twice_is_one_and_the_last_word_counts(watched, alice):
    pages = [page(tweet(like_count=1), tweet(like_count=2)), page(figures(quote_count=3))]
    assert told(store(alice, *pages)) == {"created": 1}
    item = only(alice)
    assert (item.like_count, item.quote_count, item.text) == (2, 3, "Tide")


def test_one_save_takes_rows_of_every_shape(watched, alice):
    store(alice, page(tweet("1"), tweet("2")))
    bare = {k: v for k, v in tweet("3").items() if k not in FIGURES}
    turned = dict(reversed(tweet("4").items()))
    pages = [
        page(bare, turned, tweet("5", "22"), figures("1", like_count=8)),
        page(tweet("2"), figures("6", like_count=1), tweet("7", "33")),
    ]
    counts = told(store(alice, *pages, slot=SLOT + LATER))
    assert counts == {"created": 3, "changed": 1, "unchanged": 1, "dropped": 2}


def test_items_of_accounts_that_nobody_here_watches_are_dropped(watched, alice, bob):
    counts = told(store(bob, page(tweet("1"), tweet("2", "22"), tweet("3", ""))))
    assert counts == {"created": 1, "dropped": 2}
    with system():
        assert [item.owner_id for item in Tweet.objects.all()] == [bob.pk]


def test_two_tenants_store_the_same_account_apart(watched, alice, bob):
    store(alice, page(tweet()))
    assert told(store(bob, page(tweet(like_count=9)))) == {"created": 1}
    assert (only(alice).like_count, only(bob).like_count) == (5, 9)


def test_nobody_stores_in_anothers_name(watched, alice, bob):
    with tenant(alice.pk), pytest.raises(PermissionError):
        save(page(tweet()), owner_id=bob.pk, platform="twitter", slot=SLOT, now=SLOT)


def test_what_an_older_slot_tells_of_newer_figures_is_left_out(watched, alice):
    store(alice, page(tweet(like_count=7)), slot=SLOT + LATER)
    late = page(tweet(like_count=5, text="old"), tweet("2"))
    assert told(store(alice, late, slot=SLOT)) == {"created": 1, "unchanged": 1}
    item = only(alice, external_id="1")
    assert (item.like_count, item.text) == (7, "Tide")


def test_last_seen_is_exact_to_a_day_and_no_change(watched, alice):
    store(alice, page(tweet()))
    forget_hours(alice)
    evening = SLOT.replace(hour=23)
    store(alice, page(tweet()), slot=evening)
    assert only(alice).last_seen_at == SLOT
    morning = evening + timedelta(hours=2)
    assert told(store(alice, page(tweet()), slot=morning)) == {"unchanged": 1}
    assert only(alice).last_seen_at == morning
    assert hours(alice) == set()


def test_what_vanished_loses_its_words_and_keeps_its_figures(watched, alice):
    store(alice, page(tweet()))
    gone = page(vanished={Tweet: [("11", "1"), ("11", "unknown"), ("", "1")]})
    later = SLOT + LATER
    assert told(store(alice, gone, slot=later)) == {"removed": 1, "dropped": 2}
    item = only(alice)
    assert (item.removed_at, item.text, item.like_count) == (later, "", 5)
    assert history(alice) == [(SLOT, 5)]
    again = page(vanished={Tweet: [("11", "1")]})
    assert told(store(alice, again, slot=later + LATER)) == {"unchanged": 1}
    assert only(alice).removed_at == later


def test_what_comes_back_has_its_words_again(watched, alice):
    store(alice, page(tweet()))
    store(alice, page(vanished={Tweet: [("11", "1")]}))
    assert told(store(alice, page(tweet()), slot=SLOT + LATER)) == {"changed": 1}
    item = only(alice)
    assert (item.removed_at, item.text) == (None, "Tide")


def test_what_is_told_and_gone_at_once_is_gone_for_good(watched, alice):
    """A listing shows a deleted post without its words at every poll."""
    post = {
        "account": "11", "external_id": "p1", "published_at": SLOT - timedelta(days=1),
        "title": "Tide", "body": "high", "score": -3, "num_comments": 2,
    }  # fmt: skip
    store(alice, page(post, model=Post), platform="reddit")
    gone = page(
        post | {"title": "", "body": "", "score": -4},
        post | {"external_id": "p2"},
        model=Post,
        vanished={Post: [("11", "p1"), ("11", "p2")]},
    )
    counts = [told(store(alice, gone, slot=SLOT + n * LATER, platform="reddit")) for n in (1, 2)]
    assert counts == [{"removed": 1, "dropped": 1}, {"unchanged": 1, "dropped": 1}]
    item = only(alice, Post)
    assert (item.title, item.score, item.removed_at) == ("", -4, SLOT + LATER)


def test_the_hours_whose_sums_changed_are_marked(watched, alice):
    published = SLOT - timedelta(hours=3, minutes=20)
    its_hour = published.replace(minute=0)
    store(alice, page(tweet()))
    assert hours(alice) == {its_hour, SLOT}
    forget_hours(alice)
    store(alice, page(tweet(text="Ebb")), slot=SLOT + LATER)
    assert hours(alice) == {its_hour}, "words move no sums of what was received in the slot"
    forget_hours(alice)
    store(alice, page(figures(like_count=6)), slot=SLOT + timedelta(hours=2, minutes=5))
    assert hours(alice) == {its_hour, SLOT + timedelta(hours=2)}
    forget_hours(alice)
    store(alice, page(figures("unknown", like_count=6)), slot=SLOT + timedelta(hours=5))
    assert hours(alice) == set()
    store(alice, page(tweet(published_at=SLOT, like_count=6)), slot=SLOT + timedelta(hours=5))
    assert hours(alice) == {its_hour, SLOT}, "a moment that was corrected concerns both"
    forget_hours(alice)
    store(alice, page(vanished={Tweet: [("11", "1")]}), slot=SLOT + timedelta(hours=6))
    assert hours(alice) == {SLOT}


def test_nonsense_stores_nothing_of_the_page(watched, alice):
    with pytest.raises(IntegrityError):
        store(alice, page(tweet("1"), tweet("2", like_count=-1)))
    assert count(alice) == 0


def test_a_save_at_the_turn_of_a_month_finds_its_place(watched, alice):
    for slot in (datetime(2031, 1, 31, 23, 59, tzinfo=UTC), datetime(2031, 2, 1, tzinfo=UTC)):
        store(alice, page(tweet(like_count=slot.month)), slot=slot)
    assert [likes for _, likes in history(alice)] == [1, 2]
