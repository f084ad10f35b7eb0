"""What is erased here is erased everywhere, or nowhere."""

from datetime import timedelta

import pytest
from django.core.cache import cache
from django.db import transaction

from accounts.tenancy import tenant
from platforms import erasure
from platforms.contract import Page
from platforms.models import Comment, Entity
from platforms.twitter.models import Tweet
from tests.platforms.store.stored import LATER, SLOT, only, page, store, tweet

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def comment(person, item="1", **told):
    with tenant(person.pk):
        return Comment.objects.create(
            owner=person, entity=Entity.objects.get(platform="twitter", external_id="11"),
            external_id=f"c{item}", item_external_id=item, text="Ahoy", author="crab",
            published_at=SLOT, first_seen_at=SLOT, last_seen_at=SLOT, **told,
        )  # fmt: skip


def gone(*ids):
    return Page(vanished={Tweet: [("11", id_) for id_ in ids]})


def test_comments_under_what_vanished_are_erased_with_it(watched, alice, bob):
    for person in (alice, bob):
        store(person, page(tweet("1"), tweet("2")))
        comment(person, "1")
        comment(person, "2")
    store(alice, gone("1"), slot=SLOT + LATER)
    erased, kept = (only(alice, Comment, external_id=id_) for id_ in ("c1", "c2"))
    assert (erased.text, erased.author, erased.removed_at) == ("", "", SLOT + LATER)
    assert (kept.text, kept.author, kept.removed_at) == ("Ahoy", "crab", None)
    assert only(bob, Comment, external_id="c1").text == "Ahoy"


def test_everybody_who_registered_is_told_in_the_same_transaction(watched, alice, monkeypatch):
    told = []

    def note(erased):
        told.append(
            (erased.owner_id, len(erased.entity_ids), transaction.get_connection().in_atomic_block)
        )

    monkeypatch.setattr(erasure, "erasers", [note])
    store(alice, page(tweet()))
    assert told == []
    store(alice, gone("1"), slot=SLOT + LATER)
    store(alice, gone("1"), slot=SLOT + 2 * LATER)
    assert told == [(alice.pk, 1, True)]


def test_an_eraser_that_fails_undoes_the_erasing(watched, alice, monkeypatch):
    def fail(_):
        raise OSError("The disk is full.")

    monkeypatch.setattr(erasure, "erasers", [fail])
    store(alice, page(tweet()))
    with pytest.raises(OSError, match="disk"):
        store(alice, gone("1"), slot=SLOT + LATER)
    assert only(alice).text == "Tide"
    assert only(alice).removed_at is None


def test_what_was_cached_before_is_not_found_again(watched, alice, bob):
    cache.clear()
    before, his = erasure.version(alice.pk), erasure.version(bob.pk)
    assert erasure.version(alice.pk) == before
    store(alice, page(tweet()))
    assert erasure.version(alice.pk) == before
    store(alice, gone("1"), slot=SLOT + LATER)
    assert erasure.version(alice.pk) != before
    assert erasure.version(bob.pk) == his
    known = erasure.version(alice.pk)
    cache.clear()
    assert erasure.version(alice.pk) not in {before, known}, "a lost version never comes back"


def test_a_tombstone_is_made_once(watched, alice):
    store(alice, page(tweet("1"), tweet("2")))
    for moment in (SLOT, SLOT + timedelta(days=1)):
        with tenant(alice.pk):
            number = erasure.erase(list(Tweet.objects.filter(external_id="1")), now=moment)
        assert number == (moment == SLOT)
    assert (only(alice, external_id="1").text, only(alice, external_id="1").removed_at) == (
        "",
        SLOT,
    )
    assert only(alice, external_id="2").text == "Tide"
