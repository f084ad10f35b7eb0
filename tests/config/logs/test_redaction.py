"""Secrets do not come out, whatever they are wrapped in."""

import json
from string import ascii_letters, digits

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.logs.redaction import HIDDEN, LONGEST, clean, redact

SECRETS = st.text(ascii_letters + digits, min_size=16, max_size=40).map(
    lambda text: f"S3cr3t{text}"
)
NAMES = (
    *("password", "Authorization", "api_key", "X-Api-Key", "clientSecret", "client_secret", "key"),
    *(
        "Cookie",
        "set-cookie",
        "access_token",
        "refreshToken",
        "sessionid",
        "CSRFToken",
        "private-key",
    ),
)
# Ways in which a secret gets into a line of text.
TEXTS = [
    "Authorization: Bearer {}",
    "authorization: Token {}",
    "the token: Bearer {}",
    "BASIC password={}",
    "{{'Authorization': 'Bearer {}', 'Accept': '*/*'}}",
    "[(b'cookie', b'sessionid={}; theme=dark')]",
    "GET https://www.googleapis.com/youtube/v3/videos?id=1&key={}&part=id HTTP/1.1",
    "https://example.org/cb?access_token={}#top",
    "redirect=https%3A%2F%2Fexample.org%2F%3Faccess_token%3D{}",
    "postgresql://tidewatch:{}@db.example.org:5432/tidewatch",
    "postgresql://tidewatch:p@{}@db.example.org/tidewatch",
    "redis://:{}@cache.example.org:6379/0",
    "connection failed: host=db user=tw password={} dbname=tw",
    'the answer was {{"client_secret": "{}", "n": 1}}',
    'nested {{\\"refresh_token\\": \\"{}\\"}}',
    "Set-Cookie: tidewatch-session={}; HttpOnly",
    "grant_type=password&password={}&scope=all",
    "ApiProfile(api_key='{}')",
    "the key tw_{} was refused",
    "eyJhbGciOiJIUzI1NiJ9.eyJ{}.c2lnbmF0dXJl expired",
]
PLAIN = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary()


def nested(leaves):
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.text(max_size=5), inner, max_size=3)
            | st.tuples(inner, inner)
        ),
        max_leaves=8,
    )


@given(secret=SECRETS, text=st.sampled_from(TEXTS), before=st.text(max_size=30))
def test_a_secret_in_a_text_is_hidden(secret, text, before):
    assert secret not in redact(f"{before} {text.format(secret)} and more")


@given(secret=SECRETS, name=st.sampled_from(NAMES), data=st.data())
def test_a_secret_under_its_name_is_hidden_however_deep(secret, name, data):
    wrapped = data.draw(nested(st.just({name: secret})))
    assert secret not in json.dumps(clean(wrapped))


@given(secret=SECRETS, name=st.sampled_from(NAMES))
def test_a_secret_in_a_list_of_headers_is_hidden(secret, name):
    for header in [(name, secret), [name.encode(), secret.encode()]]:
        assert secret not in json.dumps(clean({"headers": [header, ("Accept", "*/*")]}))


@given(value=nested(PLAIN))
def test_whatever_is_logged_becomes_json(value):
    assert json.loads(json.dumps(clean(value), allow_nan=False)) is not NotImplemented


@given(secret=SECRETS)
def test_a_configured_secret_is_hidden_wherever_it_stands(secret):
    assert redact(f"<<{secret}>>", [secret]) == f"<<{HIDDEN}>>"


@pytest.mark.parametrize(
    "text",
    [
        "GET /monitors/7/?page=2&sort=newest 200",
        "12 rows of twitch stored, 3 unchanged",
        "https://example.org/a/b?page=1#key-figures",
        "monkey=1 turkey: 2",
        "tw:live and tw_short",
        "Token expired",
    ],
)
def test_an_ordinary_text_stays_as_it_is(text):
    assert redact(text) == text


def test_the_end_of_a_long_text_is_kept_and_no_half_secret_is():
    secret = " Bearer " + "s" * 50
    shown = redact("x" * (LONGEST // 2 - 10) + secret + "y" * LONGEST + " ValueError: at the end")
    assert shown.endswith("ValueError: at the end")
    assert len(shown) < LONGEST + 20
    assert "sss" not in shown


def test_an_object_that_cannot_be_described_costs_no_line():
    class Broken:
        def __str__(self):
            raise ValueError

    assert clean({"thing": Broken()}) == {"thing": "<Broken>"}


def test_a_structure_that_holds_itself_ends():
    loop = {}
    loop["again"] = loop
    assert json.dumps(clean(loop))
