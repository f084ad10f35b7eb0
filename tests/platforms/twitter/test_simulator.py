"""The simulated X answers like the real one."""

from datetime import UTC, datetime, timedelta

import pytest

from platforms.contract import Target
from platforms.errors import CreditsSpent, RateLimited, Refused
from platforms.simulation.planted import AWAY, CLOSED, SHUT
from platforms.simulation.wire import Call
from platforms.simulation.world import World
from platforms.twitter.client import NEW, OLD
from platforms.twitter.collector import collect, probe, rankings, resolve
from platforms.twitter.models import Tweet
from platforms.twitter.records import published
from platforms.twitter.simulator import FIRST_ID, XSimulator
from tests.platforms.connections import Purse
from tests.platforms.shared import needs_data
from tests.platforms.simulation.specs import problems
from tests.platforms.twitter.wire import client_of

START = datetime(2026, 11, 20, 9, tzinfo=UTC)
ACCOUNTS = (0, 1, 2, CLOSED, SHUT, AWAY, 99)


@pytest.fixture
def world():
    return World(start=START, now=START + timedelta(days=5))


def everything(client, world):
    """Every kind of call that our client makes."""
    targets = [Target(account=str(FIRST_ID + index), handle="a") for index in ACCOUNTS]
    pages = list(collect(client, targets, world.now))
    rows = [row for page in pages for row in page.rows.get(Tweet, ())]
    due = Target(
        account=targets[0].account, handle="a", newest_id=rows[-1]["current_id"],
        due_ids=(*(row["external_id"] for row in rows), "1"),
    )  # fmt: skip
    pages += collect(client, [due], world.now)
    names = [account.handle_at(world.now) for account in world.accounts("twitter")]
    resolve(client, [*names, "nobody"])
    rankings(client, "woeid:1", world.now)
    probe(client)
    return pages


@needs_data
@pytest.mark.parametrize("new_words", [False, True])
def test_every_answer_is_of_the_form_that_x_describes(world, new_words):
    exchanges = []
    simulator = XSimulator(world, new_words=new_words)

    def handler(call):
        answer = simulator.answer(call)
        exchanges.append((call, answer))
        return answer

    everything(client_of(handler), world)
    assert {call.path for call, _ in exchanges} >= {"/2/users", "/2/users/by", "/2/tweets"}
    found = [(call.path, text) for call, a in exchanges for text in problems("twitter", call, a)]
    assert found == []


def test_both_vocabularies_bring_the_same_posts(world):
    def rows(*, new_words):
        simulator = XSimulator(world, new_words=new_words)
        pages = everything(client_of(simulator.answer), world)
        return [row for page in pages for row in page.rows.get(Tweet, ())]

    # Replies and quotes cannot be told apart from the words of 2.167; reposts can.
    old, new = rows(new_words=False), rows(new_words=True)
    assert [(r["external_id"], r["repost_count"], r["text"]) for r in old] == [
        (r["external_id"], r["repost_count"], r["text"]) for r in new
    ]
    reposts = [row["external_id"] for row in old if row["kind"] == "repost"]
    assert reposts == [row["external_id"] for row in new if row["kind"] == "repost"]


def get(simulator, path, **params):
    return simulator.answer(
        Call(
            method="GET", host="api.x.com", path=path, params={k: [v] for k, v in params.items()},
            headers={"authorization": "Bearer good"},
        )
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "params"),
    [
        ("/2/users", {"ids": ",".join(map(str, range(101)))}),
        ("/2/users", {}),
        ("/2/users/by", {"usernames": "a-b"}),
        ("/2/tweets", {"ids": "abc"}),
        ("/2/tweets", {"ids": "1", NEW.parameter: "lang"}),
        (f"/2/users/{FIRST_ID}/tweets", {"max_results": "4"}),
        (f"/2/users/{FIRST_ID}/tweets", {"max_results": "101"}),
    ],
)
def test_a_request_of_the_wrong_form_is_refused(world, path, params):
    assert get(XSimulator(world), path, **params).status == 400


def test_the_old_words_are_refused_where_the_new_ones_are_spoken(world):
    simulator = XSimulator(world, new_words=True)
    assert get(simulator, "/2/tweets", ids="1", **{OLD.parameter: "lang"}).status == 400


@pytest.mark.parametrize(
    ("token", "error"),
    [("wrong", Refused), ("poor", CreditsSpent), ("homeless", Refused)],
)
def test_tokens_that_are_not_good_are_refused(world, token, error):
    client = client_of(XSimulator(world).answer, bearer_token=f"{token}-aaaaaaaaaaaaaaaaaaaa")
    with pytest.raises(error):
        probe(client)


def test_no_token_and_no_such_address(world):
    simulator = XSimulator(world)
    assert simulator.answer(Call(method="GET", host="api.x.com", path="/2/users")).status == 401
    assert get(simulator, "/2/spaces").status == 404


def test_the_limit_of_each_endpoint_is_enforced_and_told(world):
    purse, simulator = Purse("twitter"), XSimulator(world)
    client = client_of(simulator.answer, purse=purse)
    for left in range(74, -1, -1):
        client.trends("1")
        assert purse.lowered["trends"] == left
    with pytest.raises(RateLimited) as refusal:
        client.trends("1")
    assert refusal.value.retry_after == 900
    client.posts(["1"])
    world.advance(timedelta(minutes=15))
    client.trends("1")


def test_a_429_on_order_has_the_form_of_x(world):
    with pytest.raises(RateLimited) as refusal:
        probe(client_of(XSimulator(world).limited))
    assert refusal.value.retry_after == 900


def test_ids_tell_their_moment_and_grow_with_it(world):
    client = client_of(XSimulator(world).answer)
    posts, _ = client.timeline(str(FIRST_ID), since_id=None)
    ids = [int(post.id) for post in posts]
    assert ids == sorted(ids, reverse=True)
    for post in posts:
        assert published(post.id).replace(microsecond=0) == post.created_at
