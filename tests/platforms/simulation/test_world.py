"""The simulated world keeps its promises, or nothing that is measured on it means anything."""

import math
import statistics
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from platforms.simulation.grammar import HOSTILE
from platforms.simulation.world import World

START = datetime(2026, 9, 1, tzinfo=UTC)
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
PLATFORMS = ["twitch", "twitter", "youtube", "reddit"]
ALL_FIGURES = ("views", "likes", "comments", "shares", "quotes", "bookmarks", "score")


@pytest.fixture(scope="module")
def world():
    return World(start=START)


def told(world, platform, days=30):
    until = world.start + days * DAY
    return [(post, until) for a in world.accounts(platform) for post in a.posts(world.start, until)]


def test_the_same_seed_is_the_same_world_in_every_process():
    program = (
        "from datetime import UTC, datetime\n"
        "from platforms.simulation.world import World\n"
        "w = World(start=datetime(2026, 9, 1, tzinfo=UTC))\n"
        "a = w.accounts('twitter')[1]\n"
        "posts = a.newest(5, until=w.now)\n"
        "print(posts, [p.figures_at(w.now) for p in posts], a.audience_at(w.now), posts[0].text)"
    )
    runs = [
        subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
        for _ in range(2)
    ]
    assert runs[0].stdout == runs[1].stdout
    assert "Figures(views=" in runs[0].stdout


def test_another_seed_is_another_world(world):
    other = World(start=START, seed=8)
    assert {a.handle_at(START) for a in world.accounts("reddit")} != {
        a.handle_at(START) for a in other.accounts("reddit")
    }


@pytest.mark.parametrize("platform", PLATFORMS)
def test_handles_are_unique_and_fit_every_platform(world, platform):
    handles = [a.handle_at(at) for a in world.accounts(platform) for at in (START, START + 9 * DAY)]
    assert len(set(handles)) == len(world.accounts(platform)) + 1  # one is renamed
    assert all(4 <= len(handle) <= 15 and handle.isalnum() for handle in handles)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_post_is_found_by_its_number_and_numbers_grow_with_time(world, platform):
    account = world.accounts(platform)[2]
    posts = account.posts(account.born_at, START + 5 * DAY)
    numbers = [post.number for post in posts]
    assert numbers == sorted(numbers, reverse=True)
    assert [p.published_at for p in posts] == sorted((p.published_at for p in posts), reverse=True)
    assert len(set(numbers)) == len(numbers)
    assert all(0 <= number < 2**22 for number in numbers)
    assert all(account.post(post.number) == post for post in posts[::37])
    assert account.post(-1) is None
    assert account.post(2**22 - 1) is None


@pytest.mark.parametrize("platform", PLATFORMS)
@given(first=st.floats(0, 400), long=st.floats(0, 40))
@settings(max_examples=20, deadline=None)
def test_pieces_of_a_timeline_agree_with_its_count_and_with_paging(world, platform, first, long):
    account = world.accounts(platform)[1]
    since, until = START - 200 * DAY + first * DAY, START - 200 * DAY + (first + long) * DAY
    posts = account.posts(since, until)
    grown = account.posts_count_at(until) - account.posts_count_at(since)
    assert abs(len(posts) - grown) <= 1  # a post on the very border
    assert posts == account.newest(len(posts), until=until)
    if posts:
        assert account.newest(3, until=until, below=posts[0].number) == posts[1:4] or len(posts) < 4


def test_an_account_has_published_nothing_before_it_was_born(world):
    account = world.accounts("youtube")[0]
    assert account.posts(account.born_at - 900 * DAY, account.born_at) == []
    assert account.posts_count_at(account.born_at - DAY) == 0
    assert account.audience_at(account.born_at - DAY) == 0
    assert account.newest(10**6, until=account.born_at + 400 * DAY)[-1].number >= 256


def test_an_audience_grows_with_a_weekly_season_and_trembles(world):
    account = max(world.accounts("twitter")[5:], key=lambda a: a.audience_at(START))
    hours = [account.audience_at(START + n * HOUR) for n in range(24 * 56)]
    assert hours[-1] > hours[0]
    assert any(later < sooner for sooner, later in pairwise(hours))
    assert max(abs(b / a - 1) for a, b in pairwise(hours)) < 0.002
    days = [b - a for a, b in zip(hours[::24], hours[24::24], strict=False)]
    by_weekday = [statistics.mean(days[n::7]) for n in range(7)]
    assert max(by_weekday) > 2 * min(by_weekday)


@pytest.mark.parametrize("platform", ["twitter", "youtube", "reddit"])
def test_reach_has_a_heavy_tail(world, platform):
    name = "score" if platform == "reddit" else "views"
    found = [getattr(post.figures_at(at), name) for post, at in told(world, platform)]
    assert len(found) > 100
    assert max(found) > 100 * max(statistics.median(found), 1)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_figures_are_never_negative_and_flat_in_the_end(world, platform):
    for post, _ in told(world, platform, days=4)[:200]:
        for age in (-HOUR, 0 * HOUR, HOUR, 26 * HOUR, 60 * DAY):
            figures = post.figures_at(post.published_at + age)
            values = [getattr(figures, name) for name in ALL_FIGURES]
            assert all(value is None or value >= 0 for value in values)
            assert figures.ratio is None or 0 <= figures.ratio <= 1
        if platform != "youtube":
            late, later = (post.figures_at(post.published_at + n * DAY) for n in (46, 90))
            assert late == later


@pytest.mark.parametrize("platform", ["twitter", "youtube"])
def test_views_and_likes_only_grow_and_mostly_on_the_first_day(world, platform):
    posts = [p for p, at in told(world, platform, days=10) if (p.figures_at(at).views or 0) > 1000]
    for post in posts[:50]:
        views = [post.figures_at(post.published_at + n * HOUR).views for n in range(0, 24 * 30, 6)]
        assert views == sorted(views)
        assert views[4] > views[-1] / 2


def test_youtube_comments_and_reddit_scores_sometimes_fall(world):
    def falls(platform, name, hours):
        for post, _ in told(world, platform, days=20):
            values = [getattr(post.figures_at(post.published_at + n * HOUR), name) for n in hours]
            pairs = pairwise(values)
            yield any(later is not None and later < sooner for sooner, later in pairs)

    assert any(falls("youtube", "comments", (20, 25, 27, 30)))
    assert any(falls("reddit", "score", (10, 20, 25, 27, 30)))


def test_a_platform_tells_only_the_figures_that_it_has(world):
    def of(platform):
        found = [post.figures_at(at) for post, at in told(world, platform, days=20)]
        return {
            name
            for name in (*ALL_FIGURES, "ratio")
            if any(getattr(f, name) is not None for f in found)
        }

    assert of("twitch") == {"views"}
    assert of("twitter") == {"views", "likes", "comments", "shares", "quotes", "bookmarks"}
    assert of("youtube") == {"views", "likes", "comments"}
    assert of("reddit") == {"score", "ratio", "comments", "shares"}


def test_streams_do_not_overlap_and_have_viewers_only_while_on_air(world):
    for account in world.accounts("twitch")[:8]:
        posts = account.posts(START, START + 60 * DAY)
        for later, sooner in pairwise(posts):
            assert sooner.published_at + timedelta(minutes=sooner.minutes) <= later.published_at
        for post in posts[:5]:
            middle = post.published_at + timedelta(minutes=post.minutes / 2)
            assert account.stream_at(middle) == post
            assert account.stream_at(post.published_at + timedelta(minutes=post.minutes)) != post
            assert post.viewers_at(post.published_at - HOUR) == 0
    busy = max(world.accounts("twitch"), key=lambda a: a.audience_at(START))
    post = busy.newest(1, until=START)[0]
    assert post.viewers_at(post.published_at + timedelta(minutes=post.minutes / 2)) > 100


def test_texts_have_moods_languages_and_hostile_titles(world):
    posts = [post for platform in PLATFORMS for post, _ in told(world, platform, days=20)]
    assert {post.mood for post in posts} == {"positive", "neutral", "negative"}
    assert {post.lang for post in posts} == {"en", "de", "es", "ja", "ar"}
    lines = [post.title or post.text for post in posts]
    assert any(line.startswith("=1+1") for line in lines)
    assert len({hostile for hostile in HOSTILE if any(hostile[:6] in line for line in lines)}) > 8
    assert max(len(post.text) for post in posts) > 8_000
    assert all(len(post.text) <= 280 for post in posts if post.account.platform == "twitter")


def test_comments_are_the_same_when_read_later_and_only_grow(world):
    post = max(
        (p for p, _ in told(world, "youtube")),
        key=lambda p: p.figures_at(START + 60 * DAY).comments or 0,
    )
    early = world.comments(post, post.published_at + 5 * HOUR)
    late = world.comments(post, post.published_at + 5 * DAY)
    assert 0 < len(early) < len(late) <= 200
    assert late[: len(early)] == early
    assert [c.published_at for c in late] == sorted(c.published_at for c in late)


def test_the_best_hour_is_there_to_be_found(world):
    for platform in PLATFORMS:
        best = world.planted[platform].best_hour
        account = world.accounts(platform)[best.account]
        cells = defaultdict(list)
        for post in account.posts(START - 180 * DAY, START):
            local = post.published_at.astimezone(ZoneInfo(best.zone))
            reach = post.figures_at(post.published_at + DAY)
            value = reach.score if platform == "reddit" else reach.views
            cells[local.weekday(), local.hour].append(math.log1p(value))
        inside = cells.pop((best.weekday, best.hour))
        outside = [value for values in cells.values() for value in values]
        assert len(inside) >= 3, platform
        assert statistics.median(inside) > statistics.median(outside) + 0.4, platform


def test_the_spike_stands_out(world):
    for platform in ("twitter", "youtube", "reddit"):
        spike = world.planted[platform].spike
        account = world.accounts(platform)[spike.account]
        name = "score" if platform == "reddit" else "views"
        at = spike.at + 3 * DAY
        others = [
            getattr(p.figures_at(at), name) for p in account.posts(spike.at - 30 * DAY, spike.at)
        ]
        assert getattr(account.post(spike.number).figures_at(at), name) > 5 * statistics.median(
            others
        )


def test_the_trend_the_rename_and_the_deletion_happen_when_they_are_told_to(world):
    for platform in PLATFORMS:
        planted, accounts = world.planted[platform], world.accounts(platform)
        drawn = accounts[planted.trend.account]
        before = drawn.audience_at(planted.trend.at) / drawn.audience_at(
            planted.trend.at - 20 * DAY
        )
        after = drawn.audience_at(planted.trend.at + 20 * DAY) / drawn.audience_at(planted.trend.at)
        assert after > before + 0.15
        rename = planted.rename
        assert accounts[rename.account].handle_at(rename.at - HOUR) == rename.before
        assert accounts[rename.account].handle_at(rename.at) == rename.after != rename.before
        gone = planted.deletion
        post = accounts[gone.account].post(gone.number)
        assert post.published_at < START
        assert not post.removed_at(START)
        assert post.removed_at(gone.at)


def test_closed_accounts_close_and_one_comes_back(world):
    states = {
        "twitch": "suspended",
        "twitter": "suspended",
        "youtube": "suspended",
        "reddit": "banned",
    }
    for platform in PLATFORMS:
        for closure in world.planted[platform].closures:
            account = world.accounts(platform)[closure.account]
            assert account.state_at(closure.at - HOUR) == "active"
            assert account.state_at(closure.at) == closure.state
            if closure.until:
                assert account.state_at(closure.until) == "active"
        assert world.accounts(platform)[6].state_at(START + 4 * DAY) == states[platform]


def test_hidden_figures_are_none_and_not_zero(world):
    planted, accounts = world.planted["youtube"], world.accounts("youtube")
    assert accounts[planted.hidden_audience].audience_hidden
    likes, comments = planted.hidden_likes, planted.disabled_comments
    assert accounts[likes.account].post(likes.number).figures_at(START).likes is None
    assert accounts[comments.account].post(comments.number).figures_at(START).comments is None
    assert world.comments(accounts[comments.account].post(comments.number), START) == []


def test_a_small_world_has_fewer_effects_and_a_large_one_is_made_at_once():
    small = World(start=START, accounts=2).planted["reddit"]
    assert small.best_hour
    assert small.spike
    assert small.trend is None
    assert small.closures == ()
    assert len(World(start=START, accounts=20_000).accounts("twitch")) == 20_000


def test_the_clock_moves_when_it_is_told_to_and_runs_when_it_is_let(world):
    clock = World(start=START)
    clock.advance(3 * HOUR)
    assert clock.now == START + 3 * HOUR
    clock.run(speed=3600 * 24 * 1000)
    first = clock.now
    assert first < clock.now
    clock.run(speed=0)
    assert clock.now == clock.now > first
