"""Ids, times and figures, however odd the answer."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.errors import Gone, Malformed
from platforms.http import Request, Response
from platforms.twitter.collector import read
from platforms.twitter.models import Tweet, tweet_rows
from platforms.twitter.records import Answer, Post, Trend, User, newest, parse, published
from tests.platforms.twitter.wire import NOW

ids = st.integers(0, 2**63 - 1).map(str)
EPOCH = 1_288_834_974_657


def answer(data, **more):
    return Answer.model_validate({"data": data, **more})


def post(**fields):
    return Post.model_validate({"id": "1600000000000000000", **fields})


def rows(*posts):
    return tweet_rows(posts, account_of=lambda _: "1", followers={})


# --- Ids and times -------------------------------------------------------------------------------
@given(st.integers(1_290_000_000_000, 3_400_000_000_000), st.integers(0, 2**22 - 1))
def test_an_id_tells_its_moment_to_the_millisecond(millis, low):
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=millis)
    assert published(str(((millis - EPOCH) << 22) + low)) == moment


@given(st.integers(0, 29_700_859_247).map(str))
def test_ids_of_before_2010_tell_no_moment(post_id):
    assert published(post_id) is None
    (row,) = rows(post(id=post_id))
    assert "published_at" not in row


@given(st.lists(ids, min_size=1))
def test_the_newest_id_is_the_largest_number(some):
    assert int(newest(some)) == max(map(int, some))


# --- Edits ---------------------------------------------------------------------------------------
@given(st.sets(ids, min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_all_versions_of_a_post_are_one_row_whatever_their_order(versions, throw):
    chain = sorted(versions, key=int)
    posts = [post(id=id_, text=id_, edit_history_tweet_ids=chain) for id_ in chain]
    throw.shuffle(posts)
    (row,) = rows(*posts)
    assert (row["external_id"], row["current_id"], row["text"]) == (chain[0], chain[-1], chain[-1])


@given(st.lists(ids, min_size=1, max_size=20, unique=True))
def test_posts_that_were_never_edited_stay_apart_and_in_order(some):
    made = rows(*(post(id=id_, edit_history_tweet_ids=[id_]) for id_ in some))
    assert [row["external_id"] for row in made] == some


def test_an_edited_post_keeps_the_time_of_its_first_version():
    first, second = "1577730467436138524", "1577732983724765184"
    edited = post(
        id=second, edit_history_tweet_ids=[first, second], created_at="2022-10-05T18:51:12.000Z"
    )
    (row,) = rows(edited)
    assert row["published_at"] == published(first) < edited.created_at


def test_an_old_version_tells_which_one_is_the_newest():
    (row,) = rows(post(id="1576994746135764992", edit_history_tweet_ids=[
        "1576994746135764992", "1576994789110992896",
    ]))  # fmt: skip
    assert row["external_id"] == "1576994746135764992"
    assert row["current_id"] == "1576994789110992896"


# --- What is told, withheld, not asked -----------------------------------------------------------
def test_what_was_not_asked_for_is_left_out():
    (row,) = rows(post(text="hi"))
    assert row.keys() == {
        "account", "external_id", "current_id", "published_at", "kind", "text",
    }  # fmt: skip


def test_figures_that_are_not_told_are_withheld():
    (row,) = rows(post(public_metrics={"like_count": 0, "quote_count": None}))
    assert row["like_count"] == 0
    assert row["quote_count"] is None
    assert row["bookmark_count"] is None


def test_a_long_text_is_stored_whole():
    (row,) = rows(post(text="short…", note_tweet={"text": "long" * 100}))
    assert row["text"] == "long" * 100


@pytest.mark.parametrize(
    ("fields", "kind"),
    [
        ({}, "post"),
        ({"conversation_id": "1600000000000000000"}, "post"),
        ({"conversation_id": "1500000000000000000"}, "reply"),
        ({"in_reply_to_user_id": "12"}, "reply"),
        ({"referenced_tweets": [{"type": "replied_to", "id": "1"}]}, "reply"),
        ({"referenced_posts": [{"type": "quoted", "id": "1"}]}, "quote"),
        ({"referenced_tweets": [{"type": "quoted"}, {"type": "replied_to"}]}, "reply"),
        ({"referenced_tweets": [{"type": "retweeted", "id": "1"}]}, "repost"),
        ({"text": "RT @jack: hello"}, "repost"),
        ({"text": "RT @jack: hello", "public_metrics": {"like_count": 3}}, "post"),
        ({"text": "RT if you agree"}, "post"),
        ({"referenced_tweets": None}, "post"),
        ({"referenced_tweets": [{"type": "something new"}]}, "post"),
    ],
)
def test_a_post_is_of_its_kind(fields, kind):
    assert rows(post(**fields))[0]["kind"] == kind


# --- Hostile answers -----------------------------------------------------------------------------
@pytest.mark.parametrize(
    "count", [-1, 1.5, float("nan"), True, "many", "-3", "1e3", 2**63, "9" * 19, [], {}]
)
def test_a_nonsense_count_is_malformed_and_not_quoted(count):
    item = {"id": "1", "public_metrics": {"like_count": count}}
    with pytest.raises(Malformed) as failure:
        parse(answer([item]), Post)
    assert failure.value.where == "data.0.public_metrics.like_count"
    assert str(count) not in str(failure.value) or count in ([], {})


def test_counts_as_text_are_numbers():
    (found,) = parse(answer([{"id": "1", "public_metrics": {"like_count": "12"}}]), Post)
    assert found.figures.like_count == 12


@pytest.mark.parametrize("odd", [None, "12a", "", "1" * 20, 1.0, True, -1, [], {}])
def test_an_odd_id_is_malformed(odd):
    with pytest.raises(Malformed) as failure:
        parse(answer([{"id": odd}]), Post)
    assert failure.value.where == "data.0.id"


def test_a_broken_item_costs_only_itself(caplog):
    good, bad = {"id": "2"}, {"id": "1", "text": ["secret words"]}
    assert [found.id for found in parse(answer([bad, good, None, "x"]), Post)] == ["2"]
    assert caplog.records[0].where == ["data.0.text", "data.2", "data.3"]
    assert "secret words" not in str(vars(caplog.records[0]))


@pytest.mark.parametrize("when", ["", "yesterday", 1600000000, "2021-01-06", "1969-01-01T00:00:00Z",
                                  "9999-12-31T23:59:59-12:00", "2021-01-06T18:40:40"])  # fmt: skip
def test_an_odd_date_is_malformed(when):
    with pytest.raises(Malformed):
        parse(answer([{"id": "1", "created_at": when}]), Post)


def test_texts_hold_nothing_that_the_database_refuses():
    (row,) = rows(post(text="a\0b\ud83dc 🦀"))
    assert row["text"] == "ab?c 🦀"
    row["text"].encode()


@pytest.mark.parametrize("data", [1, "text", True, 1.5])
def test_data_of_another_type_is_malformed(data):
    with pytest.raises(Malformed) as failure:
        parse(answer(data), User)
    assert failure.value.where == "data"


def test_a_trend_without_a_count_has_none():
    assert parse(answer([{"trend_name": "#tide"}]), Trend)[0].volume is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | ids,
    lambda inner: st.lists(inner, max_size=4)
    | st.dictionaries(
        st.sampled_from(
            ["id", "text", "public_metrics", "like_count", "errors", "value", "parameter", "title",
             "type", "data", "meta", "next_token", "username", "trend_name", "created_at",
             "edit_history_tweet_ids", "referenced_posts", "note_tweet"]
        ),
        inner, max_size=5,
    ),
    max_leaves=25,
)  # fmt: skip
paths = st.sampled_from(
    ["users/by", "users", "users/1", "users/1/tweets", "users/1/mentions", "tweets", "tweets/1",
     "tweets/search/recent", "tweets/counts/all", "trends/by/woeid/1", "usage/tweets", "unheard/of"]
)  # fmt: skip


@given(paths, st.dictionaries(st.sampled_from(["data", "errors", "meta"]), json_values))
def test_no_answer_brings_the_reader_down(path, body):
    response = Response(200, {}, json.dumps(body).encode())
    try:
        page = read(Request("GET", f"https://api.x.com/2/{path}"), response, NOW)
    except (Malformed, Gone):
        return
    assert all(row["external_id"].isdecimal() for row in page.rows.get(Tweet, ()))


def test_an_unheard_of_address_holds_nothing():
    response = Response(200, {}, b"whatever")
    assert not read(Request("GET", "https://api.x.com/3/spaces"), response, NOW).rows
