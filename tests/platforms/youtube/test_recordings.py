"""Every recorded answer of YouTube is stored, holds nothing, or is refused for what it means."""

import json
from datetime import UTC, datetime

import pytest

from platforms.errors import PlatformError, QuotaSpent
from platforms.http import Request
from platforms.models import Comment
from platforms.youtube.collector import read
from platforms.youtube.models import Video
from tests.platforms.shared import RECORDINGS, needs_data, recordings
from tests.platforms.youtube.wire import NOW, answering, client_of

# File -> (channels, videos, comments) that it stores; None: it holds nothing; else the error, and
# its reason.
OUTCOMES = {
    "channels_list__one_full": (1, 0, 0),
    "channels_list__snippet_2020": (1, 0, 0),
    "channels_list__statistics_2020": (1, 0, 0),
    "channels_list__two_full": (2, 0, 0),
    "channels_list__uploads_playlist_2022": (1, 0, 0),
    "commentThreads_list__100_of_video_2020": (0, 0, 100),
    "commentThreads_list__one_by_id_2020": (0, 0, 1),
    "commentThreads_list__video_paged_1": (0, 0, 5),
    "commentThreads_list__video_paged_2": (0, 0, 5),
    "errors__400_API_KEY_INVALID_current": "refused wrong",
    "errors__400_keyInvalid_2018": "refused wrong",
    "errors__400_missing_filter_2020": "malformed",
    "errors__401_auth_error_2020": "refused wrong",
    "errors__403_commentsDisabled": "gone disabled",
    "errors__403_quotaExceeded_2024": "quota_spent",
    "errors__404_playlistNotFound_2023": "gone unknown",
    "playlistItems_list__17_page2_2020": (0, 17, 0),
    "playlistItems_list__50_page1_2020": (0, 50, 0),
    "playlistItems_list__chain_a_page1_2022": (0, 5, 0),
    "playlistItems_list__chain_a_page2_2022": (0, 4, 0),  # and a private video
    "playlistItems_list__chain_a_page3_2022": (0, 5, 0),
    "playlistItems_list__paged_1": (0, 10, 0),
    "playlistItems_list__paged_2": (0, 3, 0),
    "search_list__50_by_date_2020": (0, 50, 0),
    "search_list__50_channel_by_date_2020": (0, 50, 0),
    "search_list__channel_videos": (0, 5, 0),
    "search_list__channels": (5, 0, 0),
    "search_list__keywords_p1": (0, 25, 0),
    "videos_list__50_contentDetails_2020": (0, 50, 0),
    "videos_list__50_statistics_status_2020": (0, 50, 0),
    "videos_list__50_status_snippet_2020": (0, 50, 0),
    "videos_list__chart_paged_1": (0, 5, 0),
    "videos_list__chart_paged_2": (0, 3, 0),
    "videos_list__deleted_or_private_empty_2022b": None,
    "videos_list__gangnam_statistics_2020": (0, 1, 0),
    "videos_list__mostPopular_50_snippet_2020": (0, 50, 0),
    "videos_list__one_2022_1": (0, 1, 0),
    "videos_list__one_2022_2": (0, 1, 0),
    "videos_list__one_2022_3": (0, 1, 0),
    "videos_list__one_2022_4": (0, 1, 0),
    "videos_list__one_2022_5": (0, 1, 0),
    "videos_list__one_2022_6": (0, 1, 0),
}

pytestmark = needs_data


def recorded(name):
    return json.loads((RECORDINGS / "youtube" / f"{name}.json").read_text())


def replay(name):
    """Send the recorded request to the recorded answer, and read it."""
    told = recorded(name)
    asked = Request(told["request"]["method"], told["request"]["url"], told["request"]["params"])
    body, headers = (
        told["body"],
        {k: v for k, v in told["headers"].items() if k != "Content-Length"},
    )
    content = body.encode() if isinstance(body, str) else body
    client = client_of(answering(content, status=told["status"], headers=headers))
    return read(asked, client.send(asked), NOW)


def outcome(name):
    try:
        page = replay(name)
    except PlatformError as error:
        return f"{error.code} {getattr(error, 'reason', '')}".strip()
    held = (len(page.accounts), len(page.rows.get(Video, ())), len(page.rows.get(Comment, ())))
    return held if any(held) else None


def row(name, id_):
    return next(row for row in replay(name).rows[Video] if row["external_id"] == id_)


def test_the_table_names_every_recording():
    assert {path.stem for path in recordings("youtube")} == OUTCOMES.keys()


@pytest.mark.parametrize("name", OUTCOMES)
def test_each_answer_is_handled(name):
    assert outcome(name) == OUTCOMES[name]


def test_a_spent_quota_is_back_at_midnight_pacific_of_the_platforms_day():
    with pytest.raises(QuotaSpent) as spent:
        replay("errors__403_quotaExceeded_2024")
    assert spent.value.until == datetime(2024, 11, 27, 8, tzinfo=UTC)


def test_a_channel_is_known_by_its_handle_and_figures():
    (facts,) = replay("channels_list__uploads_playlist_2022").accounts
    assert (facts.handle, facts.title) == ("@sadhguru", "Sadhguru")
    assert facts.figures == {"audience": 10_500_000, "contents": 2621, "views": 1_319_492_331}


def test_figures_that_were_not_asked_for_are_not_withheld():
    (facts,) = replay("channels_list__snippet_2020").accounts
    assert facts.figures == {}
    assert facts.handle == facts.account == "UCBR8-60-B28hp2BmDPdntcQ"


def test_counters_beyond_two_thousand_million_arrive_whole():
    found = row("videos_list__gangnam_statistics_2020", "9bZkp7q19f0")
    told = recorded("videos_list__gangnam_statistics_2020")["body"]["items"][0]["statistics"]
    assert found["view_count"] == int(told["viewCount"]) > 2**31
    assert found["dislike_count"] == int(told["dislikeCount"])
    assert "title" not in found


def test_every_figure_of_every_video_is_the_recorded_one():
    name = "videos_list__50_statistics_status_2020"
    for told in recorded(name)["body"]["items"]:
        found = row(name, told["id"])
        for column, key in (("view_count", "viewCount"), ("like_count", "likeCount"),
                            ("comment_count", "commentCount")):  # fmt: skip
            figure = told["statistics"].get(key)
            assert found[column] == (None if figure is None else int(figure))


def test_hidden_likes_and_comments_that_are_off_are_none_and_not_nought():
    name = "videos_list__50_statistics_status_2020"
    assert row(name, "DRh_4i-GKPk")["like_count"] is None
    assert row(name, "GBaGHP_UuLI")["comment_count"] is None
    assert row(name, "lepYkDZ62OY")["view_count"] is None


def test_dislikes_are_told_of_old_answers_alone():
    assert "dislike_count" in row("videos_list__50_statistics_status_2020", "2lAe1cqCOXo")
    assert "dislike_count" not in row("videos_list__one_2022_1", "hrZJONSxIBM")


def test_the_words_of_a_video_are_those_of_its_channel():
    found = row("videos_list__one_2022_1", "hrZJONSxIBM")
    assert found["account"] == "UCcYzLCs3zrQIBVHYA1sK2sw"
    assert found["published_at"] == datetime(2021, 2, 2, 11, 30, 13, tzinfo=UTC)
    assert (found["duration_seconds"], found["kind"], found["lang"]) == (282, "video", "en")
    assert found["tags"][:2] == ["Sadhguru", "sadhguru 2021"]


def test_a_private_video_in_a_list_is_gone_and_not_renamed():
    page = replay("playlistItems_list__chain_a_page2_2022")
    assert page.vanished[Video] == [("UCcYzLCs3zrQIBVHYA1sK2sw", "xtJSO9nygxE")]
    assert "Private video" not in {row["title"] for row in page.rows[Video]}


def test_words_found_by_a_search_are_unescaped():
    titles = {row["title"] for row in replay("search_list__channel_videos").rows[Video]}
    assert "YouTube's API and The News" in titles


def test_a_comment_stands_under_its_video():
    (found,) = replay("commentThreads_list__one_by_id_2020").rows[Comment]
    assert (found["item_external_id"], found["score"]) == ("MsplPPW7tFo", 0)
    assert found["text"] == "gj$)&:$8!)@<hsjajshso)@$;:jajsjJsj"
    assert found["parent_external_id"] == ""
