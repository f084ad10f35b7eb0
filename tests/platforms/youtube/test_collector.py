"""What a collection reads, where it stops, and what it leaves standing when something fails."""

from datetime import timedelta

import pytest

from platforms.errors import Gone, Malformed, Unavailable
from platforms.simulation.wire import Answer, as_json
from platforms.youtube import collector
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


# --- Channels -------------------------------------------------------------------------------------
def test_hidden_subscribers_are_withheld_and_not_nought():
    hidden = channel(hiddenSubscriberCount=True, subscriberCount="0")
    _, pages = collected(Site(channels=[hidden]))
    (facts,) = pages[0].accounts
    assert facts.figures == {"audience": None, "contents": 3, "views": 7}


def test_channels_are_asked_for_by_fifty():
    ids = [f"UC{n:022d}" for n in range(101)]
    site = Site(channels=[channel(id_) for id_ in ids])
    client, pages = collected(site, *[target(id_, newest_id="x") for id_ in ids])
    assert len(asked(client, "channels")) == 3
    assert {len(call.listed("id")) for call in asked(client, "channels")} == {50, 1}
    assert {call.param("maxResults") for call in asked(client, "channels")} == {"50"}
    assert sum(len(page.accounts) for page in pages) == 101


def test_a_channel_that_is_left_out_is_gone_and_costs_no_more():
    site = Site(channels=[channel()], pages=[[upload("a")]], videos=[video("a")])
    client, pages = collected(site, target(OTHER, due_ids=("old",)), target())
    assert failed(pages)[OTHER].reason == "unknown"
    assert len(asked(client, "playlistItems")) == 1
    assert asked(client, "videos:batchGetStats") == []
    assert set(rows_of(pages)) == {"a"}


def test_a_broken_channel_fails_alone():
    site = Site(channels=[channel(viewCount="many"), channel(OTHER)], pages=[[]])
    _, pages = collected(site, target(), target(OTHER))
    assert failed(pages)[CHANNEL].where == "items.0.statistics.viewCount"
    assert [facts.account for page in pages for facts in page.accounts] == [OTHER]


# --- Uploads --------------------------------------------------------------------------------------
def test_the_first_collection_reads_back_and_later_ones_the_first_page_alone():
    pages = [[upload(f"v{page}-{n}") for n in range(50)] for page in range(9)]
    site = Site(channels=[channel()], pages=pages,
                videos=[video(f"v{p}-{n}") for p in range(9) for n in range(50)])  # fmt: skip
    client, found = collected(site)
    assert len(asked(client, "playlistItems")) == 5  # 250 videos, of the terms
    assert len(rows_of(found)) == 250
    client, found = collected(site, target(newest_id="v0-0", read_at=READ_LATELY))
    assert len(asked(client, "playlistItems")) == 1
    assert asked(client, "videos") == []


def test_the_list_is_the_one_that_the_channel_names():
    told = channel() | {"contentDetails": {"relatedPlaylists": {"uploads": "UUelsewhere"}}}
    client, _ = collected(Site(channels=[told], pages=[[]]))
    assert asked(client, "playlistItems")[0].param("playlistId") == "UUelsewhere"
    client, _ = collected(Site(channels=[channel() | {"contentDetails": None}], pages=[[]]))
    assert asked(client, "playlistItems")[0].param("playlistId") == f"UU{CHANNEL[2:]}"


def test_a_premiere_below_older_videos_is_found():
    days = {"new": 24, "known": 22, "premiere": 23, "old": 1}
    listed_ = [upload(name, f"2026-11-{day:02}T11:00:00Z") for name, day in days.items()]
    site = Site(channels=[channel()], pages=[listed_], videos=[video("new"), video("premiere")])
    client, pages = collected(site, target(newest_id="known", read_at=READ_LATELY))
    assert asked(client, "videos")[0].listed("id") == ["new", "premiere"]
    assert set(rows_of(pages)) == {"new", "known", "premiere", "old"}


def test_details_of_new_videos_are_packed_over_channels():
    ids = [f"UC{n:022d}" for n in range(40)]

    def site(call):
        if call.path.endswith("playlistItems"):
            name = call.param("playlistId")[-3:]
            return listed(upload(f"new{name}"), upload(f"old{name}", "2026-01-01T00:00:00Z"))
        return Site(channels=[channel(id_) for id_ in ids],
                    videos=[video(f"new{id_[-3:]}") for id_ in ids])(call)  # fmt: skip

    targets = [target(id_, newest_id=f"old{id_[-3:]}", read_at=READ_LATELY) for id_ in ids]
    client, pages = collected(site, *targets)
    assert len(asked(client, "videos")) == 1
    assert client.budget.taken == {"units": 1 + 40 + 1}
    assert rows_of(pages)["new007"]["account"] == ids[7]


def test_details_of_the_newest_are_read_again_at_their_pace():
    listed_ = [upload(f"v{n}", f"2026-11-{20 - n}T10:00:00Z") for n in range(5)]
    site = Site(channels=[channel()], pages=[listed_], videos=[video("v0", live="live")])
    long_ago = {"details": NOW - timedelta(days=1)}
    client, pages = collected(site, target(newest_id="v0", read_at=long_ago))
    assert asked(client, "videos")[0].listed("id") == ["v0", "v1"]
    assert rows_of(pages)["v0"]["kind"] == "live"
    assert [page.read["details"] for page in pages if "details" in page.read] == [[CHANNEL]]
    client, pages = collected(site, target(newest_id="v0", read_at=READ_LATELY))
    assert asked(client, "videos") == []


def test_details_that_are_due_ride_along_with_those_of_new_videos():
    listed_ = [upload(f"v{n}", f"2026-11-{20 - n}T10:00:00Z") for n in range(5)]
    site = Site(channels=[channel()], pages=[listed_], videos=[video("v0"), video("v1")])
    due = {"details": NOW - timedelta(minutes=361)}
    client, pages = collected(site, target(newest_id="v0", read_at=due))
    assert asked(client, "videos") == []
    assert [page for page in pages if "details" in page.read] == []
    client, pages = collected(site, target(newest_id="v1", read_at=due))
    assert asked(client, "videos")[0].listed("id") == ["v0", "v1"]
    assert [page.read["details"] for page in pages if page.read.get("details")] == [[CHANNEL]]


def test_a_newest_video_that_left_the_list_is_found_to_be_gone():
    site = Site(channels=[channel()], pages=[[upload("old")]], videos=[video("old")])
    _, pages = collected(site, target(newest_id="gone", read_at=READ_LATELY))
    assert [[*page.vanished.values()] for page in pages if any(page.vanished.values())] == [
        [[(CHANNEL, "gone")]]
    ]


def test_a_broadcast_without_a_length_yet_has_none():
    told = video("v", live="upcoming") | {"contentDetails": {"duration": "P0D"}}
    site = Site(channels=[channel()], pages=[[upload("v")]], videos=[told])
    row = rows_of(collected(site)[1])["v"]
    assert (row["kind"], row["duration_seconds"]) == ("upcoming", None)


def test_a_channel_without_public_uploads_is_empty_and_not_gone():
    def site(call):
        if call.path.endswith("playlistItems"):
            return as_json(error(404, "playlistNotFound"), status=404)
        return Site(channels=[channel()])(call)

    _, pages = collected(site)
    assert failed(pages) == {}
    assert rows_of(pages) == {}
    assert [page.read["uploads"] for page in pages if "uploads" in page.read] == [[CHANNEL]]


def test_a_circle_of_pages_ends():
    def site(call):
        if call.path.endswith("playlistItems"):
            return listed(upload("a"), nextPageToken="again")
        return Site(channels=[channel()], videos=[video("a")])(call)

    client, pages = collected(site)
    assert len(asked(client, "playlistItems")) == 2
    assert set(rows_of(pages)) == {"a"}


def test_a_private_video_of_a_list_is_gone_and_not_stored():
    hidden = upload("p") | {"status": {"privacyStatus": "private"}}
    bare = {"snippet": {"title": "Deleted video", "channelId": CHANNEL, "thumbnails": {},
                        "resourceId": {"videoId": "d"}}}  # fmt: skip
    titled = upload("t", title="Private video")
    site = Site(channels=[channel()], pages=[[hidden, bare, titled]], videos=[video("t")])
    client, pages = collected(site)
    assert vanished(pages) == [(CHANNEL, "p"), (CHANNEL, "d")]
    assert set(rows_of(pages)) == {"t"}
    assert asked(client, "videos")[0].listed("id") == ["t"]


def test_a_broken_upload_does_not_cost_the_others():
    site = Site(channels=[channel()], pages=[[upload("a"), {"snippet": {}}, upload("b")]],
                videos=[video("a"), video("b")])  # fmt: skip
    _, pages = collected(site)
    assert set(rows_of(pages)) == {"a", "b"}
    assert failed(pages) == {}


@pytest.mark.parametrize(
    ("answer", "kind"),
    [(as_json(error(403, "playlistItemsNotAccessible"), status=403), Gone),
     (as_json({"items": "none"}), Malformed), (Answer(status=503), Unavailable)],
)  # fmt: skip
def test_the_trouble_of_one_channel_does_not_stop_the_others(answer, kind):
    def site(call):
        if call.path.endswith("playlistItems") and call.param("playlistId")[2:] == CHANNEL[2:]:
            return answer
        return Site(channels=[channel(), channel(OTHER)], pages=[[upload("a")]],
                    videos=[video("a")])(call)  # fmt: skip

    _, pages = collected(site, target(), target(OTHER))
    assert isinstance(failed(pages)[CHANNEL], kind)
    assert set(rows_of(pages)) == {"a"}


def test_when_nobody_is_there_the_second_channel_ends_it():
    ids = [f"UC{n:022d}" for n in range(9)]

    def site(call):
        if call.path.endswith("playlistItems"):
            return Answer(fault="timeout")
        return Site(channels=[channel(id_) for id_ in ids])(call)

    client = client_of(site)
    with pytest.raises(Unavailable):
        list(collector.collect(client, [target(id_) for id_ in ids], NOW))
    assert len(asked(client, "playlistItems")) == 2 * 3
