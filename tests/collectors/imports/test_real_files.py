"""Real public data: what is stored equals the file, row by row. A slice of each file."""

import csv
import gzip
import io
import json
from datetime import UTC, datetime
from itertools import islice

import pytest

from collectors.imports.mapping import Incomplete
from platforms.models import Comment, EntitySnapshot
from platforms.reddit.models import Post
from platforms.twitter.models import Tweet
from platforms.youtube.models import Video, VideoSnapshot
from tests.collectors.imports.conftest import counts, stored
from tests.platforms.shared import DATA, needs_data

REAL = DATA / "real"
pytestmark = [
    pytest.mark.django_db(transaction=True, databases=["default", "owner"]),
    needs_data,
]
SLICE = 1200
DAY = datetime(2025, 1, 1, tzinfo=UTC)


def beginning(name):
    """The first lines of a file as text, and its rows as dictionaries."""
    with gzip.open(REAL / name, "rt", encoding="utf-8", newline="") as file:
        if ".jsonl" in name:
            lines = list(islice(file, SLICE))
            return "".join(lines), [json.loads(line) for line in lines]
        reader = csv.DictReader(file)
        rows = list(islice(reader, SLICE))
    text = io.StringIO()
    writer = csv.DictWriter(text, reader.fieldnames)
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue(), rows


def number(text):
    return None if text in {"", None} else int(text)


@pytest.fixture
def whole(done):
    """Imports a slice twice; the second time nothing may change."""

    def make(name, **wish):
        text, rows = beginning(name)
        wish = {"entity": None, "make_sources": True, "name": name, **wish}
        first, second = done(text, **wish), done(text, **wish)
        assert counts(first)[0] + sum(counts(first)[1:]) == len(rows)
        assert (second.created, second.changed) == (0, 0)
        assert (second.repeated, second.refused) == (first.repeated, first.refused)
        return first, rows

    return make


def test_reddits_top_posts_of_2013(whole, alice):
    job, rows = whole("reddit_top_posts_2013.csv.gz", platform="reddit", read_at=DAY)
    assert counts(job) == (len(rows), 0, 0, 0, 0)
    columns = (
        "external_id", "score", "num_comments", "title", "domain", "is_self", "published_at",
        "upvote_ratio",
    )  # fmt: skip
    found = {row[0]: row for row in stored(alice, Post, *columns)}
    for row in rows:
        assert found[row["id"]] == (
            row["id"], int(row["score"]), int(row["num_comments"]), row["title"], row["domain"],
            row["is_self"] == "True", datetime.fromtimestamp(int(row["created_utc"]), UTC), None,
        )  # fmt: skip


def test_reddits_posts_with_the_moments_at_which_they_were_read(whole, alice):
    job, rows = whole("reddit_posts_api_2005_2026.jsonl.gz", platform="reddit")
    assert job.created >= len(rows) - 1  # one names no subreddit
    found = stored(alice, Post, "external_id", "score", "num_comments", "upvote_ratio", "is_video")
    told = {row["id"]: row for row in rows}
    for id_, *figures in found:
        row = told[id_]
        wanted = [row["score"], row["num_comments"], row["upvote_ratio"], row["is_video"]]
        assert figures == wanted


def test_reddits_comments(whole, alice):
    job, rows = whole("reddit_comments_api_2005_2026.jsonl.gz", platform="reddit", what="comments")
    told = {row["id"]: row for row in rows}
    found = stored(alice, Comment, "external_id", "score", "text")
    assert len(found) == job.created == len(rows) - job.refused
    for id_, score, text in found:
        assert score == (None if told[id_]["score_hidden"] else told[id_]["score"])
        assert text == (
            "" if told[id_]["body"] in {"[deleted]", "[removed]"} else told[id_]["body"]
        )


def test_posts_of_x(whole, alice):
    job, rows = whole("x_posts_api.jsonl.gz", platform="twitter")
    assert counts(job) == (len(rows), 0, 0, 0, 0)
    columns = ("external_id", "like_count", "repost_count", "reply_count", "quote_count",
               "impression_count", "text", "kind")  # fmt: skip
    found = {row[0]: row for row in stored(alice, Tweet, *columns)}
    for row in rows:
        _, likes, *figures, text, kind = found[row["id"]]
        names = ("retweet_count", "reply_count", "quote_count", "impression_count")
        assert figures == [row[name] for name in names]
        assert likes == (row["like_count"] if kind != "repost" else row["like_count"] or None)
        assert (text, kind == "repost") == (row["text"], row["type"] == "retweeted")


def test_a_whole_timeline_of_x(whole, alice):
    job, rows = whole("x_timeline_BarackObama_2017.csv.gz", platform="twitter", read_at=DAY)
    assert counts(job) == (len(rows), 0, 0, 0, 0)
    found = {
        row[0]: row[1:]
        for row in stored(alice, Tweet, "external_id", "like_count", "repost_count", "published_at")
    }
    for row in rows:
        likes, reposts, published = found[row["url"].rpartition("/")[2]]
        assert (likes, reposts) == (int(row["favorites"]), int(row["retweets"]))
        assert published == datetime.strptime(row["created_at"] + "Z", "%m/%d/%y %H:%M%z")


def test_one_channel_with_comments_that_are_off(whole, alice):
    job, rows = whole(
        "youtube_one_channel_stats_2022-10-03.csv.gz", platform="youtube", read_at=DAY
    )
    assert counts(job) == (99, 0, 0, 0, 0)
    columns = ("external_id", "view_count", "like_count", "comment_count", "dislike_count")
    found = {row[0]: row[1:] for row in stored(alice, Video, *columns)}
    for row in rows:
        names = ("view_count", "like_count", "comment_count")
        assert found[row["video_id"]] == (*(number(row[name]) for name in names), None)


def test_trending_videos_with_figures_that_are_withheld(whole, alice):
    job, rows = whole("youtube_trending_2018-11-01.csv.gz", platform="youtube", read_at=DAY)
    assert job.created + job.repeated == len(rows)
    first = {}
    for row in rows:
        first.setdefault(row["video_id"], row)
    found = stored(alice, Video, "external_id", "view_count", "like_count", "comment_count")
    assert len(found) == len(first)
    for id_, views, likes, comments in found:
        row = first[id_]
        assert views == int(row["view_count"])
        assert likes == (None if row["ratings_disabled"] == "True" else int(row["likes"]))
        assert comments == (
            None if row["comments_disabled"] == "True" else int(row["comment_count"])
        )


def test_the_same_videos_day_by_day(whole, alice, channel):
    name = "youtube_trending_daily_panel_2017.csv.gz"
    job, rows = whole(name, platform="youtube", entity=channel)
    told = {}
    for row in rows:
        told.setdefault((row["video_id"], row["date"]), int(row["views"]))
    assert job.repeated == len(rows) - len(told)
    ids = dict(stored(alice, Video, "pk", "external_id"))
    history = stored(alice, VideoSnapshot, "item_id", "taken_at", "view_count")
    kept = {(ids[item], f"{at:%Y-%m-%d}"): views for item, at, views in history}
    assert kept.items() <= told.items()
    assert len(kept) >= len(told) - job.unchanged


def test_figures_of_twitch_channels_and_of_accounts_of_x(whole, alice):
    job, rows = whole("twitch_top_channels_2020.csv.gz", platform="twitch", what="audience",
                      read_at=DAY)  # fmt: skip
    assert counts(job) == (len(rows), 0, 0, 0, 0)
    audiences = sorted(n for (n,) in stored(alice, EntitySnapshot, "audience"))
    assert audiences == sorted(int(row["Followers"]) for row in rows)
    job, rows = whole("x_account_metrics_2021.csv.gz", platform="twitter", what="audience",
                      read_at=DAY)  # fmt: skip
    assert counts(job) == (len(rows), 0, 0, 0, 0)


@pytest.mark.parametrize(
    "name",
    [
        "twitch_games_monthly_2016_2019",
        "twitch_global_monthly",
        "twitch_snapshot_streams_2025-02-23",
    ],
)
def test_files_of_no_post_and_no_account_say_what_is_missing(bring, name):
    text, _ = beginning(f"{name}.csv.gz")
    with pytest.raises(Incomplete, match="Choose a column for: Stream id"):
        bring(text, entity=None, platform="twitch", read_at=DAY)
