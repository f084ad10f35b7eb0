"""Every table of the platforms is written in the same way."""

from datetime import timedelta

import pytest

from platforms.models import Comment, Ranking
from platforms.reddit.models import Post
from platforms.twitch.models import ScheduledStream, StreamRecord
from platforms.youtube.models import Video
from tests.platforms.store.stored import LATER, SLOT, only, page, store, told, tweet


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("a\0b", "ab"),
        ("wave \ud83c", "wave \N{REPLACEMENT CHARACTER}"),
        ("\ud83c\udf0a", "\N{WATER WAVE}"),
        ('tab\t, "quotes", \\back\\ and\nlines', 'tab\t, "quotes", \\back\\ and\nlines'),
    ],
)
def test_texts_that_postgresql_refuses_are_mended(watched, alice, typed, kept):
    store(alice, page(tweet(text=typed)))
    assert only(alice).text == kept
    assert told(store(alice, page(tweet(text=typed)), slot=SLOT + LATER)) == {"unchanged": 1}


def test_words_too_long_are_cut_and_ids_that_cannot_be_are_dropped(watched, alice):
    rows = [tweet("1", lang="x" * 40), tweet("i" * 65), tweet("nul\0"), tweet("")]
    assert told(store(alice, page(*rows))) == {"created": 1, "dropped": 3}
    assert only(alice).lang == "x" * 16


def test_a_text_that_is_withheld_is_empty_where_nothing_else_may_be(watched, alice):
    store(alice, page(tweet(text=None, lang=None)))
    assert (only(alice).text, only(alice).lang) == ("", "")


def test_lists_flags_and_shares_are_stored_too(watched, alice):
    video = {
        "account": "11", "external_id": "v1", "published_at": SLOT, "title": "Tide",
        "tags": ["sea", "NUL\0", None], "view_count": 2**62, "like_count": None,
    }  # fmt: skip
    store(alice, page(video, model=Video), platform="youtube")
    found = only(alice, Video)
    assert (found.tags, found.view_count, found.kind) == (["sea", "NUL", None], 2**62, "")
    assert told(store(alice, page(video, model=Video), platform="youtube")) == {"unchanged": 1}
    store(alice, page(vanished={Video: [("11", "v1")]}), platform="youtube")
    assert only(alice, Video).tags == []
    post = {
        "account": "11", "external_id": "p1", "published_at": SLOT,
        "upvote_ratio": 1, "is_self": True, "over_18": None,
    }  # fmt: skip
    store(alice, page(post, model=Post), platform="reddit")
    kept = only(alice, Post)
    assert (kept.upvote_ratio, kept.is_self, kept.over_18) == (1.0, True, None)


def test_a_broadcast_begins_is_seen_and_ends(watched, alice):
    live = {
        "account": "11", "external_id": "s1", "published_at": SLOT, "kind": "live",
        "viewer_count": 50, "is_live": True, "ended_at": None,
    }  # fmt: skip
    store(alice, page(live, model=StreamRecord), platform="twitch")
    polls = [page(live | {"viewer_count": n}, model=StreamRecord) for n in (90, 70)]
    for number, poll in enumerate(polls, start=1):
        store(alice, poll, platform="twitch", slot=SLOT + number * LATER)
    end = {"account": "11", "external_id": "s1", "is_live": False, "ended_at": SLOT + 3 * LATER}
    store(alice, page(end, model=StreamRecord), platform="twitch", slot=SLOT + 3 * LATER)
    stream = only(alice, StreamRecord)
    assert (stream.viewer_count, stream.peak_viewers, stream.is_live) == (70, 90, False)


def test_what_has_no_figures_goes_the_same_way(watched, alice):
    comment = {
        "account": "11", "external_id": "c1", "item_external_id": "v1", "text": "Nice",
        "author": "x" * 200, "score": 3, "published_at": SLOT,
    }  # fmt: skip
    for counts in ({"created": 1}, {"unchanged": 1}):
        assert told(store(alice, page(comment, model=Comment), platform="youtube")) == counts
    assert told(store(alice, page(comment | {"score": 4}, model=Comment), platform="youtube")) == {
        "changed": 1
    }
    store(alice, page(vanished={Comment: [("11", "c1")]}), platform="youtube")
    kept = only(alice, Comment)
    assert (kept.text, kept.author, kept.score) == ("", "", 4)
    announced = {
        "account": "11", "external_id": "s" * 200, "published_at": SLOT + timedelta(days=2),
        "title": "Soon", "is_recurring": True,
    }  # fmt: skip
    for counts in ({"created": 1}, {"unchanged": 1}):
        found = store(alice, page(announced, model=ScheduledStream), platform="twitch")
        assert told(found) == counts


def test_places_in_a_list_belong_to_no_account(watched, alice):
    places = [
        {"place": "woeid:1", "taken_at": SLOT, "rank": rank, "name": f"#tide{rank}", "volume": None}
        for rank in (1, 2)
    ]
    for counts in ({"created": 2}, {"unchanged": 2}):
        assert told(store(alice, page(*places, model=Ranking))) == counts
    corrected = places[0] | {"name": "#ebb"}
    assert told(store(alice, page(corrected, model=Ranking))) == {"changed": 1}
    first = only(alice, Ranking, rank=1)
    assert (first.platform, first.name, first.owner_id) == ("twitter", "#ebb", alice.pk)
