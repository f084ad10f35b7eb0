"""Figures that are due, limits in the middle, and what a person asks for by hand."""

import pytest

from platforms.contract import Facts
from platforms.errors import QuotaSpent, RateLimited, Refused
from platforms.models import Comment
from platforms.simulation.wire import as_json
from platforms.youtube import collector
from tests.platforms.connections import Purse
from tests.platforms.youtube.wire import (
    CHANNEL,
    NOW,
    OTHER,
    READ_LATELY,
    Site,
    asked,
    channel,
    client_of,
    collected,
    error,
    failed,
    listed,
    rows_of,
    target,
    upload,
    vanished,
    video,
)


# --- Figures --------------------------------------------------------------------------------------
def test_figures_that_are_due_come_from_the_bucket_of_their_own():
    ids = tuple(f"v{n}" for n in range(120))
    site = Site(channels=[channel()], pages=[[]],
                stats=[{"id": id_, "statistics": {"viewCount": "5"}} for id_ in ids])  # fmt: skip
    client, pages = collected(site, target(newest_id="v0", due_ids=ids))
    assert client.purse.taken == {"units": 2, "batch_get_stats": 3}
    assert rows_of(pages)["v7"] == {
        "account": CHANNEL, "external_id": "v7", "view_count": 5, "like_count": None,
        "comment_count": None,
    }  # fmt: skip
    assert vanished(pages) == []


def test_what_the_batch_leaves_out_is_asked_for_again_before_it_is_gone():
    site = Site(channels=[channel()], pages=[[]], videos=[video("there")], stats=[])
    client, pages = collected(site, target(newest_id="x", due_ids=("there", "gone")))
    assert [call.listed("id") for call in asked(client, "videos")] == [["there", "gone"]]
    assert vanished(pages) == [(CHANNEL, "gone")]
    assert rows_of(pages)["there"]["view_count"] == 10


def test_a_broken_figure_is_no_sign_that_the_video_is_gone():
    broken = {"id": "a", "statistics": {"viewCount": "-4"}}
    sound = {"id": "b", "statistics": {"viewCount": "4"}}
    site = Site(channels=[channel()], pages=[[]], stats=[broken, sound])
    client, pages = collected(site, target(newest_id="x", due_ids=("a", "b")))
    assert set(rows_of(pages)) == {"b"}
    assert vanished(pages) == []
    assert asked(client, "videos") == []


def test_an_item_without_a_name_makes_nothing_vanish():
    def site(call):
        if call.path.endswith("videos"):
            return listed(video("a"), {"statistics": {}})
        return Site(channels=[channel()], pages=[[upload("a"), upload("b")]])(call)

    assert vanished(collected(site)[1]) == []


def test_new_videos_are_not_measured_twice():
    site = Site(channels=[channel()], pages=[[upload("a")]], videos=[video("a")])
    client, pages = collected(site, target(due_ids=("a",)))
    assert client.purse.taken == {"units": 3}
    assert rows_of(pages)["a"]["like_count"] == 2


def test_an_unusable_batch_fails_its_channels_alone():
    def site(call):
        if call.path.endswith("batchGetStats"):
            return as_json({"items": {}})
        return Site(channels=[channel()], pages=[[upload("a")]], videos=[video("a")])(call)

    _, pages = collected(site, target(due_ids=("z",)))
    assert failed(pages)[CHANNEL].where == "items"
    assert set(rows_of(pages)) == {"a"}


# --- Limits in the middle -------------------------------------------------------------------------
class Thrifty(Purse):
    """Has so many units and no more."""

    def __init__(self, **units):
        super().__init__("youtube")
        self.units = units

    def take(self, bucket, *, cost=1, **more):
        if self.taken[bucket] >= self.units.get(bucket, 99):
            raise QuotaSpent("Spent.", until=NOW)
        super().take(bucket, cost=cost, **more)


def test_a_quota_that_ends_in_the_middle_leaves_what_was_read_and_the_other_bucket_is_used():
    ids = [f"UC{n:022d}" for n in range(5)]
    site = Site(channels=[channel(id_) for id_ in ids], pages=[[upload("a")]],
                stats=[{"id": "old", "statistics": {"viewCount": "1"}}])  # fmt: skip
    targets = [target(id_, newest_id="a", read_at=READ_LATELY) for id_ in ids]
    targets[4] = target(ids[4], newest_id="a", due_ids=("old", "lost"), read_at=READ_LATELY)
    client, pages = client_of(site, purse=Thrifty(units=3)), []
    with pytest.raises(QuotaSpent):
        pages.extend(pages_until_the_end(client, targets, pages))
    assert [page.read["uploads"] for page in pages if "uploads" in page.read] == [
        [ids[0]],
        [ids[1]],
    ]
    assert rows_of(pages)["old"]["view_count"] == 1
    assert vanished(pages) == []
    assert client.purse.taken == {"units": 3, "batch_get_stats": 1}


def pages_until_the_end(client, targets, pages):
    for page in collector.collect(client, targets, NOW):
        pages.append(page)
    return ()


@pytest.mark.parametrize(
    ("body", "kind"),
    [(error(429, "rateLimitExceeded"), RateLimited), (error(400, "keyInvalid"), Refused)],
)
def test_a_limit_or_a_refusal_ends_the_collection(body, kind):
    def site(call):
        if call.path.endswith("playlistItems"):
            return as_json(body, status=body["error"]["code"])
        return Site(channels=[channel()])(call)

    client, pages = client_of(site), []
    with pytest.raises(kind):
        pages.extend(pages_until_the_end(client, [target(due_ids=("a",))], pages))
    assert len(pages[0].accounts) == 1
    assert asked(client, "videos:batchGetStats") == []


# --- Names, searches, comments --------------------------------------------------------------------
def test_names_and_ids_are_looked_up_together():
    def site(call):
        if "forHandle" in call.params:
            return listed(*([channel(OTHER)] if call.param("forHandle") == "@channel" else []))
        return Site(channels=[channel()])(call)

    client = client_of(site)
    unknown = "UC" + "z" * 22
    found = collector.resolve(client, ["@channel", CHANNEL, unknown, "@nobody"])
    assert (found["@channel"].account, found[CHANNEL].account) == (OTHER, CHANNEL)
    assert found[unknown].reason == found["@nobody"].reason == "unknown"
    assert client.purse.taken == {"units": 3}


def test_a_search_costs_one_of_the_hundred_and_a_unit():
    def site(call):
        if call.path.endswith("search"):
            ids = ({"channelId": id_} for id_ in (OTHER, CHANNEL, OTHER))
            return listed(*[{"id": id_, "snippet": {"title": "A &amp; B"}} for id_ in ids])
        return Site(channels=[channel(), channel(OTHER)])(call)

    client = client_of(site)
    found = collector.search(client, "music")
    assert [facts.account for facts in found] == [OTHER, CHANNEL]
    assert all(isinstance(facts, Facts) and facts.figures for facts in found)
    assert client.purse.taken == {"search": 1, "units": 1}


def test_a_search_that_finds_nothing_asks_no_further():
    client = client_of(lambda _call: listed())
    assert collector.search(client, "nothing") == []
    assert client.purse.taken == {"search": 1}


def test_comments_and_replies_are_read_and_switched_off_ones_are_no_failure():
    def comment(id_, **more):
        snippet = {"textDisplay": f"Text {id_}", "authorDisplayName": "@a", "likeCount": 3,
                   "publishedAt": "2026-11-24T10:00:00Z", **more}  # fmt: skip
        return {"id": id_, "snippet": snippet}

    def site(call):
        if call.param("videoId") == "off":
            return as_json(error(403, "commentsDisabled"), status=403)
        thread = {"snippet": {"videoId": "on", "topLevelComment": comment("top")},
                  "replies": {"comments": [comment("reply", parentId="top")]}}  # fmt: skip
        return listed(thread, {"snippet": {"topLevelComment": comment("nowhere")}})

    client = client_of(site)
    pages = list(collector.comments(client, CHANNEL, ["off", "on"], NOW))
    assert failed(pages) == {}
    rows = rows_of(pages, Comment)
    assert {id_: row["parent_external_id"] for id_, row in rows.items()} == {
        "top": "",
        "reply": "top",
    }
    assert rows["top"]["item_external_id"] == "on"
    assert (rows["top"]["account"], rows["top"]["score"]) == (CHANNEL, 3)
    assert {call.param("textFormat") for call in client.calls} == {"plainText"}
