"""The simulated Reddit answers in Reddit's form, and the collector finds in it what happened."""

from collections import Counter
from contextlib import suppress
from datetime import timedelta
from itertools import product

import pytest

from platforms.errors import Gone, RateLimited, Refused, Unavailable
from platforms.http import Request
from platforms.models import Comment
from platforms.reddit.collector import collect, comments, probe, rankings, resolve
from platforms.reddit.models import Post
from platforms.reddit.simulator import RedditSimulator, post_id
from platforms.simulation.planted import CLOSED, DELETION, ODD, RENAME, SHUT
from platforms.simulation.world import World
from tests.platforms.reddit.feeds import gathered
from tests.platforms.reddit.wire import NOW, client, target
from tests.platforms.shared import needs_data
from tests.platforms.simulation.specs import problems

DAY, QUARTER = timedelta(days=1), timedelta(minutes=15)


@pytest.fixture
def world():
    return World(seed=7, accounts=25, start=NOW)


@pytest.fixture
def exchanges():
    return []


@pytest.fixture
def reddit(world, exchanges):
    simulator = RedditSimulator(world)

    def handler(call):
        answer = simulator.answer(call)
        exchanges.append((call, answer))
        return answer

    made = client(handler, token=None)
    made.simulator = simulator
    return made


def ids(world, account, since, until):
    """What a subreddit shows of what was published between two moments."""
    posts = account.posts(since, until)
    return {post_id(p) for p in posts if not p.removed_at(world.now)}


def targets_of(found, read_at=None):
    return [
        target(facts.account, facts.handle, read_at=read_at or {}, newest_id="0")
        for facts in found.values()
        if hasattr(facts, "account")
    ]


def names(world):
    return [account.handle_at(world.now) for account in world.accounts("reddit")]


def test_the_probe_and_all_names_are_answered(world, reddit):
    probe(reddit)
    found = resolve(reddit, [*names(world), "nosuchplace"])
    states = Counter(getattr(f, "reason", "active") for f in found.values())
    assert states == {"active": 23, "private": 1, "quarantined": 1, "unknown": 1}
    first = world.accounts("reddit")[0]
    facts = found[first.handle_at(world.now)]
    assert facts.figures["audience"] == first.audience_at(world.now)


def test_a_working_day_of_quarter_hours_misses_no_post_and_stays_cheap(world, reddit):
    found = resolve(reddit, names(world))
    read_at = {t.account: {"posts": world.now, "about": world.now} for t in targets_of(found)}
    seen, calls = {account: set() for account in read_at}, []
    for _ in range(32):
        world.advance(QUARTER)
        before = len(reddit.calls)
        targets = [
            target(f.account, f.handle, read_at=read_at[f.account])
            for f in found.values()
            if hasattr(f, "account")
        ]
        rows, failed, _, read, _ = gathered(collect(reddit, targets, world.now))
        for account, items in rows.items():
            seen[account] |= set(items)
        for part, accounts in read.items():
            for account in accounts:
                read_at[account][part] = world.now
        calls.append(len(reddit.calls) - before)
        assert failed == {}
    open_ = [a for a in world.accounts("reddit") if a.state_at(world.now) == "active"]
    known = {f.handle: f.account for f in found.values() if hasattr(f, "account")}
    for account in open_:
        wanted = ids(world, account, NOW, world.now)
        if account.handle_at(world.now) in known:
            assert wanted <= seen[known[account.handle_at(world.now)]]
    assert sum(calls) / 32 < 1.6, "one listing for 22 subreddits, members once an hour"


def test_a_new_subreddit_comes_whole_as_far_as_reddit_goes(world, reddit):
    account = world.accounts("reddit")[0]
    fresh = target("t5_x", account.handle_at(NOW))
    (facts,) = resolve(reddit, [fresh.handle]).values()
    rows, *_ = gathered(collect(reddit, [target(facts.account, facts.handle)], NOW))
    wanted = [post_id(p) for p in account.newest(1100, until=NOW) if not p.removed_at(NOW)]
    assert rows[facts.account] == wanted[: len(rows[facts.account])]
    assert 900 < len(rows[facts.account]) <= 1000


def test_a_deleted_post_vanishes(world, reddit):
    account, gone = world.accounts("reddit")[DELETION], world.planted["reddit"].deletion
    (facts,) = resolve(reddit, [account.handle_at(NOW)]).values()
    due = tuple(post_id(p) for p in account.newest(5, until=NOW) if not p.removed_at(NOW))
    world.advance(DAY + QUARTER)
    read_at = {"posts": world.now - QUARTER}
    known = target(facts.account, facts.handle, due_ids=due, read_at=read_at)
    _, failed, vanished, *_ = gathered(collect(reddit, [known], world.now))
    assert (facts.account, post_id(account.post(gone.number))) in vanished
    assert failed == {}


def test_a_subreddit_that_is_banned_keeps_its_posts_and_says_why(world, reddit):
    account = world.accounts("reddit")[CLOSED]
    (facts,) = resolve(reddit, [account.handle_at(NOW)]).values()
    due = tuple(post_id(p) for p in account.newest(30, until=NOW) if not p.removed_at(NOW))
    world.advance(4 * DAY)
    known = target(facts.account, facts.handle, due_ids=due, read_at={"posts": world.now})
    _, failed, vanished, *_ = gathered(collect(reddit, [known], world.now))
    assert failed[facts.account].reason == "banned"
    assert vanished == []


def test_a_new_name_is_found_by_the_id(world, reddit):
    account = world.accounts("reddit")[RENAME]
    (facts,) = resolve(reddit, [account.handle_at(NOW)]).values()
    world.advance(3 * DAY)
    known = target(facts.account, facts.handle, read_at={"posts": world.now - QUARTER})
    *_, found = gathered(collect(reddit, [known], world.now))
    assert found[facts.account].handle == account.handle_at(world.now) != facts.handle


def test_comments_and_rankings_come_in_full(world, reddit):
    account = world.accounts("reddit")[0]
    talked = max(account.newest(50, until=NOW), key=lambda p: p.figures_at(NOW).comments)
    pages = comments(reddit, "t5_x", [post_id(talked)], NOW)
    rows = [row for page in pages for row in page.rows.get(Comment, ())]
    assert len(rows) == len(world.comments(talked, NOW)) > 40
    hot = rankings(reddit, f"r/{account.handle_at(NOW)}/hot", NOW)
    assert sum(map(len, hot.rows.values())) > 0


def test_a_post_with_its_figures_comes_as_the_world_tells_it(world, reddit):
    account = world.accounts("reddit")[0]
    posts = account.newest(60, until=NOW - DAY)
    told = next(p for p in posts if p.author is None and not p.removed_at(NOW))
    (facts,) = resolve(reddit, [account.handle_at(NOW)]).values()
    known = target(facts.account, facts.handle, due_ids=(post_id(told),), read_at={"posts": NOW})
    pages = collect(reddit, [known], NOW)
    rows = [row for page in pages for row in page.rows.get(Post, ())]
    (row,) = [row for row in rows if row["external_id"] == post_id(told)]
    figures = told.figures_at(NOW)
    assert (row["title"], row["body"], row["author"]) == (told.title, told.text, "")
    assert (row["score"], row["num_comments"]) == (figures.score, figures.comments)
    assert row["upvote_ratio"] == figures.ratio


def test_ids_can_be_read_back_and_grow_with_time(world, reddit):
    posts = [p for a in world.accounts("reddit") for p in a.newest(20, until=NOW)]
    keys = {int(post_id(p), 36): p for p in posts}
    assert len(keys) == len(posts)
    in_time = sorted(posts, key=lambda p: int(post_id(p), 36))
    moments = [p.published_at.replace(microsecond=0) for p in in_time]
    assert moments == sorted(moments)


def test_wrong_and_unapproved_credentials_and_strangers_are_refused(world):
    simulator = RedditSimulator(world)
    for word, reason in (("wrong", "wrong"), ("unapproved", "not_approved")):
        with pytest.raises(Refused) as refused:
            probe(client(simulator.answer, token=None, client_id=f"{word}-1234567890"))
        assert refused.value.reason == reason
    stranger = client(simulator.answer, token="made-up")
    probe(stranger)
    assert [call.method for call in stranger.calls] == ["GET", "POST", "GET"]
    with pytest.raises(Unavailable):
        client(simulator.answer).send(Request("GET", "https://www.reddit.com/r/python.json"))


def test_the_hundred_and_first_call_of_a_minute_is_refused_until_the_minute_is_over(world, reddit):
    for _ in range(100):
        reddit.named(["python"])
    with pytest.raises(RateLimited) as limit:
        reddit.named(["python"])
    assert 1 <= limit.value.retry_after <= 60
    world.advance(timedelta(seconds=limit.value.retry_after))
    reddit.named(["python"])


@needs_data
def test_every_answer_has_the_form_that_was_observed(world, reddit, exchanges):
    resolve(reddit, [*names(world), "nosuchplace"])
    accounts = world.accounts("reddit")
    for index, path in product((0, SHUT, ODD), ("new", "hot", "top", "rising", "about")):
        url = f"https://oauth.reddit.com/r/{accounts[index].handle_at(NOW)}/{path}"
        with suppress(Gone):
            reddit.send(Request("GET", url))
    posts = accounts[0].newest(300, until=NOW)
    reddit.info([f"t3_{post_id(p)}" for p in posts[:99]] + ["t5_1"])
    list(comments(reddit, "t5_x", [post_id(p) for p in posts[:5]], NOW))
    reddit.posts(names(world)[:6], after=f"t3_{post_id(posts[40])}")
    world.advance(DAY)
    reddit.info([f"t3_{post_id(p)}" for p in posts[:100]])
    assert len(exchanges) > 20
    assert [found for exchange in exchanges for found in problems("reddit", *exchange)] == []
