"""Every recorded answer of X is stored, holds nothing, or is refused for what it means."""

import json

import pytest

from platforms.errors import PlatformError
from platforms.http import Request
from platforms.models import Ranking
from platforms.twitter.collector import read
from platforms.twitter.models import Tweet
from platforms.twitter.records import published
from tests.platforms.shared import RECORDINGS, needs_data, recordings
from tests.platforms.twitter.wire import NOW, Tally, answering, client_of

# File -> how many posts, accounts or trends it stores; None: it holds nothing; else the error.
OUTCOMES = {
    "counts_all__01339f": None,
    "counts_recent__hourly_169_2021": None,
    "errors__400_end_before_start_2021": "malformed",
    "errors__401_unauthorized_2021": "refused",
    "errors__402_credits_depleted_2026": "credits_spent",
    "errors__403_client_not_enrolled": "refused",
    "errors__429_too_many_requests": "rate_limited",
    "search_all__494_page_2021_8_errors": 494,
    "search_all__495_page_2021": 495,
    "search_all__496_page_places_2021": 496,
    "search_all__500_page_2021_a": 500,
    "search_recent__brexit_100_2021": 100,
    "search_recent__minimal_2022": 10,
    "search_recent__noflat_100_2021": 100,
    "trends__by_woeid": 16,
    "tweet_single__minimal_2022": 1,
    "tweets__100_ids_2021_12_16": 100,
    "tweets__50_ids_2021": 50,
    "tweets__geo_2022": 1,
    "tweets__many_urls_2023": 1,
    "tweets__media_2023": 1,
    "tweets__mentions_2023": 1,
    "tweets__metrics_with_impressions_2023": 1,
    "tweets__quoted_edit_2022": 1,
    "tweets__same_100_ids_five_days_later_2021": 100,
    "tweets__small_2_2021": None,
    "tweets__small_4_2021": 1,
    "tweets__small_6_2021": 1,
    "tweets__two_minimal_2022": 2,
    "usage_tweets__project": None,
    "user_mentions__m0_2021": 6,
    "user_mentions__m1_2021": None,
    "user_mentions__minimal_2022": 10,
    "user_tweets__99_of_100_2021": 99,
    "user_tweets__minimal_10_2022": 2,
    "user_tweets__u1145936974064177152_2021": 19,
    "user_tweets__u1665378883_2021": 27,
    "user_tweets__u2832986725_2021": 22,
    "user_tweets__u45648666_2021": 10,
    "user_tweets__u8445422_2021": 4,
    "user_tweets__u936983330_2021": 5,
    "user_tweets__with_metrics_2021": 5,
    "users__followers_page": 5,
    "users__three_ids_2021": 3,
    "users_by__two_minimal_2021": 2,
    "users_by__two_with_fields": 2,
    "users_by_username__minimal_2021": 1,
    "users_by_username__with_metrics": 1,
}
FIGURES = {
    "like_count": "like_count",
    "retweet_count": "repost_count",
    "reply_count": "reply_count",
    "quote_count": "quote_count",
    "impression_count": "impression_count",
}

pytestmark = needs_data


def recorded(name):
    return json.loads((RECORDINGS / "x" / f"{name}.json").read_text())


def replay(recording, budget=None):
    """Through the client and the reader, as a call of ours would go."""
    given = recording["request"]
    request = Request(given["method"], given["url"], given["params"])
    handler = answering(recording["body"], status=recording["status"], headers=recording["headers"])
    response = client_of(handler, budget=budget).send(request)
    return read(request, response, NOW)


def stored(page):
    return sum(map(len, page.rows.values())) + len(page.accounts)


def test_every_recording_is_in_the_table():
    assert [file.stem for file in recordings("twitter")] == sorted(OUTCOMES)


@pytest.mark.parametrize("name", OUTCOMES)
def test_a_recording_has_the_outcome_that_it_should(name):
    recording, expected = recorded(name), OUTCOMES[name]
    if isinstance(expected, str):
        with pytest.raises(PlatformError) as failure:
            replay(recording)
        assert failure.value.code == expected
    else:
        assert stored(replay(recording)) == (expected or 0)


@pytest.mark.parametrize("name", [name for name, n in OUTCOMES.items() if isinstance(n, int)])
def test_a_recording_costs_what_it_returns(name):
    recording, budget = recorded(name), Tally()
    replay(recording, budget)
    data = recording["body"]["data"]
    ids = [item["id"] for item in (data if isinstance(data, list) else [data]) if "id" in item]
    billed = [id_ for charged in budget.charged.values() for id_ in charged]
    assert sorted(billed) == sorted(ids) or name.startswith("trends")


@pytest.mark.parametrize("name", [n for n in OUTCOMES if n.startswith(("tweets", "user_tweets"))])
def test_figures_are_stored_as_they_were_told(name):
    recording = recorded(name)
    rows = {row["current_id"]: row for row in replay(recording).rows.get(Tweet, ())}
    for item in recording["body"].get("data", ()):
        row, told = rows[item["id"]], item.get("public_metrics")
        if told is None:
            assert not FIGURES.values() & row.keys()
        for old, column in FIGURES.items() if told else ():
            reposted = row["kind"] == "repost" and old == "like_count"
            assert row[column] == (None if reposted else told.get(old)), (item["id"], column)


def test_nobody_likes_a_repost():
    rows = replay(recorded("search_all__495_page_2021")).rows[Tweet]
    reposts = [row for row in rows if row["kind"] == "repost"]
    assert len(reposts) > 300
    assert {row["like_count"] for row in reposts} == {None}
    assert all(row["repost_count"] > 0 for row in reposts)


def test_a_post_that_we_asked_for_in_vain_has_vanished():
    page = replay(recorded("tweets__small_6_2021"))
    assert [id_ for _, id_ in page.vanished[Tweet]] == [str(n) for n in range(1, 20)]


def test_what_expansions_miss_is_ignored():
    page = replay(recorded("search_all__494_page_2021_8_errors"))
    assert not page.vanished
    assert not page.failed


def test_a_post_without_a_date_gets_it_from_its_id():
    (row,) = replay(recorded("tweets__metrics_with_impressions_2023")).rows[Tweet]
    assert f"{row['published_at']:%Y-%m-%d}" == "2023-01-09"


@pytest.mark.parametrize("name", [name for name in OUTCOMES if name.startswith("search_all")])
def test_ids_and_dates_agree(name):
    for row in replay(recorded(name)).rows[Tweet]:
        assert published(row["external_id"]).replace(microsecond=0) == row["published_at"]


def test_the_posts_of_a_timeline_are_its_accounts_also_without_an_author():
    rows = replay(recorded("user_tweets__minimal_10_2022")).rows[Tweet]
    assert {row["account"] for row in rows} == {"783214"}


def test_trends_are_ranked_in_the_order_told():
    rows = replay(recorded("trends__by_woeid")).rows[Ranking]
    assert (rows[0]["place"], rows[0]["rank"], rows[0]["name"], rows[0]["volume"]) == (
        "woeid:26062", 1, "#TEZOSTUESDAY", 14869,
    )  # fmt: skip
    assert {row["taken_at"] for row in rows} == {NOW}


def test_an_account_shows_its_figures():
    (found,) = replay(recorded("users_by_username__with_metrics")).accounts
    assert found.handle == "TwitterDev"
    assert found.figures["audience"] > 500_000


def in_new_words(value):
    """The same answer in the vocabulary of 2.167."""
    words = {
        "retweet_count": "repost_count", "edit_history_tweet_ids": "edit_history_post_ids",
        "referenced_tweets": "referenced_posts", "tweets": "posts", "note_tweet": "note_post",
        "tweet_count": "post_count",
    }  # fmt: skip
    if isinstance(value, dict):
        return {words.get(key, key): in_new_words(part) for key, part in value.items()}
    return [in_new_words(part) for part in value] if isinstance(value, list) else value


@pytest.mark.parametrize("name", [name for name, n in OUTCOMES.items() if isinstance(n, int)])
def test_both_vocabularies_mean_the_same(name):
    recording = recorded(name)
    renamed = recording | {"body": in_new_words(recording["body"])}
    assert replay(renamed) == replay(recording)
