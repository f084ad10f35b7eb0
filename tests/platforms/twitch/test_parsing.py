"""What people type, and how Twitch writes lengths."""

from contextlib import suppress

import pytest
from hypothesis import assume, given, strategies

from platforms.twitch.collector import FRAMES, NO_CHANNELS, parse_handle
from platforms.twitch.records import seconds

LOGINS = strategies.from_regex(r"[a-z0-9][a-z0-9_]{0,24}", fullmatch=True)


@pytest.mark.parametrize(
    "typed",
    [
        "shroud", "  Shroud\n", "@shroud", "twitch.tv/shroud", "https://www.twitch.tv/shroud",
        "http://m.twitch.tv/Shroud/", "https://www.twitch.tv/shroud/videos?filter=archives#top",
        "https://www.twitch.tv/popout/shroud/chat", "https://www.twitch.tv/moderator/shroud",
        "WWW.TWITCH.TV/SHROUD",
    ],
)  # fmt: skip
def test_a_name_is_found_in_what_people_paste(typed):
    assert parse_handle(typed) == "shroud"


@pytest.mark.parametrize(
    "typed",
    [
        "", " ", "@", "two words", "_hidden", "x" * 26, "ünïcode", "١٢٣٤", "a/b", "a\nb",
        "https://www.twitch.tv/", "https://www.twitch.tv/videos/123",
        "https://www.twitch.tv/directory/category/chess", "https://youtube.com/shroud",
        "https://twitch.tv.example.org/shroud", "https://clips.twitch.tv/FunnyClip",
    ],
)  # fmt: skip
def test_anything_else_is_refused_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"\.$"):
        parse_handle(typed)


@given(LOGINS)
def test_every_name_survives_its_address(login):
    assert parse_handle(login.upper()) == login
    assume(login not in FRAMES | NO_CHANNELS)
    assert parse_handle(f"https://www.twitch.tv/{login}/about?x=1") == login


@given(strategies.text())
def test_no_text_breaks_the_parser(text):
    try:
        name = parse_handle(text)
    except ValueError:
        return
    assert parse_handle(name) == name


@given(*(strategies.integers(0, 999_999) for _ in range(3)))
def test_a_length_is_the_sum_of_its_parts(hours, minutes, rest):
    assert seconds(f"{hours}h{minutes}m{rest}s") == hours * 3600 + minutes * 60 + rest
    assert seconds(f"{minutes}m") == minutes * 60
    assert seconds(f"{hours}h{rest}s") == hours * 3600 + rest


@given(strategies.text())
def test_no_text_breaks_the_reading_of_lengths(text):
    with suppress(ValueError):
        assert seconds(text) >= 0


@pytest.mark.parametrize("text", ["", "3", "h", "3m8h", "-3m", "3h 8m", "1.5h", "3h8m33", "٣h"])
def test_what_is_no_length_is_refused(text):
    with pytest.raises(ValueError, match="3h8m33s"):
        seconds(text)
