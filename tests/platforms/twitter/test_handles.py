"""What people type or paste becomes the name of an account, or a sentence."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.twitter.collector import parse_handle

names = st.from_regex(r"[A-Za-z0-9_]{1,15}", fullmatch=True)
PAGES = ["home", "i", "search", "hashtag", "explore", "settings", "intent", "share"]


@given(
    names.filter(lambda name: name.lower() not in PAGES and name.lower() not in
                 {"about", "compose", "download", "jobs", "login", "messages", "notifications",
                  "privacy", "signup", "tos"}),
    st.sampled_from(
        ["{}", "@{}", " {} \n", "https://x.com/{}", "http://twitter.com/{}/", "x.com/{}",
         "www.x.com/@{}", "https://mobile.twitter.com/{}/status/12?s=20", "HTTPS://X.COM/{}#top"]
    ),
)  # fmt: skip
def test_a_name_is_found_in_every_form(name, form):
    assert parse_handle(form.format(name)) == name


@pytest.mark.parametrize(
    "typed",
    [
        "", "@", "two words", "sixteen_letters_x", "naïve", "a-b", "jack\0", "javascript:alert(1)",
        "http://[", "https://x.com/", "https://notx.com/jack", "x.com.evil.org/jack",
    ],
)  # fmt: skip
def test_what_is_no_name_is_answered_with_a_sentence(typed):
    with pytest.raises(ValueError, match=r"^[A-Z].*\.$"):
        parse_handle(typed)


@pytest.mark.parametrize("page", PAGES)
def test_pages_of_x_are_no_accounts(page):
    with pytest.raises(ValueError, match="names no account"):
        parse_handle(f"https://x.com/{page}/anything")


@given(st.text(max_size=60))
def test_whatever_is_typed_there_is_a_name_or_a_sentence(typed):
    try:
        name = parse_handle(typed)
    except ValueError:
        return
    assert name.isascii()
    assert 1 <= len(name) <= 15
