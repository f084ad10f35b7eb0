"""Known posts are measured by id; what is missing or closed does not stop the rest."""

from urllib.parse import unquote

import pytest

from platforms.errors import Malformed, Refused, Unavailable
from platforms.reddit.collector import collect
from platforms.simulation.wire import Answer, as_json
from tests.platforms.reddit.feeds import MINUTE, Reddit, feed, gathered, paths, watched
from tests.platforms.reddit.wire import NOW, client, listing, post, refusal, subreddit, target


def test_due_posts_are_asked_for_by_id_and_those_that_are_missing_have_vanished():
    site = Reddit(python=feed("python", 60, first=300), rust=feed("rust", 3, first=300))
    site.feeds["python"] = feed("python", 1, first=30) + site.feeds["python"]
    due = tuple(p["data"]["id"] for p in site.feeds["python"][1:])
    site.deleted = {due[5]}
    reddit = client(lambda call: as_json(listing()) if "new" in call.path else site(call))
    rows, failed, vanished, *_ = gathered(collect(reddit, watched("python", due_ids=due), NOW))
    assert set(rows["t5_9python"]) == set(due) - {due[5]}
    assert vanished == [("t5_9python", due[5])]
    assert paths(reddit) == ["/r/python/new", "/api/info"]
    assert failed == {}


def test_what_the_listing_has_just_told_is_not_asked_for_again():
    site = Reddit(python=feed("python", 50))
    due = tuple(p["data"]["id"] for p in site.feeds["python"])
    reddit = client(site)
    gathered(collect(reddit, watched("python", due_ids=due), NOW))
    assert paths(reddit) == ["/r/python/new"]


def test_posts_of_a_subreddit_that_closed_have_not_vanished():
    site = Reddit(python=feed("python", 3, first=300), rust=feed("rust", 1, first=300))
    due = tuple(p["data"]["id"] for p in site.feeds["python"])
    site.closed, site.deleted = {"python": refusal(403, reason="private")}, set(due)
    targets = [*watched("python", due_ids=due), *watched("rust")]
    _, failed, vanished, read, _ = gathered(collect(client(site), targets, NOW))
    assert vanished == []
    assert failed["t5_9python"].reason == "private"
    assert read["posts"] == ["t5_9rust"], "it must go back to here when it opens again"


def test_an_answer_that_leaves_everything_out_erases_nothing():
    site = Reddit(python=feed("python", 60, first=300))
    due = tuple(p["data"]["id"] for p in site.feeds["python"])
    site.deleted, site.feeds["python"] = set(due), []
    _, failed, vanished, *_ = gathered(collect(client(site), watched("python", due_ids=due), NOW))
    assert vanished == []
    assert isinstance(failed["t5_9python"], Unavailable)


def test_a_due_post_of_a_broken_form_has_not_vanished():
    site = Reddit(python=[])
    good, odd = post("1aa", "t5_9python"), post("1bb", "t5_9python", num_comments=-1)
    site.broken["/api/info"] = as_json(listing(subreddit("t5_9python", "python"), good, odd))
    targets = watched("python", due_ids=("1aa", "1bb"))
    rows, failed, vanished, *_ = gathered(collect(client(site), targets, NOW))
    assert (rows["t5_9python"], vanished) == (["1aa"], [])
    assert isinstance(failed["t5_9python"], Malformed)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(403, reason="private"), "private"),
        (refusal(403, reason="quarantined"), "quarantined"),
        (refusal(404, reason="banned"), "banned"),
        (Answer(status=302, headers={"Location": "/subreddits/search"}), "unknown"),
    ],
)
def test_one_closed_subreddit_does_not_stop_the_others(answer, reason):
    site = Reddit(a=feed("a", 2), b=feed("b", 2), c=feed("c", 2))
    site.closed = {"b": answer}
    targets = watched("a", "b", "c", read_at={"posts": NOW - 15 * MINUTE})
    rows, failed, _, read, _ = gathered(collect(client(site), targets, NOW))
    assert (len(rows["t5_9a"]), len(rows["t5_9c"])) == (2, 2)
    assert failed["t5_9b"].reason == reason
    assert set(failed) == {"t5_9b"}
    assert sorted(read["posts"]) == ["t5_9a", "t5_9c"]


def test_a_group_that_is_refused_whole_is_halved_until_the_cause_is_found():
    site = Reddit(**{name: feed(name, 1, first=30) for name in "abcd"})

    def handler(call):
        poisoned = "c" in unquote(call.path).split("/")[2].split("+")
        return refusal(403, "Forbidden") if poisoned else site(call)

    reddit = client(handler)
    rows, failed, _, read, _ = gathered(collect(reddit, watched(*"abcd"), NOW))
    assert set(rows) == {"t5_9a", "t5_9b", "t5_9d"}
    assert isinstance(failed["t5_9c"], Refused)
    assert sorted(read["posts"]) == ["t5_9a", "t5_9b", "t5_9d"]


def test_an_address_that_is_too_long_is_halved():
    site = Reddit(**{name: feed(name, 1, first=30) for name in "abcd"})
    reddit = client(lambda call: Answer(status=414) if call.path.count("+") > 1 else site(call))
    rows, failed, *_ = gathered(collect(reddit, watched(*"abcd"), NOW))
    assert len(rows) == 4
    assert failed == {}


def test_a_silent_reddit_ends_the_round_at_the_second_group():
    reddit = client(lambda _: Answer(status=503))
    with pytest.raises(Unavailable):
        gathered(collect(reddit, watched(*(f"sub{n}" for n in range(100))), NOW))
    assert len(reddit.calls) == 6, "two groups, three tries each"


def test_a_refused_credential_ends_the_round():
    with pytest.raises(Refused):
        gathered(collect(client(lambda _: refusal(401)), watched("python"), NOW))


def test_a_subreddit_whose_name_was_taken_by_another_is_deleted():
    site = Reddit(python=feed("python", 1, first=30))
    lost = target("t5_9gone", "python", read_at={"posts": NOW - 15 * MINUTE})
    _, failed, *_ = gathered(collect(client(site), [lost], NOW))
    assert failed["t5_9gone"].reason == "deleted"


def test_a_persons_posts_are_collected_under_the_person():
    said = [post("1aa", "t5_other"), post("1bb", "t5_another", at=NOW - 30 * MINUTE)]

    def handler(call):
        if call.path.endswith("about"):
            return as_json({"kind": "t2", "data": {"id": "7bb", "name": "Spez"}})
        return as_json(listing(*said) if call.path == "/user/spez/submitted" else listing(said[1]))

    person = target(
        "t2_7bb", "u/spez", read_at={"posts": NOW - 15 * MINUTE}, due_ids=("1bb", "1cc")
    )
    reddit = client(handler)
    rows, failed, vanished, read, facts = gathered(collect(reddit, [person], NOW))
    assert rows["t2_7bb"] == ["1aa", "1bb"]
    assert (vanished, failed) == ([("t2_7bb", "1cc")], {})
    assert facts["t2_7bb"].handle == "u/Spez"
    assert dict(read) == {"about": ["t2_7bb"], "posts": ["t2_7bb"]}
