"""Answers that hold something odd beside what is sound: what is sound is stored, with its figures.

Each starts from a recorded answer and is changed in one place.
"""

import copy
import json
from operator import itemgetter

import pytest
from django.utils import timezone

from platforms.replay.exchanges import replay
from tests.platforms.shared import RECORDINGS, needs_data

pytestmark = needs_data

STREAM = "twitch/streams__doc_example_2026"
FOLLOWERS = "twitch/followers__total_only_app_token"
USERS = "twitch/users__by_login_multi"
SEGMENT = "twitch/schedule__one_segment"
TWEET = "x/tweets__metrics_with_impressions_2023"
X_USERS = "x/users__three_ids_2021"
VIDEO = "youtube/videos_list__one_2022_1"
CHANNEL = "youtube/channels_list__one_full"
THREADS = "youtube/commentThreads_list__video_paged_1"
NEW = "reddit/new__askreddit_100_2020"
SUBREDDITS = "reddit/api_info__sr_names_2021"


def replayed(folder, source, *, change=None, **parts):
    """The outcome of a recording after `change(recording)` or with other `parts`."""
    recording = copy.deepcopy(json.loads((RECORDINGS / f"{source}.json").read_text())) | parts
    if change:
        change(recording)
    (folder / "one.json").write_text(json.dumps(recording))
    (outcome,) = replay(folder, now=timezone.now())
    return outcome


def put(*path):
    """A change: the last of these is put where the others lead, in the body."""
    *way, last, value = path

    def change(recording):
        node = recording["body"]
        for step in way:
            node = node[step]
        node[last] = value

    return change


def add(*path):
    """A change: the last of these is appended to the list where the others lead."""
    *way, value = path

    def change(recording):
        node = recording["body"]
        for step in way:
            node = node[step]
        node.append(value)

    return change


@pytest.mark.parametrize(
    ("source", "change", "rows"),
    [
        (STREAM, put("pagination", []), 1),
        (STREAM, put("pagination", {"cursor": 5}), 1),
        (STREAM, put("data", 0, "tags", [None, "Deutsch"]), 1),
        (STREAM, put("data", 0, "user_id", 98765), 1),
        (USERS, put("data", 0, "display_name", None), 2),
        (SEGMENT, put("data", "segments", 0, "end_time", ""), 1),
        (SEGMENT, put("data", "segments", 0, "canceled_until", ""), 1),
        (X_USERS, put("data", 0, "name", None), 3),
        (X_USERS, put("data", 0, "name", "é" * 400), 3),
        (TWEET, add("data", {"id": "5", "username": "a", "name": "b"}), 1),
        (VIDEO, put("items", 0, "snippet", "tags", [None, "a"]), 1),
        (VIDEO, add("items", {"kind": "youtube#channel", "id": "UC_x5XG1OV2P6uZZ5FSM9Ttw"}), 1),
        (CHANNEL, add("items", {"kind": "youtube#video", "id": "hrZJONSxIBM"}), 1),
        (THREADS, put("items", 0, "replies", {"comments": None}), 5),
        (THREADS, put("items", 0, "replies", {"comments": [{"id": "x"}]}), 5),
        (NEW, put("data", "after", 5), 100),
        (
            SUBREDDITS,
            add("data", "children", {"kind": "t2", "data": {"name": "x", "is_suspended": True}}),
            4,
        ),
    ],
)
def test_an_odd_neighbour_costs_nothing_that_is_sound(tmp_path, source, change, rows):
    outcome = replayed(tmp_path, source, change=change)
    assert (outcome.outcome, len(outcome.rows)) == ("stored", rows), outcome.detail


def test_the_total_of_followers_needs_no_list_of_them(tmp_path):
    (row,) = replayed(tmp_path, FOLLOWERS, change=itemgetter("body")).rows
    without = replayed(tmp_path, FOLLOWERS, body={"total": row["audience"]})
    assert without.rows == [row]


def test_followers_without_a_total_are_no_figure(tmp_path):
    assert replayed(tmp_path, FOLLOWERS, body={"data": []}).outcome == "Malformed"


def test_a_total_is_nobodys_when_two_channels_were_asked_for(tmp_path):
    def two(recording):
        recording["request"]["params"] = {"broadcaster_id": ["1", "2"]}

    assert replayed(tmp_path, FOLLOWERS, change=two).rows == []


def test_a_metric_that_is_null_in_one_vocabulary_is_told_in_the_other(tmp_path):
    metrics = {"retweet_count": 5, "repost_count": None, "like_count": 1}
    (row,) = replayed(tmp_path, TWEET, change=put("data", 0, "public_metrics", metrics)).rows
    assert (row["repost_count"], row["like_count"], row["quote_count"]) == (5, 1, None)


@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59Z", "1969-01-01T00:00:00Z"])
def test_a_video_of_another_age_is_not_stored(tmp_path, moment):
    change = put("items", 0, "snippet", "publishedAt", moment)
    assert replayed(tmp_path, VIDEO, change=change).outcome == "Malformed"


@pytest.mark.parametrize(
    ("source", "status", "body", "outcome"),
    [
        (X_USERS, 200, {}, "Malformed"),
        (X_USERS, 200, {"errors": [{"message": "Over capacity", "code": 130}]}, "Malformed"),
        (TWEET, 401, "<html>edge</html>", "Unavailable"),
        (TWEET, 408, {}, "Unavailable"),
        (TWEET, 403, {"title": "SpendCapReached", "type": "https://x/problems/credits"},
         "CreditsSpent"),
        (TWEET, 403, {"title": "UsageCapExceeded", "type": "https://x/problems/usage-capped"},
         "CreditsSpent"),
        (TWEET, 403, {"title": "Forbidden", "detail": "User has been suspended: [5]."}, "Gone"),
        (VIDEO, 403, {"error": {"message": 5, "errors": [{"reason": "quotaExceeded"}]}},
         "QuotaSpent"),
        (VIDEO, 403, {"error": {"errors": {"reason": "quotaExceeded", "domain": 5}}},
         "QuotaSpent"),
        (VIDEO, 403, {"error": {"status": "RESOURCE_EXHAUSTED", "message": "Quota exceeded"}},
         "RateLimited"),
        (NEW, 304, "", "Unavailable"),
        (NEW, 100, "", "Unavailable"),
        (STREAM, 200, "\ufeff<!DOCTYPE html>", "Unavailable"),
    ],
)  # fmt: skip
def test_what_an_odd_refusal_means(tmp_path, source, status, body, outcome):
    assert replayed(tmp_path, source, status=status, body=body).outcome == outcome


def test_a_clock_in_another_age_stops_no_key_for_ever(tmp_path):
    outcome = replayed(
        tmp_path,
        VIDEO,
        status=403,
        headers={"Date": "Fri, 31 Dec 9999 23:59:59 GMT"},
        body={"error": {"errors": [{"reason": "quotaExceeded"}]}},
    )
    assert outcome.outcome == "QuotaSpent"


@pytest.mark.parametrize(
    "change",
    [
        lambda r: r.update(status="200"),
        lambda r: r.update(body=json.dumps(r["body"])),
        lambda r: r["request"].update(method="get"),
        lambda r: r["request"].update(url="https://API.Twitch.TV:443/helix/streams/"),
        lambda r: r["request"].update(params={"id": "\ud800"}),
        lambda r: r.pop("headers"),
    ],
)
def test_a_recorder_may_write_the_same_in_another_way(tmp_path, change):
    outcome = replayed(tmp_path, STREAM, change=change)
    assert (outcome.outcome, len(outcome.rows)) == ("stored", 1), outcome.detail
