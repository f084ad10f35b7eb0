"""What people type for a channel, and what they are told where it names none."""

from contextlib import suppress

import pytest
from hypothesis import given, strategies

from platforms.youtube.collector import parse_handle

ID = "UC_x5XG1OV2P6uZZ5FSM9Ttw"


@pytest.mark.parametrize(
    ("typed", "handle"),
    [
        ("@GoogleDevelopers", "@GoogleDevelopers"),
        ("  googledevelopers \n", "@googledevelopers"),
        (ID, ID),
        ("https://www.youtube.com/@GoogleDevelopers", "@GoogleDevelopers"),
        ("https://www.youtube.com/@GoogleDevelopers/videos?view=0#top", "@GoogleDevelopers"),
        ("youtube.com/@a.b-c_d", "@a.b-c_d"),
        ("http://m.youtube.com/@GoogleDevelopers/", "@GoogleDevelopers"),
        (f"https://www.youtube.com/channel/{ID}", ID),
        (f"www.youtube.com/channel/{ID}/featured", ID),
        ("https://www.youtube.com/@%E3%83%86%E3%82%B9%E3%83%88", "@テスト"),
        ("HTTPS://WWW.YouTube.com/@google", "@google"),
        ("@тест", "@тест"),
    ],
)
def test_a_channel_is_named_by_handle_id_or_address(typed, handle):
    assert parse_handle(typed) == handle


@pytest.mark.parametrize("typed", ["youtube.com/c/Google", "https://www.youtube.com/user/Google/"])
def test_an_old_address_is_explained(typed):
    with pytest.raises(ValueError, match="cannot be looked up"):
        parse_handle(typed)


@pytest.mark.parametrize(
    "typed",
    ["https://www.youtube.com/watch?v=9bZkp7q19f0", "https://youtu.be/9bZkp7q19f0",
     "youtube.com/playlist?list=PL1", "https://www.youtube.com/", "youtube.com/channel/UC1",
     "youtube.com/shorts/9bZkp7q19f0"],
)  # fmt: skip
def test_the_address_of_something_else_is_explained(typed):
    with pytest.raises(ValueError, match="not the address of a channel"):
        parse_handle(typed)


@pytest.mark.parametrize(
    "typed",
    ["", "@", "ab", "a b c", "@" + "x" * 31, "https://example.org/@google", "one/two", "@a\nb",
     "https://[", "@name!"],
)  # fmt: skip
def test_what_names_no_channel_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match="Enter a channel's @handle"):
        parse_handle(typed)


@given(strategies.text(max_size=60))
def test_no_text_upsets_the_parser(text):
    with suppress(ValueError):
        handle = parse_handle(text)
        assert handle.startswith(("@", "UC"))
        assert parse_handle(handle) == handle


@given(strategies.from_regex(r"UC[A-Za-z0-9_-]{22}", fullmatch=True))
def test_every_id_is_one_also_in_an_address(id_):
    assert parse_handle(id_) == parse_handle(f"https://youtube.com/channel/{id_}/videos") == id_
