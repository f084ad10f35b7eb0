"""Names and links as people paste them, before any platform is asked."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from collectors.adding.lines import read
from collectors.adding.pasted import MOST, TooMany, names_in
from platforms import registry


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("@one\n\n  @two\r\n@three", ["@one", "@two", "@three"]),
        ("one, two;three ,four", ["one", "two", "three", "four"]),
        ("r/one\tr/two u/three", ["r/one", "r/two", "u/three"]),
        ("“@one” <https://x.com/two> (three)", ["@one", "https://x.com/two", "three"]),
        ("- @one\n• @two\n* , ;", ["@one", "@two"]),
        (
            "https://x.com/one?s=20&t=a,b,https://x.com/two?s=20,@three",
            ["https://x.com/one?s=20&t=a,b", "https://x.com/two?s=20", "@three"],
        ),
        ("", []),
        (" \n,;\0\n", []),
    ],
)
def test_names_stand_between_blanks_commas_and_line_ends(text, names):
    assert names_in(text) == names


def test_more_than_two_hundred_are_refused_with_their_number():
    assert len(names_in("\n".join(f"n{number}" for number in range(MOST)))) == 200
    with pytest.raises(TooMany, match="These are 201 names"):
        names_in(" ".join(f"n{number}" for number in range(201)))
    with pytest.raises(TooMany, match="very long text"):
        names_in("," * 100_001)


def test_a_text_of_commas_within_a_link_is_read_at_once():
    began = time.process_time()
    assert len(names_in("https://x.com/one?" + "a," * 49_000)) == 1
    assert time.process_time() - began < 2


@given(st.text(max_size=300))
@settings(max_examples=50)
def test_whatever_is_pasted_becomes_lines_or_a_sentence(text):
    for slug in ("youtube", "twitch", "twitter", "reddit"):
        try:
            lines = read(registry.get(slug), text)
        except TooMany:
            continue
        assert all(line.typed.strip() and line.word for line in lines)
        assert all(line.handle for line in lines if line.state == "waiting")


def states(slug, text):
    return [(line.typed, line.state) for line in read(registry.get(slug), text)]


def test_the_same_name_in_another_spelling_is_a_repetition():
    assert states("youtube", "@Trail https://www.youtube.com/@trail?si=x trail other") == [
        ("@Trail", "waiting"),
        ("https://www.youtube.com/@trail?si=x", "repeated"),
        ("trail", "repeated"),
        ("other", "waiting"),
    ]


@pytest.mark.parametrize(
    ("slug", "typed", "word", "sentence"),
    [
        ("twitch", "https://www.youtube.com/@trail", "Link to YouTube", "Choose YouTube above"),
        ("twitter", "r/python", "Link to Reddit", "Choose Reddit above"),
        ("reddit", "https://twitch.tv/trail", "Link to Twitch", "Choose Twitch above"),
        ("youtube", "x.com/trail", "Link to X", "Choose X above"),
        ("youtube", "https://youtube.com/watch?v=9b", "Not a channel", "address of a channel"),
        ("twitter", "some.name", "Not an account", "not an address on x.com"),
        ("reddit", "https://example.org/r/python", "Not a subreddit", "no address"),
    ],
)
def test_what_is_no_name_here_says_what_it_is(slug, typed, word, sentence):
    (line,) = read(registry.get(slug), typed)
    assert line.word == word
    assert sentence in line.sentence
    assert line.handle == ""
