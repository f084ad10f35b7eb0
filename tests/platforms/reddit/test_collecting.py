"""New posts: as few listings as possible, and none of them is missed."""

from datetime import timedelta

from platforms.errors import RateLimited
from platforms.reddit.collector import collect
from platforms.simulation.wire import as_json
from tests.platforms.connections import Purse
from tests.platforms.reddit.feeds import MINUTE, Reddit, feed, gathered, paths, until, watched
from tests.platforms.reddit.wire import NOW, client, listing, post, target


def test_many_subreddits_are_read_in_one_listing_and_their_members_in_one_call():
    names = [f"sub{n}" for n in range(25)]
    site = Reddit(**{name: feed(name, 3, every=30 * MINUTE) for name in names})
    reddit = client(site)
    targets = watched(*names, read_at={"posts": NOW - 15 * MINUTE})
    rows, failed, _, read, facts = gathered(collect(reddit, targets, NOW))
    assert paths(reddit) == [f"/r/{'+'.join(names)}/new", "/api/info"]
    assert all(len(rows[t.account]) == 3 for t in targets)
    assert sorted(read["posts"]) == sorted(read["about"]) == sorted(t.account for t in targets)
    assert {f.figures["audience"] for f in facts.values()} == {100}
    assert failed == {}


def test_a_hundred_quiet_subreddits_cost_four_listings():
    names = [f"sub{n}" for n in range(100)]
    reddit = client(Reddit(**{name: feed(name, 1, first=20) for name in names}))
    gathered(collect(reddit, watched(*names), NOW))
    assert len(paths(reddit)) == 4


def test_names_that_are_long_together_make_smaller_groups():
    names = [f"sub{n}".ljust(200, "x") for n in range(20)]
    reddit = client(Reddit(**{name: feed(name, 1, first=20) for name in names}))
    gathered(collect(reddit, watched(*names), NOW))
    assert len(paths(reddit)) == 3
    assert all(len(path) < 1600 for path in paths(reddit))


def test_a_busy_group_is_read_back_to_the_last_round_page_by_page():
    site = Reddit(
        busy=feed("busy", 500, every=timedelta(seconds=4)), quiet=feed("quiet", 2, first=600)
    )
    reddit = client(site)
    rows, _, _, read, _ = gathered(collect(reddit, watched("busy", "quiet"), NOW))
    assert len(paths(reddit)) == 4, "20 minutes of posts, 300 of them, and one page more"
    assert len(rows["t5_9busy"]) == 400
    assert set(read["posts"]) == {"t5_9busy", "t5_9quiet"}


def test_a_group_that_is_busier_than_a_listing_is_long_is_split():
    site = Reddit(
        busy=feed("busy", 1500, every=timedelta(seconds=1)),
        calm=feed("calm", 30, every=MINUTE, first=1),
    )
    reddit = client(site)
    rows, _, _, read, _ = gathered(collect(reddit, watched("busy", "calm"), NOW))
    assert "/r/calm/new" in paths(reddit)
    assert len(set(rows["t5_9busy"])) == 1000, "all that Reddit shows"
    assert len(set(rows["t5_9calm"])) == 30
    assert sorted(read["posts"]) == ["t5_9busy", "t5_9calm"]
    assert len(paths(reddit)) == 21


def test_a_new_subreddit_is_read_alone_as_far_back_as_reddit_shows():
    reddit = client(Reddit(fresh=feed("fresh", 250), old=feed("old", 1, first=30)))
    targets = [*watched("old"), target("t5_9fresh", "fresh")]
    rows, _, _, read, facts = gathered(collect(reddit, targets, NOW))
    assert paths(reddit) == ["/r/old/new", "/api/info", *["/r/fresh/new"] * 3]
    assert len(rows["t5_9fresh"]) == 250
    assert set(read["posts"]) == {"t5_9fresh", "t5_9old"}
    assert "t5_9fresh" in facts


def test_known_ids_end_a_round_where_no_moment_is_known():
    posts = feed("python", 300)
    reddit = client(Reddit(python=posts))
    known = target("t5_9python", "python", newest_id=posts[20]["data"]["id"])
    rows, *_ = gathered(collect(reddit, [known], NOW))
    assert paths(reddit).count("/r/python/new") == 1
    assert len(rows["t5_9python"]) == 100


def test_an_old_post_that_is_pinned_on_top_ends_nothing():
    posts = feed("python", 150, every=timedelta(seconds=5))
    pinned = post("1", "t5_9python", at=NOW - timedelta(days=900))

    def handler(call):
        after = call.param("after")
        return as_json(listing(*posts[100:]) if after else listing(pinned, *posts[:100], after="x"))

    rows, *_ = gathered(collect(client(handler), watched("python"), NOW))
    assert len(rows["t5_9python"]) == 151


def test_a_cursor_that_comes_again_ends_the_listing():
    reddit = client(lambda _: as_json(listing(*feed("python", 1), after="t3_same")))
    gathered(collect(reddit, watched("python"), NOW))
    assert len(reddit.calls) == 2


def test_a_listing_without_end_is_left_after_ten_pages():
    count = iter(range(10_000))
    reddit = client(lambda _: as_json(listing(*feed("python", 1), after=f"t3_{next(count)}")))
    gathered(collect(reddit, watched("python"), NOW))
    assert len(reddit.calls) == 10


def test_a_limit_lets_stand_what_was_yielded_and_the_next_round_goes_as_far_back():
    class Tight(Purse):
        def take(self, bucket, *, cost=1, **more):
            super().take(bucket, cost=cost, **more)
            if self.taken[bucket] > 2:
                raise RateLimited("enough", retry_after=9)

    reddit = client(
        Reddit(busy=feed("busy", 500, every=timedelta(seconds=4))), purse=Tight("reddit")
    )
    pages = until(RateLimited, collect(reddit, watched("busy"), NOW))
    rows, _, _, read, _ = gathered(pages)
    assert len(rows["t5_9busy"]) == 200
    assert "posts" not in read
