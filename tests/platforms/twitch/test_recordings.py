"""Every recorded answer of Twitch ends as rows, as nothing, or as the error that it means."""

import json
from datetime import UTC, datetime

import pytest

from platforms.contract import Facts
from platforms.errors import Gone, Malformed, PlatformError, RateLimited, Refused
from platforms.http import Request
from platforms.models import Ranking
from platforms.simulation.wire import Answer, as_json
from platforms.twitch.collector import read
from platforms.twitch.models import ScheduledStream, StreamRecord
from tests.platforms.shared import needs_data, recordings
from tests.platforms.twitch.wire import NOW, client

pytestmark = needs_data

# File -> the error, or how many accounts and rows it holds.
EXPECTED = {
    "channels__doc_example_2026": 1,
    "channels__error_400_missing_broadcaster_id": Malformed,
    "channels__one_id_2022": 1,
    "channels__pokimane": 1,
    "channels__two_ids_2022_11": 2,
    "errors__401_invalid_oauth_token": Refused,
    "errors__429_rate_limited": RateLimited,
    "followers__doc_example_2026": 0,  # whose followers was not written down
    "followers__error_400_no_broadcaster": Malformed,
    "followers__page": 1,
    "followers__total_only_app_token": 1,
    "games_top__doc_example_2026": 1,
    "games_top__error_400_first_101": Malformed,
    "games_top__top5_2020_11_04": 5,
    "games_top__top5_2021": 5,
    "games_top__top5_2022": 5,
    "schedule__doc_example_2026": 1,
    "schedule__error_404_segments_not_found": Gone,
    "schedule__one_segment": 1,
    "search_channels__angel_of_death_2023": 20,
    "streams__by_login_2020_AlexWayfer": 1,
    "streams__by_login_2021": 1,
    "streams__by_login_2022_with_tags": 1,
    "streams__doc_example_2026": 1,
    "streams__error_400_first_101": Malformed,
    "streams__offline_empty": 0,
    "streams__top20_2020_11_13": 20,
    "streams__top20_2021": 20,
    "streams__two_2018": 2,
    "token__client_credentials_2022": 0,
    "token__error_400_invalid_client": Refused,
    "token__error_400_missing_client_id": Refused,
    "users__by_id_2021": 1,
    "users__by_id_2022": 1,
    "users__by_id_2023": 1,
    "users__by_login_multi": 2,
    "users__doc_example_2026": 1,
    "users__error_400_no_id": Malformed,
    "users__error_401_client_id_missing": Refused,
    "users_follows_retired__page57_2022": 0,
    "validate__app_token_2023": 0,
    "videos__doc_example_2026": 1,
    "videos__error_400_two_filters": Malformed,
    "videos__user_20_2020_11_04": 20,
    "videos__user_20_2021": 20,
    "videos__user_20_2022": 20,
}
BY_NAME = {path.stem: path for path in recordings("twitch")}


def replayed(name, **changes):
    """The page that a recording becomes. `changes`: of the recording, before it is sent."""
    recording = json.loads(BY_NAME[name].read_text()) | changes
    asked, text = recording["request"], recording.get("body_type") == "text"
    content = recording["body"]
    answer = Answer(
        status=recording["status"],
        headers=recording["headers"] or {},
        body=(content if text else json.dumps(content)).encode(),
    )
    request = Request(asked["method"], asked["url"], params=asked["params"], data=asked.get("body"))

    def handler(call):
        if asked["url"].endswith(call.path):
            return answer
        return as_json({"access_token": "another-token", "expires_in": 3600})

    return read(request, client(handler).send(request), NOW)


def test_every_recording_is_expected():
    assert BY_NAME.keys() == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_a_recording_becomes_what_it_means(name):
    expected = EXPECTED[name]
    if isinstance(expected, int):
        page = replayed(name)
        assert len(page.accounts) + sum(map(len, page.rows.values())) == expected
        assert not page.failed
    else:
        with pytest.raises(PlatformError) as failure:
            replayed(name)
        assert type(failure.value) is expected


def test_a_broadcast_is_stored_with_all_that_was_told():
    (row,) = replayed("streams__by_login_2022_with_tags").rows[StreamRecord]
    assert row == {
        "account": "28640725",
        "external_id": "47686742845",
        "published_at": datetime(2022, 12, 26, 16, 47, 58, tzinfo=UTC),
        "kind": "live",
        "title": "it's been so long! | fresh run",
        "game_id": "506415",
        "game_name": "Sekiro: Shadows Die Twice",
        "language": "en",
        "tags": row["tags"],
        "viewer_count": 2341,
        "is_mature": None,
        "is_live": True,
        "ended_at": None,
    }
    assert row["tags"][:2] == ["darksouls", "voiceactor"]


def test_what_an_old_answer_does_not_know_is_not_named():
    (row,) = replayed("streams__by_login_2020_AlexWayfer").rows[StreamRecord]
    assert "game_name" not in row
    assert "tags" not in row


def test_a_recording_tells_the_end_of_its_broadcast_and_highlights_stand_alone():
    first, *others = replayed("videos__user_20_2022").rows[StreamRecord]
    assert first == {
        "account": "9846758",
        "external_id": "46300851900",
        "published_at": datetime(2022, 11, 14, 19, 17, 15, tzinfo=UTC),
        "kind": "live",
        "title": first["title"],
        "language": "en",
        "vod_id": "1652727194",
        "vod_views": 5234,
        "duration_seconds": 13554,
        "is_live": False,
        "ended_at": datetime(2022, 11, 14, 23, 3, 9, tzinfo=UTC),
    }
    assert {row["kind"] for row in others} == {"highlight"}
    assert len({row["external_id"] for row in others}) == 19
    assert all(row["external_id"] == f"v{row['vod_id']}" for row in others)


def test_followers_are_a_total_without_names():
    (facts,) = replayed("followers__total_only_app_token").accounts
    assert facts == Facts(account="123456", handle="", figures={"audience": 8})


def test_a_schedule_belongs_to_its_channel():
    (row,) = replayed("schedule__doc_example_2026").rows[ScheduledStream]
    assert (row["account"], row["game_name"]) == ("141981764", "Science & Technology")
    assert row["ends_at"] > row["published_at"]


def test_games_keep_their_order():
    rows = replayed("games_top__top5_2022").rows[Ranking]
    assert [row["rank"] for row in rows] == [1, 2, 3, 4, 5]
    assert rows[0]["name"] == "Just Chatting"
    assert {row["taken_at"] for row in rows} == {NOW}


def test_a_limit_waits_no_longer_than_a_window():
    with pytest.raises(RateLimited) as limit:
        replayed("errors__429_rate_limited")
    assert 1 <= limit.value.retry_after <= 60


def test_one_broken_broadcast_does_not_cost_its_neighbours():
    content = json.loads(BY_NAME["streams__top20_2021"].read_text())["body"]
    content["data"][3]["viewer_count"] = -5
    page = replayed("streams__top20_2021", body=content)
    assert len(page.rows[StreamRecord]) == 19
    (account,) = page.failed
    assert account == content["data"][3]["user_id"]
    assert page.failed[account].where == "data.3.viewer_count"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("viewer_count", -1),
        ("viewer_count", 2**63),
        ("viewer_count", float("nan")),
        ("viewer_count", True),
        ("viewer_count", 12.5),
        ("viewer_count", [1]),
        ("started_at", "yesterday"),
        ("started_at", "9999-12-31T23:59:59-14:00"),
        ("started_at", 1_700_000_000),
        ("started_at", None),
        ("id", 39875526524.5),
        ("id", ""),
        ("id", "4" * 65),
        ("user_id", None),
        ("tags", "a"),
        ("title", {"a": 1}),
    ],
)
def test_nonsense_is_named_by_its_field_and_never_quoted(field, value):
    content = json.loads(BY_NAME["streams__by_login_2021"].read_text())["body"]
    content["data"][0][field] = value
    with pytest.raises(Malformed) as failure:
        replayed("streams__by_login_2021", body=content)
    assert failure.value.where.startswith(f"data.0.{field}")
    assert failure.value.text == "Twitch answered in an unknown form."
    assert failure.value.__cause__ is None


@pytest.mark.parametrize(
    "content",
    [[], None, "text", 7, {}, {"data": None}, {"data": {}}],
)
@pytest.mark.parametrize(
    "name",
    [
        "streams__offline_empty",
        "users__by_id_2023",
        "videos__user_20_2022",
        "schedule__one_segment",
    ],
)
def test_an_answer_of_another_shape_is_malformed(name, content):
    with pytest.raises(Malformed):
        replayed(name, body=content)


def test_texts_that_no_database_keeps_are_mended():
    content = json.loads(BY_NAME["streams__by_login_2021"].read_text())["body"]
    content["data"][0]["title"] = "a\0b\ud800"
    (row,) = replayed("streams__by_login_2021", body=content).rows[StreamRecord]
    assert row["title"] == "ab?"


def test_a_counter_in_quotes_is_a_number_and_a_withheld_one_is_none():
    content = json.loads(BY_NAME["streams__top20_2021"].read_text())["body"]
    content["data"][0]["viewer_count"] = "4000000000"
    content["data"][1]["viewer_count"] = None
    del content["data"][2]["viewer_count"]
    first, second, third, *_ = replayed("streams__top20_2021", body=content).rows[StreamRecord]
    assert first["viewer_count"] == 4_000_000_000
    assert second["viewer_count"] is None
    assert "viewer_count" not in third
