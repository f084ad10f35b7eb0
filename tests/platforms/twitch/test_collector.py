"""A poll of Twitch: few calls, nothing lost, and each account's failure its own."""

from datetime import timedelta

import pytest

from platforms.contract import Facts, Target
from platforms.errors import Gone, Malformed, RateLimited, Refused, Unavailable
from platforms.models import Ranking
from platforms.simulation.wire import Answer, as_json
from platforms.twitch.collector import collect, rankings, resolve, search
from platforms.twitch.models import ScheduledStream, StreamRecord
from tests.platforms.twitch.wire import (
    NOW,
    answering,
    channel,
    client,
    listing,
    refusal,
    stream,
    video,
)

NO_SCHEDULE = refusal(404, "segments were not found")
PARTS = ("channels", "followers", "videos", "schedule")
JUST_READ = dict.fromkeys(PARTS, NOW - timedelta(minutes=1))


def target(account="101", **more):
    return Target(account=account, handle="somebody", **{"read_at": JUST_READ, **more})


def due(part):
    """Only this part is due."""
    return {name: moment for name, moment in JUST_READ.items() if name != part}


def twitch(**answers):
    """A platform with these answers by the end of the path; functions are called."""
    usual = {
        "streams": listing(),
        "channels": lambda call: listing(*map(channel, call.params["broadcaster_id"])),
        "users": listing(),
        "followers": listing(total=7),
        "videos": listing(),
        "schedule": NO_SCHEDULE,
    }

    def handler(call):
        answer = {**usual, **answers}[call.path.rpartition("/")[2]]
        return answer(call) if callable(answer) else answer

    return client(handler)


def asked(platform):
    return [call.path.rpartition("/")[2] for call in platform.calls]


def rows(pages, model=StreamRecord):
    return [row for page in pages for row in page.rows.get(model, [])]


def failed(pages):
    return {account: error for page in pages for account, error in page.failed.items()}


def read(pages, part):
    return [account for page in pages for account in page.read.get(part, [])]


def test_live_state_takes_one_call_for_a_hundred_channels():
    platform = twitch()
    targets = [target(str(n)) for n in range(250)]
    pages = list(collect(platform, targets, NOW))
    assert asked(platform) == ["streams"] * 3
    assert len(read(pages, "streams")) == 250


def test_parts_are_read_at_their_own_pace():
    platform = twitch()
    pages = list(collect(platform, [target(read_at={})], NOW))
    assert asked(platform) == ["streams", "channels", "followers", "videos", "schedule"]
    assert all(read(pages, part) == ["101"] for part in PARTS)
    an_hour_ago = dict.fromkeys(PARTS, NOW - timedelta(minutes=59))
    platform = twitch()
    list(collect(platform, [target(read_at=an_hour_ago)], NOW))
    assert asked(platform) == ["streams", "channels", "followers", "videos"]


def test_a_broadcast_that_is_no_longer_found_has_ended():
    platform = twitch(streams=listing(stream("101", "4001")))
    targets = [target("101", due_ids=("4001", "3999", "v12")), target("102", due_ids=("4002",))]
    live, *ended = rows(collect(platform, targets, NOW))
    assert live["is_live"]
    assert ended == [
        {"account": "101", "external_id": "3999", "is_live": False, "ended_at": NOW},
        {"account": "102", "external_id": "4002", "is_live": False, "ended_at": NOW},
    ]


def test_a_broadcast_that_cannot_be_read_has_not_ended():
    platform = twitch(streams=listing(stream("101", viewer_count=-1)))
    targets = [target("101", due_ids=("4001",)), target("102", due_ids=("4002",))]
    pages = list(collect(platform, targets, NOW))
    assert [row["account"] for row in rows(pages)] == ["102"]
    assert read(pages, "streams") == ["102"]
    assert isinstance(failed(pages)["101"], Malformed)


def test_who_owns_an_unreadable_broadcast_may_be_anybody():
    platform = twitch(streams=listing(stream("102", "4002"), stream(None)))
    targets = [target("101", due_ids=("4001",)), target("102", due_ids=("4002",))]
    pages = list(collect(platform, targets, NOW))
    assert [row["external_id"] for row in rows(pages)] == ["4002"]
    assert not failed(pages)


def test_a_bad_id_in_a_batch_is_found_by_halves():
    def channels(call):
        ids = call.params["broadcaster_id"]
        return refusal(500) if "13" in ids else listing(*map(channel, ids))

    platform = twitch(channels=channels)
    targets = [target(str(n), read_at=due("channels")) for n in range(100)]
    pages = list(collect(platform, targets, NOW))
    assert len(read(pages, "channels")) == 99
    assert failed(pages).keys() == {"13"}
    assert isinstance(failed(pages)["13"], Unavailable)
    assert asked(platform).count("channels") <= 3 * 8 + 8  # a failing call is tried three times


def test_an_outage_is_not_searched_for_bad_ids():
    platform = twitch(channels=refusal(500))
    targets = [target(str(n), read_at=due("channels")) for n in range(100)]
    with pytest.raises(Unavailable):
        list(collect(platform, targets, NOW))
    assert asked(platform).count("channels") <= 3 * 12


def test_a_whole_batch_that_times_out_is_an_outage():
    platform = twitch(streams=Answer(fault="timeout"))
    with pytest.raises(Unavailable):
        list(collect(platform, [target(str(n)) for n in range(100)], NOW))
    assert len(platform.calls) == 3


def test_a_banned_channel_is_gone_and_asked_no_further():
    platform = twitch(channels=listing(channel("102")), users=listing({"id": "103", "login": "c"}))
    targets = [target(n, read_at={}) for n in ("101", "102", "103")]
    pages = list(collect(platform, targets, NOW))
    assert isinstance(failed(pages)["101"], Gone)
    assert read(pages, "channels") == ["102", "103"]
    assert read(pages, "followers") == ["102", "103"]
    names = [facts for page in pages for facts in page.accounts if not facts.figures]
    assert names == [
        Facts(account="102", handle="somebody", title="Somebody"),
        Facts(account="103", handle="c"),
    ]


def test_one_account_that_fails_does_not_stop_the_others():
    def followers(call):
        bad = call.param("broadcaster_id") == "101"
        return refusal(400, "not a broadcaster") if bad else listing(total=9)

    platform = twitch(followers=followers)
    targets = [target(n, read_at=due("followers")) for n in ("101", "102")]
    pages = list(collect(platform, targets, NOW))
    assert isinstance(failed(pages)["101"], Malformed)
    assert pages[-1].accounts == [Facts(account="102", handle="somebody", figures={"audience": 9})]


def test_what_was_read_before_the_limit_stands():
    total = answering(listing(total=9), as_json({}, status=429))
    platform = twitch(followers=total)
    targets = [target(str(n), read_at=due("followers")) for n in range(5)]
    pages = []
    with pytest.raises(RateLimited):
        pages.extend(collect(platform, targets, NOW))  # extend keeps what came before
    assert read(pages, "streams") == ["0", "1", "2", "3", "4"]
    assert read(pages, "followers") == ["0"]


def test_a_refused_credential_ends_the_poll():
    platform = twitch(followers=refusal(403))
    with pytest.raises(Refused):
        list(collect(platform, [target(read_at=due("followers"))], NOW))


def test_a_call_that_was_retired_flags_no_account():
    platform = twitch(streams=refusal(410))
    with pytest.raises(Malformed):
        list(collect(platform, [target()], NOW))


def test_followers_that_are_not_told_are_none():
    platform = twitch(followers=listing(total=None))
    pages = list(collect(platform, [target(read_at=due("followers"))], NOW))
    assert pages[-1].accounts[0].figures == {"audience": None}


def test_a_recording_gives_its_broadcast_the_exact_end():
    platform = twitch(videos=listing(video()))
    (row,) = rows(collect(platform, [target(read_at=due("videos"))], NOW))
    assert (row["external_id"], row["vod_id"], row["vod_views"]) == ("4001", "2001", 55)
    assert row["ended_at"] == NOW - timedelta(hours=6) + timedelta(hours=3, minutes=8, seconds=33)


def test_a_recording_that_still_grows_ends_nothing():
    platform = twitch(streams=listing(stream()), videos=listing(video()))
    live, recording = rows(collect(platform, [target(read_at=due("videos"))], NOW))
    assert live["ended_at"] is None
    assert recording == {"account": "101", "external_id": "4001", "vod_id": "2001", "vod_views": 55}
    platform = twitch(videos=listing(video(duration="5h50m0s")))
    (recording,) = rows(collect(platform, [target(read_at=due("videos"))], NOW))
    assert "ended_at" not in recording


def test_a_video_without_a_broadcast_stands_for_itself():
    items = (video(id_="9", stream_id=None, type="upload"), video(id_="8", type="highlight"))
    found = rows(collect(twitch(videos=listing(*items)), [target(read_at=due("videos"))], NOW))
    assert [(row["external_id"], row["kind"]) for row in found] == [
        ("v9", "upload"),
        ("v8", "highlight"),
    ]
    assert not any("ended_at" in row for row in found)


def test_the_first_reading_goes_back_several_pages_and_a_repeated_cursor_ends_it():
    platform = twitch(videos=listing(video(), cursor="same"))
    list(collect(platform, [target(read_at=due("videos"))], NOW))
    assert asked(platform).count("videos") == 2
    pages = iter(range(100))
    platform = twitch(videos=lambda _: listing(video(), cursor=f"c{next(pages)}"))
    found = list(collect(platform, [target(read_at=due("videos"))], NOW))
    assert asked(platform).count("videos") == platform.terms.batch["video_pages"]
    assert read(found, "videos") == ["101"]


def test_later_readings_take_one_page():
    platform = twitch(videos=listing(video(), cursor="more"))
    list(collect(platform, [target(read_at={**JUST_READ, "videos": NOW - timedelta(days=1)})], NOW))
    assert asked(platform).count("videos") == 1


def test_repeated_broadcasts_are_stored_once():
    platform = twitch(streams=listing(stream(), stream(viewer_count=1)))
    (row,) = rows(collect(platform, [target()], NOW))
    assert row["viewer_count"] == 321


def test_a_channel_without_a_schedule_is_in_order():
    pages = list(collect(twitch(), [target(read_at=due("schedule"))], NOW))
    assert read(pages, "schedule") == ["101"]
    assert not failed(pages)


def test_announced_broadcasts_are_stored_even_beside_a_broken_one():
    good = {"id": "abc", "start_time": "2026-12-01T18:00:00Z", "category": None, "title": "Soon"}
    data = {"broadcaster_id": "101", "segments": [good, {"id": "def"}]}
    platform = twitch(schedule=as_json({"data": data}))
    pages = list(collect(platform, [target(read_at=due("schedule"))], NOW))
    (row,) = rows(pages, ScheduledStream)
    assert (row["title"], row["game_name"], row["canceled_until"]) == ("Soon", "", None)
    assert failed(pages)["101"].where == "data.segments.1.start_time"


def test_no_segments_at_all_are_no_failure():
    platform = twitch(schedule=as_json({"data": {"broadcaster_id": "101", "segments": None}}))
    assert not failed(collect(platform, [target(read_at=due("schedule"))], NOW))


def test_names_are_resolved_a_hundred_at_a_time():
    def users(call):
        known = [login for login in call.params["login"] if login != "nobody"]
        return listing(*({"id": f"1{n}", "login": n, "display_name": n.title()} for n in known))

    platform = twitch(users=users)
    found = resolve(platform, [*(f"user{n}" for n in range(120)), "Nobody", "SomeBody"])
    assert len(platform.calls) == 2
    assert isinstance(found["Nobody"], Gone)
    assert found["SomeBody"] == Facts(account="1somebody", handle="somebody", title="Somebody")


def test_search_finds_channels():
    found = search(client(answering(listing({"id": "5", "broadcaster_login": "a"}))), "angel")
    assert found == [Facts(account="5", handle="a")]


def test_the_most_watched_games_are_ranked():
    platform = client(answering(listing({"id": "1", "name": "Chess"}, {"id": "2", "name": "Go"})))
    page = rankings(platform, "games", NOW)
    assert [(row["rank"], row["name"]) for row in page.rows[Ranking]] == [(1, "Chess"), (2, "Go")]
    with pytest.raises(ValueError, match="games"):
        rankings(platform, "people", NOW)
