"""The simulated Twitch answers as described, and a whole poll of it works."""

from datetime import UTC, datetime, timedelta

import pytest

from platforms.contract import Facts, Target
from platforms.errors import Gone, Malformed, RateLimited, Refused
from platforms.simulation.planted import CLOSED, RENAME
from platforms.simulation.wire import Call
from platforms.simulation.world import World
from platforms.twitch.client import API, ID
from platforms.twitch.collector import collect, probe, rankings, resolve, search
from platforms.twitch.manifest import PLATFORM
from platforms.twitch.models import ScheduledStream, StreamRecord
from platforms.twitch.simulator import PER_MINUTE, TwitchSimulator, user_id
from tests.platforms.shared import needs_data
from tests.platforms.simulation.specs import problems
from tests.platforms.twitch.wire import CLIENT_ID, SECRET, body, client

START = datetime(2026, 11, 24, 19, 0, tzinfo=UTC)


@pytest.fixture
def world():
    return World(start=START, accounts=25)


@pytest.fixture
def simulated(world):
    return TwitchSimulator(world)


@pytest.fixture
def twitch(simulated):
    return client(simulated.answer)


def targets_of(world, **more):
    return [
        Target(account=user_id(account), handle=account.handle_at(world.now), **more)
        for account in world.accounts("twitch")
    ]


def rows(pages, model=StreamRecord):
    return [row for page in pages for row in page.rows.get(model, [])]


@needs_data
def test_every_answer_is_as_described(world, simulated):
    found = []

    def compared(call):
        answer = simulated.answer(call)
        found.extend((call.path, problem) for problem in problems("twitch", call, answer))
        return answer

    twitch = client(compared, token="stale-token")
    probe(twitch)
    list(collect(twitch, targets_of(world), world.now))
    resolve(twitch, [account.handle_at(world.now) for account in world.accounts("twitch")])
    search(twitch, "the")
    rankings(twitch, "games", world.now)
    for bad in ([], [str(n) for n in range(101)]):
        with pytest.raises(Malformed):
            twitch.channels(bad)
    world.advance(timedelta(hours=9))
    list(collect(twitch, targets_of(world), world.now))
    assert found == []
    assert len(twitch.calls) > 100


def test_a_poll_stores_what_the_world_shows(world, twitch):
    pages = list(collect(twitch, targets_of(world), world.now))
    live = [
        a.stream_at(world.now)
        for a in world.accounts("twitch")
        if a.state_at(world.now) == "active"
    ]
    on_air = {row["external_id"]: row for row in rows(pages) if row.get("ended_at", 0) is None}
    assert len(on_air) == sum(post is not None for post in live)
    assert {row["viewer_count"] for row in on_air.values()} == {
        post.viewers_at(world.now) for post in live if post
    }
    assert sum(not row.get("is_live", True) for row in rows(pages)) > 25
    assert rows(pages, ScheduledStream)
    followers = {f.account: f.figures["audience"] for p in pages for f in p.accounts if f.figures}
    first = world.accounts("twitch")[0]
    assert followers[user_id(first)] == first.audience_at(world.now)


def test_a_broadcast_begins_and_ends_exactly(world, twitch):
    account = next(a for a in world.accounts("twitch") if a.stream_at(world.now))
    post = account.stream_at(world.now)
    target = Target(account=user_id(account), handle="somebody")
    (live, *_) = rows(collect(twitch, [target], world.now))
    assert live["published_at"] == post.published_at
    world.advance(timedelta(hours=11))
    over = Target(account=user_id(account), handle="somebody", due_ids=(live["external_id"],))
    found = [
        r
        for r in rows(collect(twitch, [over], world.now))
        if r["external_id"] == live["external_id"]
    ]
    assert [row["is_live"] for row in found] == [False, False]
    exact = post.published_at + timedelta(minutes=post.minutes)
    assert found[0]["ended_at"] == world.now
    assert found[1]["ended_at"] == exact


def test_all_recordings_are_paged_through(world, twitch):
    account = max(
        world.accounts("twitch"), key=lambda a: len(a.posts(START - timedelta(days=60), START))
    )
    listing, again = twitch.videos(user_id(account)), None
    assert listing.cursor is None
    small = Call(
        method="GET", host=API, path="/helix/videos",
        params={"user_id": [user_id(account)], "first": ["7"]},
        headers={k.lower(): v for k, v in twitch.calls[-1].headers.items()},
    )  # fmt: skip
    simulated, ids = TwitchSimulator(world), []
    while True:
        again = body(simulated.answer(small))
        ids += [video["id"] for video in again["data"]]
        if not again["pagination"]:
            break
        small.params["after"] = [again["pagination"]["cursor"]]
    assert ids == [video.id for video in listing.items]


def test_a_renamed_channel_keeps_its_id(world, twitch):
    account = world.accounts("twitch")[RENAME]
    before = account.handle_at(world.now)
    (facts,) = resolve(twitch, [before]).values()
    world.advance(timedelta(days=3))
    assert isinstance(resolve(twitch, [before])[before], Gone)
    pages = list(collect(twitch, [Target(account=facts.account, handle=before)], world.now))
    renamed = next(f for page in pages for f in page.accounts if isinstance(f, Facts))
    assert (renamed.account, renamed.handle != before) == (facts.account, True)


def test_a_suspended_channel_is_gone(world, twitch):
    world.advance(timedelta(days=4))
    account = user_id(world.accounts("twitch")[CLOSED])
    pages = list(collect(twitch, [Target(account=account, handle="x")], world.now))
    assert [type(e) for page in pages for e in page.failed.values()] == [Gone]


def test_one_poisoned_channel_does_not_cost_the_others(world, simulated, twitch):
    bad = user_id(world.accounts("twitch")[0])
    simulated.poisoned = {bad}
    pages = list(collect(twitch, targets_of(world), world.now))
    lost = {
        account for page in pages for account, e in page.failed.items() if not isinstance(e, Gone)
    }
    assert lost == {bad}


def test_the_limit_is_kept_and_its_headers_are_believed(world, simulated):
    twitch = client(simulated.answer)
    for _ in range(PER_MINUTE):
        twitch.streams(["1"])
    assert twitch.purse.lowered == {"helix": 0}
    with pytest.raises(RateLimited) as limit:
        twitch.streams(["1"])
    assert 1 <= limit.value.retry_after <= 61
    world.advance(timedelta(seconds=limit.value.retry_after))
    twitch.streams(["1"])


@pytest.mark.parametrize(("client_id", "secret"), [("wrong" * 6, SECRET), (CLIENT_ID, "wrong" * 6)])
def test_a_wrong_key_is_told_at_once(simulated, client_id, secret):
    with pytest.raises(Refused) as refused:
        probe(client(simulated.answer, token=None, client_id=client_id, secret=secret))
    assert refused.value.reason == "wrong"


def test_calls_without_a_good_token_are_refused(simulated):
    call = Call(method="GET", host=API, path="/helix/streams")
    assert simulated.answer(call).status == 401
    token = simulated.answer(Call(method="POST", host=ID, path="/oauth2/token"))
    assert body(token) == {"status": 400, "message": "missing client id"}
    assert simulated.limited(call).status == 429


def test_the_platform_is_complete():
    assert PLATFORM.advice.keys() >= {"valid", "expired", "wrong", "unreachable", "out_of_quota"}
    assert {"title", "peak_viewers", "vod_views"} <= PLATFORM.columns.keys()
    assert all(hasattr(StreamRecord, column) for column in PLATFORM.columns)
