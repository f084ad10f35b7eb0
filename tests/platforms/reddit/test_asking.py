"""Names, comments, rankings: what people ask for."""

import pytest

from platforms.errors import Gone
from platforms.models import Comment, Ranking
from platforms.reddit.collector import comments, probe, rankings, resolve
from platforms.reddit.models import Post
from platforms.simulation.wire import Answer, as_json
from tests.platforms.reddit.feeds import Reddit, paths
from tests.platforms.reddit.wire import NOW, client, comment, listing, post, refusal


def test_a_suspended_person_is_gone():
    def handler(call):
        if call.path.endswith("about"):
            return as_json({"kind": "t2", "data": {"name": "x", "is_suspended": True}})
        return as_json(listing())

    found = resolve(client(handler), ["u/x"])
    assert (type(found["u/x"]), found["u/x"].reason) == (Gone, "suspended")


def test_names_are_resolved_in_one_call_and_each_missing_one_is_asked_why():
    site = Reddit(python=[], locked=[])
    site.closed = {"locked": refusal(403, reason="private")}
    site.broken["/r/nothing/about"] = Answer(status=302, headers={"Location": "/search"})
    reddit = client(site)
    found = resolve(reddit, ["python", "locked", "nothing"])
    assert (found["python"].account, found["python"].figures["audience"]) == ("t5_9python", 100)
    assert (found["locked"].reason, found["nothing"].reason) == ("private", "unknown")
    assert paths(reddit) == ["/api/info", "/r/locked/about", "/r/nothing/about"]
    assert reddit.calls[0].param("sr_name") == "python,locked,nothing"


def test_the_probe_is_one_call_after_the_token():
    reddit = client(lambda _: as_json(listing()))
    probe(reddit)
    assert paths(reddit) == ["/api/info"]


def test_comments_that_a_tree_leaves_out_are_asked_for_by_id():
    more = {"kind": "more", "data": {"children": ["c3", "c4"], "id": "c3", "count": 2}}
    nested = listing(comment("c2", parent_id="t1_c1"))

    def handler(call):
        if call.path == "/api/info":
            return as_json(listing(comment("c3"), comment("c4", body="[deleted]")))
        return as_json([listing(post()), listing(comment("c1", replies=nested), more)])

    reddit = client(handler)
    pages = list(comments(reddit, "t2_7bb", ["1abc"], NOW))
    rows = [row for page in pages for row in page.rows.get(Comment, ())]
    assert [(r["account"], r["external_id"], r["parent_external_id"]) for r in rows] == [
        ("t2_7bb", "c1", ""), ("t2_7bb", "c2", "c1"), ("t2_7bb", "c3", ""),
    ]  # fmt: skip
    assert pages[-1].vanished == {Comment: [("t2_7bb", "c4")]}
    assert reddit.calls[-1].param("id") == "t1_c3,t1_c4"
    assert all(Post not in page.rows for page in pages)


def test_a_post_without_a_tree_does_not_stop_the_comments_of_others():
    good = as_json([listing(post()), listing(comment())])
    reddit = client(lambda call: refusal(404) if call.path.endswith("1gone") else good)
    assert len(list(comments(reddit, "t5_9aa", ["1gone", "1abc"], NOW))) == 1


def test_a_ranking_lists_posts_best_first():
    site = Reddit(python=[post("1a", score=-4), post("1b", score=9), post("1c", hide_score=True)])
    page = rankings(client(site), "r/python/hot", NOW)
    rows = page.rows[Ranking]
    assert [(r["rank"], r["external_id"], r["volume"]) for r in rows] == [
        (1, "1a", None), (2, "1b", 9), (3, "1c", None),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="is called"):
        rankings(client(site), "r/python/../../x", NOW)
