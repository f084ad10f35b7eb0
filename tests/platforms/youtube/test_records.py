"""What YouTube says is taken as it is meant, or refused with the field's path."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given, strategies

from platforms.errors import Malformed, PlatformError
from platforms.http import Request
from platforms.youtube.client import ENDPOINTS
from platforms.youtube.collector import read
from platforms.youtube.models import Video as VideoModel
from platforms.youtube.records import LARGEST, Video, parse_listing, seconds_of
from tests.platforms.youtube.wire import NOW, answering, channel, client_of, listed, video

parts = strategies.integers(0, 99_999)


def parsed(*items):
    return parse_listing({"kind": "youtube#videoListResponse", "items": list(items)}, Video)


# --- Durations ------------------------------------------------------------------------------------
@given(parts, parts, parts, parts)
def test_a_duration_is_the_sum_of_its_parts(days, hours, minutes, seconds):
    text = f"P{days}DT{hours}H{minutes}M{seconds}S"
    assert seconds_of(text) == ((days * 24 + hours) * 60 + minutes) * 60 + seconds


@given(strategies.integers(0, 10**9 - 1))
def test_both_forms_of_a_duration_say_the_same(seconds):
    assert seconds_of(f"PT{seconds}S") == seconds_of(f"{seconds}s") == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("P0D", 0), ("PT5M37S", 337), ("PT1H", 3600), ("P1DT2H", 93_600), ("P1W", 604_800),
     ("PT0S", 0), ("0s", 0), ("337.5s", 337), ("PT4.2S", 4), ("P2DT1S", 172_801)],
)  # fmt: skip
def test_durations_as_youtube_writes_them(text, seconds):
    assert seconds_of(text) == seconds


@pytest.mark.parametrize(
    "text",
    ["", "P", "PT", "P1DT", "5M", "PT5", "P1Y", "-PT5M", "PT-5M", "5", "s", "PT5M ", "PT\u0665M"],
)
def test_what_is_no_duration_is_refused(text):
    with pytest.raises(ValueError, match="no duration"):
        seconds_of(text)


@given(strategies.text(max_size=20))
def test_no_text_upsets_the_reading_of_durations(text):
    with suppress(ValueError):
        assert 0 <= seconds_of(text) <= LARGEST


# --- Counters -------------------------------------------------------------------------------------
@given(strategies.integers(0, LARGEST))
def test_a_counter_is_a_decimal_string(figure):
    for told in (str(figure), figure):
        assert parsed(video("v", viewCount=told)).items[0].statistics.view_count == figure


@pytest.mark.parametrize(
    "told",
    ["-1", "+1", " 1", "1 ", "1.5", "1e3", "1_000", "", "NaN", "\u0663", "9" * 5000,
     str(LARGEST + 1), -1, 1.0, 1.5, float("nan"), float("inf"), True, LARGEST + 1, [], {}],
)  # fmt: skip
def test_nonsense_instead_of_a_counter_is_named_by_its_path(told):
    with pytest.raises(Malformed) as refusal:
        parsed(video("v", viewCount=told))
    assert refusal.value.where == "items.0.statistics.viewCount"
    assert "9" * 20 not in repr(refusal.value)
    assert refusal.value.__cause__ is refusal.value.__context__ is None


def test_an_absent_and_an_empty_counter_are_none():
    found = parsed({"id": "v", "statistics": {"viewCount": None}}).items[0]
    assert found.statistics.view_count is found.statistics.like_count is None


# --- Words and moments ----------------------------------------------------------------------------
def test_words_that_the_database_cannot_hold_are_mended():
    raw = b'{"kind": "k", "items": [{"id": "v", "snippet": {"title": "a\\u0000b\\ud83d c"}}]}'
    title = parse_listing(json.loads(raw), Video).items[0].snippet.title
    assert title == "ab? c"


@pytest.mark.parametrize(
    "told",
    ["", "yesterday", "2026-13-01T00:00:00Z", "2026-01-01T00:00:00", "0001-01-01T00:00:00+05:00",
     "9999-12-31T23:59:59-01:00", 1_700_000_000, 1.5, [], True],
)  # fmt: skip
def test_what_is_no_moment_is_refused(told):
    with pytest.raises(Malformed) as refusal:
        parsed({"id": "v", "snippet": {"publishedAt": told}})
    assert refusal.value.where == "items.0.snippet.publishedAt"


def test_moments_are_kept_in_utc():
    told = parsed({"id": "v", "snippet": {"publishedAt": "2026-03-08T01:02:03.1234567+02:00"}})
    moment = told.items[0].snippet.published_at
    assert moment == datetime(2026, 3, 7, 23, 2, 3, 123456, tzinfo=UTC)


# --- Lists ----------------------------------------------------------------------------------------
def test_a_broken_item_does_not_cost_its_neighbours():
    found = parsed(video("a"), video("b", viewCount="many"), video("c"))
    assert [item.id for item in found.items] == ["a", "c"]
    ((name, error),) = found.broken
    assert (name, error.where) == ("b", "items.1.statistics.viewCount")


@pytest.mark.parametrize(
    "body",
    [None, [], "text", 7, {}, {"items": {}}, {"items": "x"}, {"items": [7]}, {"items": [[]]}],
)
def test_an_answer_of_another_shape_is_malformed(body):
    with pytest.raises(Malformed):
        parse_listing(body, Video)


def test_an_answer_without_items_found_nothing():
    assert parse_listing({"kind": "youtube#channelListResponse"}, Video).items == ()


def test_unknown_fields_and_new_words_are_no_error():
    told = video("v", live="holographic") | {"hologram": {"depth": 3}, "kind": "youtube#hologram"}
    page = read(Request("GET", "https://www.googleapis.com/youtube/v3/videos"),
                respond(listed(told)), NOW)  # fmt: skip
    (row,) = page.rows[VideoModel]
    assert "kind" not in row
    assert row["view_count"] == 10


def respond(answer):
    sent = client_of(answering(answer.body))
    return sent.send(Request("GET", "https://www.googleapis.com/youtube/v3/videos"))


json_values = strategies.recursive(
    strategies.none() | strategies.booleans() | strategies.floats() | strategies.text(max_size=9)
    | strategies.integers(-(2**70), 2**70),
    lambda inner: strategies.lists(inner, max_size=3)
    | strategies.dictionaries(
        strategies.sampled_from(
            ["id", "snippet", "statistics", "contentDetails", "items", "videoId", "channelId",
             "title", "viewCount", "duration", "resourceId", "topLevelComment", "replies",
             "publishedAt", "relatedPlaylists", "error", "kind", "tags", "comments", "status"]
        ), inner, max_size=5),
    max_leaves=25,
)  # fmt: skip


@given(strategies.sampled_from([e.path for e in ENDPOINTS]), json_values)
def test_no_body_upsets_the_reading(path, body):
    asked = Request("GET", f"https://www.googleapis.com{path}")
    for content in (
        body,
        {"kind": "k", "items": [body]},
        {"kind": "k", "items": [channel(), body]},
    ):
        with suppress(PlatformError):
            read(asked, client_of(answering(content)).send(asked), NOW)


def test_an_unknown_address_holds_nothing():
    asked = Request("GET", "https://www.googleapis.com/youtube/v3/holograms")
    page = read(asked, client_of(answering({"items": [video("v")]})).send(asked), NOW)
    assert (page.accounts, page.rows) == ((), {})
