"""Watched accounts keep their names, figures and state."""

from datetime import timedelta

import pytest

from accounts.tenancy import tenant
from platforms.contract import Facts, Page
from platforms.errors import Gone, RateLimited, Unavailable
from platforms.models import DirtyHour, Entity, EntityName, EntitySnapshot
from tests.platforms.store.stored import LATER, SLOT, count, page, store, told, tweet


def facts(account="11", handle="tide", title="Tide", **figures):
    return Page(accounts=[Facts(account=account, handle=handle, title=title, figures=figures)])


def entity(person, account="11"):
    with tenant(person.pk):
        return Entity.objects.get(platform="twitter", external_id=account)


def names(person):
    with tenant(person.pk):
        rows = EntityName.objects.filter(entity__external_id="11").order_by("since")
        return [(row.since, row.handle, row.title) for row in rows]


def figures(person):
    with tenant(person.pk):
        rows = EntitySnapshot.objects.filter(entity__external_id="11").order_by("taken_at")
        return [(row.taken_at, row.audience, row.contents) for row in rows]


def test_an_account_gets_its_name_and_figures(watched, alice):
    now = SLOT + timedelta(seconds=30)
    counts = told(store(alice, facts(audience=100, contents=7), now=now))
    assert counts == {}, "accounts are no items"
    found = entity(alice)
    assert (found.handle, found.title, found.audience) == ("tide", "Tide", 100)
    assert (found.audience_hidden, found.checked_at) == (False, now)
    assert figures(alice) == [(SLOT, 100, 7)]
    assert names(alice) == [(SLOT, "tide", "Tide")]


def test_the_same_again_makes_no_history(watched, alice):
    for number in range(3):
        store(alice, facts(audience=100), slot=SLOT + number * LATER)
    assert figures(alice) == [(SLOT, 100, None)]
    assert names(alice) == [(SLOT, "tide", "Tide")]
    assert entity(alice).checked_at == SLOT + 2 * LATER


def test_a_rename_is_kept(watched, alice):
    store(alice, facts())
    store(alice, facts(handle="ebb", title=""), slot=SLOT + LATER)
    assert names(alice) == [(SLOT, "tide", "Tide"), (SLOT + LATER, "ebb", "Tide")]
    assert (entity(alice).handle, entity(alice).title) == ("ebb", "Tide")


def test_an_answer_without_a_name_renames_nothing(watched, alice):
    store(alice, facts(handle="ebb"), facts(handle="", title="", audience=5))
    assert (entity(alice).handle, entity(alice).audience) == ("ebb", 5)


def test_a_figure_that_was_not_asked_for_stays(watched, alice):
    store(alice, facts(audience=100, contents=7))
    store(alice, facts(contents=8), slot=SLOT + LATER)
    assert figures(alice) == [(SLOT, 100, 7), (SLOT + LATER, 100, 8)]
    assert entity(alice).audience == 100


def test_a_hidden_audience_is_not_zero(watched, alice):
    store(alice, facts(audience=None))
    assert figures(alice) == [(SLOT, None, None)]
    assert (entity(alice).audience, entity(alice).audience_hidden) == (None, True)
    store(alice, facts(audience=None), slot=SLOT + LATER)
    assert len(figures(alice)) == 1
    store(alice, facts(audience=3), slot=SLOT + 2 * LATER)
    assert (entity(alice).audience, entity(alice).audience_hidden) == (3, False)


def test_a_second_run_of_a_slot_corrects_its_figures(watched, alice):
    store(alice, facts(audience=100), facts(contents=1))
    store(alice, facts(audience=101))
    assert figures(alice) == [(SLOT, 101, 1)]


def test_figures_that_moved_mark_the_hour_of_the_slot(watched, alice):
    store(alice, facts(audience=100), slot=SLOT + LATER)
    with tenant(alice.pk):
        assert [row.hour for row in DirtyHour.objects.all()] == [SLOT]
        DirtyHour.objects.all().delete()
    store(alice, facts(audience=100), slot=SLOT + timedelta(hours=1))
    assert count(alice, DirtyHour) == 0


@pytest.mark.parametrize("reason", ["deleted", "suspended", "private", "protected", "unknown"])
def test_an_account_that_is_gone_says_so_until_it_answers(watched, alice, reason):
    gone = Page(failed={"11": Gone("It is not there.", reason=reason)})
    store(alice, gone)
    assert (entity(alice).state, entity(alice).checked_at) == (reason, SLOT)
    store(alice, facts(), slot=SLOT + LATER)
    assert entity(alice).state == "active"


def test_a_protected_account_shows_its_name_all_the_same(watched, alice):
    gone = Page(failed={"11": Gone("Its posts are protected.", reason="protected")})
    store(alice, gone, facts(audience=9))
    assert (entity(alice).state, entity(alice).audience) == ("protected", 9)


@pytest.mark.parametrize(
    "error", [Unavailable("No answer."), RateLimited("Too many.", retry_after=3)]
)
def test_a_platform_that_does_not_answer_says_nothing_of_the_account(watched, alice, error):
    store(alice, Page(failed={"11": error}))
    assert (entity(alice).state, entity(alice).checked_at) == ("active", None)


def test_what_was_read_is_remembered_part_by_part(watched, alice):
    store(alice, Page(read={"posts": ["11", "22", "33"], "profile": ["11"]}))
    store(alice, Page(read={"posts": ["11"]}), slot=SLOT + LATER)
    first, second = SLOT.isoformat(), (SLOT + LATER).isoformat()
    assert entity(alice).read_at == {"posts": second, "profile": first}
    assert entity(alice, "22").read_at == {"posts": first}


def test_items_alone_show_that_the_platform_answered(watched, alice):
    store(alice, page(tweet()))
    assert entity(alice).checked_at == SLOT


def test_an_account_that_nobody_here_watches_is_left_out(watched, alice, bob):
    store(bob, facts("22", "ebb2"), facts("\0"), facts(audience=1))
    assert entity(alice, "22").handle == "ebb"
    assert (entity(alice).audience, entity(bob).audience) == (None, 1)


def test_names_that_postgresql_refuses_are_mended_and_cut(watched, alice):
    store(alice, facts(handle="h" * 200, title="Ti\0de \ud83c" + "x" * 300))
    found = entity(alice)
    assert found.handle == "h" * 128
    assert found.title == ("Tide \N{REPLACEMENT CHARACTER}" + "x" * 300)[:255]


def test_what_an_older_slot_tells_goes_into_the_history_alone(watched, alice):
    store(alice, facts(handle="new", title="New", audience=200), slot=SLOT + LATER)
    gone = Page(failed={"22": Gone("It is not there.", reason="deleted")})
    store(alice, gone, slot=SLOT + LATER)
    store(alice, facts(handle="old", title="Old", audience=None), facts("22"), now=SLOT + 2 * LATER)
    found = entity(alice)
    assert (found.handle, found.title, found.audience) == ("new", "New", 200)
    assert not found.audience_hidden
    assert (found.facts_at, found.checked_at) == (SLOT + LATER, SLOT + 2 * LATER)
    assert entity(alice, "22").state == "deleted"
    assert figures(alice) == [(SLOT, None, None), (SLOT + LATER, 200, None)]
    assert [name for _, name, _ in names(alice)] == ["old", "new"]


def test_an_older_slot_that_tells_nothing_of_the_account_moves_nothing(watched, alice):
    store(alice, page(tweet()), slot=SLOT + LATER)
    assert entity(alice).facts_at is None
    store(alice, facts(handle="ebb"))
    assert (entity(alice).handle, entity(alice).facts_at) == ("ebb", SLOT)
