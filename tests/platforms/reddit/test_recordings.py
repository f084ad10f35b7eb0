"""Every recorded answer of Reddit ends as rows, as nothing, or as the error that it means."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from platforms.errors import Gone, PlatformError, RateLimited, Refused, Unavailable
from platforms.http import Request
from platforms.models import Comment
from platforms.reddit.collector import read
from platforms.reddit.models import Post
from platforms.simulation.wire import Answer
from tests.platforms.reddit.wire import NOW, TOKEN, client
from tests.platforms.shared import RECORDINGS, needs_data, recordings

pytestmark = needs_data

# File -> (accounts, posts, comments, vanished), or the error and its reason.
EXPECTED = {
    "about__RedditLaqueristas_2020": (1, 0, 0, 0),
    "about__announcements_2019": (1, 0, 0, 0),
    "about__redditdev_2020": (1, 0, 0, 0),
    "about__redditgetsdrawn_2020": (1, 0, 0, 0),
    "about__redditrequest_2020": (1, 0, 0, 0),
    "about__redditsecurity_2020": (1, 0, 0, 0),
    "access_token__client_credentials_2016": (0, 0, 0, 0),
    "access_token__error_400": (Refused, "wrong"),
    "access_token__error_429_2021": (RateLimited, None),
    "access_token__installed_client_2020": (0, 0, 0, 0),
    "api_info__94_mixed_2020": (33, 29, 29, 8),  # 32 comments, of which 3 are deleted; 5 posts
    "api_info__one_comment_2021": (0, 0, 1, 0),
    "api_info__one_post_2022": (0, 1, 0, 0),
    "api_info__sr_names_2021": (4, 0, 0, 0),
    "comments_listing__askreddit_100_2021": (0, 0, 100, 0),
    "comments_listing__askreddit_before_3_2021": (0, 0, 3, 0),
    "comments_tree__3hahrw_more_objects_2016": (0, 1, 470, 6),
    "comments_tree__fjn0j9_2020": (0, 1, 113, 1),
    "comments_tree__jlbw48_2022": (0, 1, 6, 0),
    "errors__302_missing_subreddit_to_search_2015": (Gone, "unknown"),
    "errors__302_random_2016": (Gone, "unknown"),
    "errors__400_invalid_args_2020": (Gone, "unknown"),  # "that user doesn't exist"
    "errors__401_unauthorized_2016": (Refused, "wrong"),
    "errors__403_forbidden_2025": (Refused, "forbidden"),
    "errors__403_private_subreddit": (Gone, "private"),
    "errors__404_banned_subreddit": (Gone, "banned"),
    "errors__404_not_found_2016": (Gone, "unknown"),
    "errors__500_2016": (Unavailable, None),
    "errors__502_2016": (Unavailable, None),
    "errors__503_2016": (Unavailable, None),
    "hot__askreddit_100_2020": (0, 100, 0, 0),
    "hot__popular_100_2026": (0, 100, 0, 0),
    "new__all_100_2021": (0, 74, 0, 0),
    "new__all_before_7_2021": (0, 2, 0, 0),
    "new__askreddit_100_2020": (0, 100, 0, 0),
    "rising__askreddit_100_2016": (0, 100, 0, 0),
    "subreddits_popular__15_2020": (15, 0, 0, 0),
    "top__askreddit_all_100_2020": (0, 100, 0, 0),
    "user_about__Lil_SpazBot_2025": (1, 0, 0, 0),
    "user_about__Watchful1_2022": (1, 0, 0, 0),
    "user_submitted__100_2021": (0, 100, 0, 0),
}


def page_of(file):
    """What comes of a recording that is sent through client and mapping."""
    told = json.loads(Path(file).read_text())
    asked = told["request"]
    body = told["body"]
    body = body.encode() if told.get("body_type") == "text" else json.dumps(body).encode()
    answer = Answer(status=told["status"], headers=told["headers"] or {}, body=body)

    def handler(call):
        return TOKEN if call.method == "POST" and asked["method"] == "GET" else answer

    request = Request(asked["method"], asked["url"], asked["params"], data=asked.get("body"))
    return read(request, client(handler).send(request), NOW)


def test_every_recording_is_expected_here():
    assert {file.stem for file in recordings("reddit")} == set(EXPECTED)


@pytest.mark.parametrize("file", recordings("reddit"), ids=lambda file: file.stem)
def test_a_recorded_answer_comes_out_as_it_should(file):
    expected = EXPECTED[file.stem]
    if isinstance(expected[0], int):
        page = page_of(file)
        gone = sum(map(len, page.vanished.values()))
        found = (len(page.accounts), *(len(page.rows.get(m, ())) for m in (Post, Comment)), gone)
        assert found == expected
        assert page.failed == {}
    else:
        with pytest.raises(PlatformError) as failure:
            page_of(file)
        assert (type(failure.value), getattr(failure.value, "reason", None)) == expected


def recorded(name):
    return page_of(RECORDINGS / "reddit" / f"{name}.json")


def test_a_post_of_2026_has_all_its_figures():
    row = recorded("hot__popular_100_2026").rows[Post][0]
    assert row | {"body": "", "url": ""} == {
        "account": "t5_2qhj4", "external_id": "1skjxta", "author": "airplane231", "body": "",
        "published_at": datetime(2026, 4, 13, 18, 44, 8, tzinfo=UTC), "flair": "Media",
        "title": row["title"], "domain": "streamable.com", "url": "", "score": 546,
        "num_comments": 495, "upvote_ratio": 0.8, "num_crossposts": 0, "is_self": False,
        "is_video": False, "over_18": False, "is_stickied": False, "removed_by": "",
    }  # fmt: skip


def test_a_young_posts_score_is_unknown_and_an_old_answers_missing_figures_too():
    young = recorded("new__all_100_2021").rows[Post][0]
    assert (young["score"], young["num_comments"], young["upvote_ratio"]) == (None, 0, 1.0)
    old = recorded("rising__askreddit_100_2016").rows[Post][0]
    assert (old["upvote_ratio"], old["num_crossposts"], old["is_video"]) == (None, None, None)
    assert old["num_comments"] is not None


def test_a_deleted_post_keeps_its_figures_and_loses_its_words():
    page = recorded("api_info__94_mixed_2020")
    gone = {post_id for _, post_id in page.vanished[Post]}
    rows = [row for row in page.rows[Post] if row["external_id"] in gone]
    assert len(rows) == 5
    assert {row[c] for row in rows for c in Post.WORDS} == {""}
    assert all(row["num_comments"] is not None for row in rows)


def test_a_subreddit_tells_its_members_and_a_closed_one_none():
    facts = {f.handle: f for f in recorded("api_info__94_mixed_2020").accounts}
    assert facts["RockClimbing"].figures == {"audience": 17372}
    assert facts["ffff"].figures == {"audience": None}
    (about,) = recorded("about__redditdev_2020").accounts
    assert (about.account, about.handle) == ("t5_2qizd", "redditdev")
    assert about.figures == {"audience": 38934, "online": 83}


def test_a_persons_posts_belong_to_the_person_whatever_the_subreddit():
    assert {row["account"] for row in recorded("user_submitted__100_2021").rows[Post]} == {
        "t2_o77bz"
    }
    (facts,) = recorded("user_about__Lil_SpazBot_2025").accounts
    assert (facts.account, facts.handle, facts.figures) == ("t2_3ebyblla", "u/Lil_SpazBot", {})


def test_a_comment_knows_its_post_and_what_it_answers():
    rows = recorded("comments_tree__3hahrw_more_objects_2016").rows[Comment]
    assert {row["item_external_id"] for row in rows} == {"3hahrw"}
    ids = {row["external_id"] for row in rows}
    answers = [row["parent_external_id"] for row in rows if row["parent_external_id"]]
    assert len(answers) > 100
    assert len(set(answers) - ids) < 10, "only answers to what was deleted or left out"
