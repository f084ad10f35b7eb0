"""Handles, credentials and things of any form: understood, or refused in words."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from platforms import registry
from platforms.credentials import fields
from platforms.errors import Gone, Malformed
from platforms.http import Request, Response
from platforms.reddit import records
from platforms.reddit.collector import read
from platforms.reddit.manifest import Credentials, parse_handle
from platforms.reddit.models import Post, page_of
from tests.platforms.reddit.wire import (
    AGENT,
    CLIENT_ID,
    NOW,
    SECRET,
    comment,
    listing,
    post,
    subreddit,
)


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("python", "python"),
        (" r/Python ", "Python"),
        ("/r/AskReddit/", "AskReddit"),
        ("https://www.reddit.com/r/python/top/?t=all", "python"),
        ("https://old.reddit.com/r/python/comments/1abc/some_title/#x", "python"),
        ("reddit.com/r/nl", "nl"),
        ("http://m.reddit.com/R/nl", "nl"),
        ("u/spez", "u/spez"),
        ("/user/Some-One_1/", "u/Some-One_1"),
        ("https://www.reddit.com/user/spez/submitted/", "u/spez"),
        ("r/u_spez", "u_spez"),
    ],
)
def test_a_name_or_address_is_understood(typed, handle):
    assert parse_handle(typed) == handle


@pytest.mark.parametrize(
    "typed",
    [
        "", "r/", "x", "r/all", "popular", "r/a+b", "a b", "https://reddit.com", "redd.it/1abc",
        "https://example.org/r/python", "https://reddit.com.example.org/r/python", "r/pythön",
        "https://evil@www.reddit.com/r/python", "u/ab", "a" * 22, "python\nr/django", "m/python",
        "https://www.reddit.com/submit",
    ],
)  # fmt: skip
def test_what_is_no_subreddit_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"[a-z].*\.$"):
        parse_handle(typed)


@given(st.text() | st.from_regex(r"(https?://)?(\w+\.)?reddit\.com/[ru]/\w+.*"))
@example("r/ﬁﬁﬁ")
def test_whatever_is_typed_becomes_a_handle_that_stays_or_a_sentence(typed):
    try:
        handle = parse_handle(typed)
    except ValueError:
        return
    assert parse_handle(handle) == handle
    assert handle.isascii()
    assert len(handle) <= 22


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (X11; Linux x86_64)", "python-requests/2.34.2", "my app", "curl/8.0",
        "web:python-requests:1.0 (by /u/alice)", "web:tidewatch:1.0", "web:tidewatch (by /u/alice)",
        "web:tidewatch:1.0 (by /u/alice)\nX: y", "web:tidewatch:1.0 (by alice)",
    ],
)  # fmt: skip
def test_an_agent_that_reddit_would_throttle_is_refused(agent):
    typed = {"client_id": CLIENT_ID, "client_secret": SECRET, "user_agent": agent}
    with pytest.raises(fields.NotACredential) as refusal:
        fields.parse(registry.get("reddit"), typed)
    assert set(refusal.value.mistakes) == {"user_agent"}


@pytest.mark.parametrize(
    "agent",
    [AGENT, "android:com.example.myapp:v1.2.3 (by /u/kemitche)", "linux:x.y-z:1 (by u/some-one)"],
)
def test_an_agent_of_the_form_that_reddit_asks_for_is_taken(agent):
    made = Credentials(client_id=f" {CLIENT_ID}\n", client_secret=f" {SECRET}", user_agent=agent)
    assert (made.client_id, made.client_secret.get_secret_value()) == (CLIENT_ID, SECRET)
    assert SECRET not in repr(made)


def test_a_secret_with_a_break_inside_is_refused_without_naming_it():
    with pytest.raises(ValidationError) as refusal:
        Credentials(client_id=CLIENT_ID, client_secret=f"{SECRET}\n{SECRET}", user_agent=AGENT)
    assert SECRET not in str(refusal.value)


def ask(content, url="https://oauth.reddit.com/r/python/new"):
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    return read(Request("GET", url), Response(200, {}, body), NOW)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("num_comments", -1), ("num_comments", 2**63), ("num_comments", "many"),
        ("num_comments", True), ("num_comments", 1.5), ("score", 10**30), ("score", float("nan")),
        ("upvote_ratio", 17), ("upvote_ratio", float("inf")), ("num_crossposts", []),
        ("created_utc", "yesterday"), ("created_utc", 1e300), ("created_utc", -5),
        ("created_utc", None), ("id", "../etc"), ("id", 7), ("subreddit_id", None),
        ("title", {"a": 1}), ("author", "x" * 65), ("over_18", "perhaps"),
    ],
)  # fmt: skip
def test_a_post_that_makes_no_sense_is_left_out_and_its_neighbours_are_kept(field, value):
    page = ask(listing(post("1aaa"), post("1bbb", **{field: value}), post("1ccc")))
    assert [row["external_id"] for row in page.rows[Post]] == ["1aaa", "1ccc"]
    if field != "subreddit_id":
        error = page.failed["t5_9aa"]
        assert error.where == f"data.children.1.data.{field}"
        assert str(value) not in str(error)


def test_a_listing_with_nothing_sound_is_malformed():
    with pytest.raises(Malformed) as failure:
        ask(listing(post(num_comments=-1)))
    assert failure.value.where == "data.children.0.data.num_comments"


def test_figures_as_text_are_numbers_and_missing_ones_unknown():
    bare = {"id": "1abc", "subreddit_id": "t5_9aa", "created_utc": 1610930669.0}
    page = ask(
        listing(post(num_comments="12", score=-7), {"kind": "t3", "data": bare | {"id": "1"}})
    )
    first, second = page.rows[Post]
    assert (first["num_comments"], first["score"]) == (12, -7)
    assert {second[c] for c in Post.COUNTERS} == {None}
    assert {second[c] for c in Post.WORDS} == {""}


@pytest.mark.parametrize("content", [{}, [], None, 7, "x", {"kind": "Listing"}, {"kind": "t5"},
    {"kind": "Listing", "data": {"children": None}}, {"kind": "Listing", "data": []},
    {"kind": "Listing", "data": {"children": {}, "after": 5}}])  # fmt: skip
def test_an_answer_of_another_form_is_malformed(content):
    for path in ("/r/python/new", "/r/python/about", "/comments/1abc", "/api/info.json"):
        if content == [] and path.startswith("/comments"):
            continue  # a tree without listings holds nothing
        with pytest.raises(Malformed):
            ask(content, f"https://oauth.reddit.com{path}")


def test_unknown_kinds_and_addresses_hold_nothing():
    assert ask(listing({"kind": "t9", "data": {"x": 1}}, {"kind": "ad", "data": None})).rows == {}
    assert ask(b"anything", "https://oauth.reddit.com/api/v2/new").rows == {}


def test_a_subreddit_listing_in_place_of_posts_is_not_stored_as_posts():
    assert ask(listing(subreddit())).rows == {}


def test_what_a_database_cannot_keep_is_taken_out_of_texts():
    page = ask(listing(post(title="a\x00b \ud83d c", selftext="[removed]", author=None)))
    (row,) = page.rows[Post]
    assert (row["title"], row["body"], row["author"]) == ("ab ? c", "", "")


@pytest.mark.parametrize("word", ["deleted", "author"])
def test_a_post_that_its_author_deleted_vanishes(word):
    page = ask(listing(post(removed_by_category=word, url="https://x.example")))
    assert page.vanished == {Post: [("t5_9aa", "1abc")]}
    (row,) = page.rows[Post]
    assert {row[c] for c in Post.WORDS} == {""}
    assert (row["score"], row["removed_by"]) == (12, word)


def test_a_post_that_moderators_removed_stays_without_its_text():
    page = ask(listing(post(removed_by_category="moderator", selftext="[removed]")))
    assert page.vanished == {}
    (row,) = page.rows[Post]
    assert (row["title"], row["body"], row["removed_by"]) == ("Hello", "", "moderator")


def test_a_post_that_is_listed_twice_is_one_row():
    assert len(ask(listing(post(stickied=True), post())).rows[Post]) == 1


def test_a_suspended_person_is_told_as_such():
    with pytest.raises(Gone) as gone:
        ask({"kind": "t2", "data": {"name": "x", "is_suspended": True}},
            "https://oauth.reddit.com/user/x/about")  # fmt: skip
    assert gone.value.reason == "suspended"


def test_replies_of_any_depth_are_read():
    said = comment("c0")
    for number in range(1, 200):
        said = comment(f"c{number}", replies=listing(said))
    found = records.tree([listing(post()), listing(said)])
    assert len(found.of(records.Comment)) == 200


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)
FIELDS = st.sampled_from([*records.Post.model_fields, *records.Comment.model_fields, "replies"])


@given(st.dictionaries(FIELDS, JSON), st.sampled_from([post, comment, subreddit]), JSON)
def test_no_thing_crashes_the_mapping(odd, make, child):
    thing = make()
    thing["data"] |= odd
    try:
        page = page_of(records.listing(listing(thing, child)), lambda _: ["t5_9aa"])
    except Malformed:
        return
    for row in page.rows.get(Post, ()):
        assert row["num_comments"] is None or 0 <= row["num_comments"] < 2**63
        assert row["upvote_ratio"] is None or 0 <= row["upvote_ratio"] <= 1


@given(st.integers(0, 36**12), st.integers(0, 36**12))
def test_ids_sort_as_numbers(one, other):
    def base36(number):
        digits = "0123456789abcdefghijklmnopqrstuvwxyz"
        return digits[number] if number < 36 else base36(number // 36) + digits[number % 36]

    (first,), (second,) = (
        records.listing(listing(post(base36(n)))).of(records.Post) for n in (one, other)
    )
    assert (int(first.id, 36) < int(second.id, 36)) == (one < other)
