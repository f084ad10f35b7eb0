"""What collecting brings and costs, on the simulated X and on answers made by hand."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from platforms.contract import Facts, Target
from platforms.errors import Gone
from platforms.models import Ranking
from platforms.simulation.planted import AWAY, CLOSED, DELETION, RENAME, SHUT, SILENT
from platforms.simulation.world import World
from platforms.twitter.collector import PROFILE, collect, probe, rankings, resolve
from platforms.twitter.models import Tweet
from platforms.twitter.records import newest
from platforms.twitter.simulator import FIRST_ID, XSimulator
from tests.platforms.twitter.wire import NOW, TERMS, Tally, answering, client_of

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
POST, USER = TERMS.prices["post"], TERMS.prices["user"]


@pytest.fixture
def world():
    return World(start=START)


@pytest.fixture
def calls():
    return []


@pytest.fixture
def budget():
    return Tally()


@pytest.fixture
def client(world, calls, budget):
    simulator = XSimulator(world)
    return client_of(lambda call: calls.append(call) or simulator.answer(call), budget=budget)


def target(index, **more):
    account = str(FIRST_ID + index)
    return Target(account=account, handle=account, **more)


def rows_of(pages):
    return [row for page in pages for row in page.rows.get(Tweet, ())]


def known(client, world, index, **more):
    """A target of which everything up to now is known."""
    rows = rows_of(collect(client, [target(index)], world.now))
    ids = [row["current_id"] for row in rows]
    return target(index, newest_id=newest(ids), read_at={PROFILE: world.now}, **more)


# --- Money ---------------------------------------------------------------------------------------
def test_the_first_poll_of_an_account_costs_half_a_dollar_at_most(client, world, budget):
    rows = rows_of(collect(client, [target(DELETION)], world.now))
    assert 90 < len(rows) <= 100
    assert budget.dollars <= USER + 100 * POST


def test_an_empty_poll_costs_nothing(client, world, budget, calls):
    everybody = [known(client, world, index) for index in (0, 1, 2)]
    before, calls[:] = budget.dollars, []
    pages = list(collect(client, everybody, world.now + timedelta(minutes=30)))
    assert budget.dollars == before
    assert len(calls) == 3
    assert rows_of(pages) == []
    assert [page.read for page in pages] == [{"posts": [t.account]} for t in everybody]


def test_a_poll_asks_for_what_is_newer_than_the_newest_known_post(client, world, calls):
    watched = known(client, world, 0)
    calls.clear()
    world.advance(timedelta(days=2))
    rows = rows_of(collect(client, [watched], START))
    assert {call.param("since_id") for call in calls} == {watched.newest_id}
    assert rows
    assert all(int(row["current_id"]) > int(watched.newest_id) for row in rows)


def test_profiles_are_read_once_a_day_a_hundred_a_call(budget):
    client = client_of(answering({}), budget=budget)
    watched = [target(index, read_at={PROFILE: NOW}) for index in range(130)]
    for hours, calls in ((0, 0), (23, 0), (24, 2)):
        list(collect(client, watched, NOW + timedelta(hours=hours)))
        assert budget.taken["users"] == calls
    list(collect(client, [target(index) for index in range(101)], NOW))
    assert budget.taken["users"] == 4


def test_a_month_costs_what_the_terms_say(world, client, budget):
    """Profile daily, posts when they are new, figures followed for the first day only."""
    watched, seen = known(client, world, 0), {}
    spent, posts = Decimal(0), 0
    for _ in range(7 * 24):
        world.advance(timedelta(hours=1))
        if world.now.hour == 0:  # X bills each resource once a UTC day
            spent += budget.dollars
            budget.charged.clear()
        due = [id_ for id_, at in seen.items() if at.date() == world.now.date()]
        read_at = watched.read_at
        for page in collect(client, [target(
            0, newest_id=watched.newest_id, due_ids=tuple(due), read_at=read_at
        )], world.now):  # fmt: skip
            read_at = read_at | {part: world.now for part in page.read if part == PROFILE}
            fresh = [r for r in page.rows.get(Tweet, ()) if r["current_id"] not in seen]
            posts += len(fresh)
            seen |= {row["current_id"]: world.now for row in fresh}
        newest_id = newest([watched.newest_id, *seen])
        watched = target(0, newest_id=newest_id, read_at=read_at)
    spent += budget.dollars - 100 * POST  # without the first poll
    assert posts > 3
    assert spent <= 8 * USER + posts * POST


# --- What is brought -----------------------------------------------------------------------------
def test_an_account_comes_with_its_figures_and_its_posts_with_its_followers(client, world):
    pages = list(collect(client, [target(0)], world.now))
    (found,) = pages[0].accounts
    account = world.accounts("twitter")[0]
    assert found.handle == account.handle_at(world.now)
    assert found.figures["audience"] == account.audience_at(world.now)
    assert {row["followers"] for row in rows_of(pages)} == {found.figures["audience"]}


def test_the_audience_as_last_read_goes_along_where_no_profile_is_due(client, world):
    watched = target(0, audience=77, read_at={PROFILE: world.now})
    assert {row["followers"] for row in rows_of(collect(client, [watched], world.now))} == {77}


def test_an_edited_post_stays_one_item(client, world):
    rows = rows_of(collect(client, [target(index) for index in range(5)], world.now))
    edited = [row for row in rows if row["current_id"] != row["external_id"]]
    assert edited
    assert len({row["external_id"] for row in rows}) == len(rows)
    again = [target(0, newest_id=str(2**62), due_ids=tuple(row["current_id"] for row in edited),
                    read_at={PROFILE: world.now})]  # fmt: skip
    for row in rows_of(collect(client, again, world.now)):
        assert (row["external_id"], row["current_id"]) in {
            (old["external_id"], old["current_id"]) for old in edited
        }


def test_figures_are_read_again_a_hundred_a_call_for_all_accounts(client, world, calls):
    rows = rows_of(collect(client, [target(0), target(1)], world.now))
    due = {t: tuple(r["current_id"] for r in rows if r["account"] == t) for t in
           (str(FIRST_ID), str(FIRST_ID + 1))}  # fmt: skip
    calls.clear()
    world.advance(timedelta(hours=1))
    targets = [
        target(i, newest_id=str(2**62), due_ids=ids, read_at={PROFILE: world.now})
        for i, ids in enumerate(due.values())
    ]
    again = rows_of(collect(client, targets, world.now))
    assert len([call for call in calls if call.path == "/2/tweets"]) == 2
    assert {row["external_id"] for row in again} <= {row["external_id"] for row in rows}
    assert {row["account"] for row in again} == set(due)


def test_what_the_timeline_brought_is_not_asked_for_again(client, world, calls):
    rows = rows_of(collect(client, [target(0)], world.now))
    calls.clear()
    ids = tuple(row["current_id"] for row in rows)
    list(collect(client, [target(0, due_ids=ids)], world.now))
    assert [call.path for call in calls if call.path == "/2/tweets"] == []


def test_a_deleted_post_vanishes(client, world):
    rows = rows_of(collect(client, [target(DELETION)], world.now))
    planted = world.planted["twitter"].deletion
    (gone,) = [r for r in rows if int(r["external_id"]) % 2**22 == planted.number]
    world.advance(timedelta(days=2))
    due = target(DELETION, newest_id=str(2**62), due_ids=(gone["current_id"],))
    vanished = [v for page in collect(client, [due], START) for v in page.vanished.get(Tweet, ())]
    assert vanished == [(str(FIRST_ID + DELETION), gone["current_id"])]


def test_a_rename_is_seen_under_the_same_id(client, world):
    before = next(iter(collect(client, [target(RENAME)], world.now))).accounts[0]
    world.advance(timedelta(days=3))
    after = next(iter(collect(client, [target(RENAME)], world.now))).accounts[0]
    assert before.account == after.account
    assert before.handle != after.handle


def test_closed_accounts_say_why_and_the_others_go_on(client, world):
    world.advance(timedelta(days=5))
    targets = [target(index) for index in (CLOSED, SHUT, AWAY, 0, SILENT)]
    pages = list(collect(client, [*targets, target(999)], world.now))
    failed = {account: error for page in pages for account, error in page.failed.items()}
    assert {int(a) - FIRST_ID: error.reason for a, error in failed.items()} == {
        CLOSED: "suspended", SHUT: "protected", AWAY: "protected", 999: "unknown",
    }  # fmt: skip
    assert {row["account"] for row in rows_of(pages)} == {str(FIRST_ID)}


def test_the_newest_3200_posts_can_be_reached(client, world):
    open_ = [a for a in world.accounts("twitter") if a.state_at(world.now) == "active"]
    busy = max(open_, key=lambda a: a.per_day * (world.now - a.born_at).days)
    assert busy.posts_count_at(world.now) > 3_300
    pages = list(collect(client, [target(busy.index, newest_id="1")], world.now))
    times = [row["published_at"] for row in rows_of(pages)]
    assert 3_100 < len(times) <= 3_200
    firsts = [page.rows[Tweet][0]["published_at"] for page in pages if Tweet in page.rows]
    assert firsts == sorted(firsts), "the oldest page comes first"


# --- Looking up ----------------------------------------------------------------------------------
def test_names_are_found_whatever_their_case(client, world):
    account = world.accounts("twitter")[0]
    name = account.handle_at(world.now)
    found = resolve(client, [name.upper(), name, "nobody_there"])
    assert found[name] == found[name.upper()]
    assert isinstance(found[name], Facts)
    assert found[name].account == str(FIRST_ID)
    assert found["nobody_there"] == Gone("X does not know this.", reason="unknown")


def test_250_names_are_three_calls(client, budget):
    found = resolve(client, [f"name{number}" for number in range(250)])
    assert budget.taken["users_by"] == 3
    assert budget.dollars == 0
    assert len(found) == 250


def test_a_suspended_account_is_not_found_but_explained(client, world):
    world.advance(timedelta(days=4))
    name = world.accounts("twitter")[CLOSED].handle_at(world.now)
    assert resolve(client, [name])[name].reason == "suspended"


def test_a_name_that_x_does_not_mention_is_unknown():
    found = resolve(client_of(answering({"meta": {"result_count": 0}})), ["someone"])
    assert found["someone"].reason == "unknown"


def test_trends_are_places_of_a_ranking(client, world):
    rows = rankings(client, "woeid:1", world.now).rows[Ranking]
    assert [row["rank"] for row in rows] == list(range(1, len(rows) + 1))
    assert {row["place"] for row in rows} == {"woeid:1"}
    assert None in {row["volume"] for row in rows}


@pytest.mark.parametrize("place", ["", "world", "woeid:", "woeid:-1", "1/../usage"])
def test_a_place_is_a_number(client, place):
    with pytest.raises(ValueError, match="woeid"):
        rankings(client, place, NOW)


def test_a_credential_is_probed_for_nothing(client, budget, calls):
    probe(client)
    assert budget.dollars == 0
    assert len(calls) == 1
