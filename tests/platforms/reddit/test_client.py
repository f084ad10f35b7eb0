"""The client of Reddit pays, authorises, believes the headers, and tells what a refusal means."""

from base64 import b64decode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from platforms.errors import Gone, Malformed, RateLimited, Refused, Unavailable
from platforms.http import Request
from platforms.reddit.client import TOKEN_URL, TooLong, rate_of
from platforms.simulation.wire import Answer, as_json
from tests.platforms.reddit.wire import (
    AGENT,
    CLIENT_ID,
    SECRET,
    TOKEN,
    client,
    listing,
    post,
    refusal,
    subreddit,
)

NEW = Request("GET", "https://oauth.reddit.com/r/python/new")
PAGE = b"<html><body>You've been blocked by network security.</body></html>"


def by_token(*good):
    """Reddit that takes only these tokens."""

    def handler(call):
        if call.path == "/api/v1/access_token":
            return TOKEN
        known = call.headers["authorization"].removeprefix("Bearer ") in good
        return as_json(listing(post())) if known else refusal(401, "Unauthorized")

    return handler


def answering(answer):
    return lambda call: TOKEN if call.method == "POST" else answer


def test_every_call_names_the_app_and_asks_for_plain_text():
    reddit = client(by_token("fresh"), token=None)
    reddit.posts(["python", "django"])
    token, call = reddit.calls
    assert (token.host, token.body) == ("www.reddit.com", b"grant_type=client_credentials")
    basic = b64decode(token.headers["authorization"].removeprefix("Basic ")).decode()
    assert basic == f"{CLIENT_ID}:{SECRET}"
    assert (call.host, call.path) == ("oauth.reddit.com", "/r/python+django/new")
    assert (call.param("raw_json"), call.param("limit")) == ("1", "100")
    assert {c.headers["user-agent"] for c in reddit.calls} == {AGENT}
    assert (reddit.purse.token, reddit.purse.seconds) == ("fresh", 86400)
    assert reddit.books.taken == {"calls": 2}


def test_a_token_that_ran_out_is_renewed_once():
    reddit = client(by_token("fresh"), token="old")
    assert reddit.posts(["python"]).things
    assert [call.method for call in reddit.calls] == ["GET", "POST", "GET"]


def test_a_fresh_token_that_is_refused_means_a_wrong_credential():
    reddit = client(by_token("never"), token="old")
    with pytest.raises(Refused) as refused:
        reddit.posts(["python"])
    assert refused.value.reason == "wrong"
    assert len(reddit.calls) == 3


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refusal(401, "Unauthorized"), "wrong"),
        (as_json({"error": "invalid_grant"}), "wrong"),
        (as_json({"error": 400}, status=400), "wrong"),
        (as_json({"error": "unsupported_grant_type"}), "not_enabled"),
        (as_json({"error": "unauthorized_client"}, status=400), "not_approved"),
        (refusal(403, "Forbidden"), "not_approved"),
        (Answer(status=403), "not_approved"),
    ],
)
def test_a_refused_sign_in_says_what_to_mend(answer, reason):
    with pytest.raises(Refused) as refused:
        client(lambda _: answer, token=None).posts(["python"])
    assert refused.value.reason == reason


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_sign_in_that_leads_nowhere_says_nothing_about_a_subreddit(status):
    with pytest.raises(Unavailable):
        client(lambda _: Answer(status=status), token=None).about("python")


def test_a_token_that_is_none_is_malformed():
    for body in ({}, {"access_token": "a\nb", "expires_in": 9}, {"access_token": "a"}, []):
        with pytest.raises(Malformed):
            client(lambda _, body=body: as_json(body), token=None).about("python")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refusal(403, "Forbidden", reason="private"), Gone, "private"),
        (refusal(403, "Forbidden", reason="quarantined"), Gone, "quarantined"),
        (refusal(403, "Forbidden", reason="gated"), Gone, "quarantined"),
        (refusal(403, "Forbidden", reason="gold_only"), Gone, "private"),
        (refusal(403, "Forbidden"), Refused, "forbidden"),
        (as_json({"error": 403}, status=403), Refused, "forbidden"),
        (Answer(status=403, body=PAGE), Unavailable, None),
        (Answer(status=200, body=PAGE), Unavailable, None),
        (refusal(404, "Not Found", reason="banned"), Gone, "banned"),
        (refusal(404, "Not Found"), Gone, "unknown"),
        (Answer(status=404, body=PAGE), Gone, "unknown"),
        (Answer(status=302, headers={"Location": "/subreddits/search?q=x"}), Gone, "unknown"),
        (Answer(status=410), Gone, "deleted"),
        (refusal(400, "Bad Request"), Malformed, None),
        (Answer(status=414, body=PAGE), TooLong, None),
        (refusal(418, "Teapot"), Malformed, None),
        (as_json([1, 2], status=404), Gone, "unknown"),
        *[(Answer(status=s), Unavailable, None) for s in (408, 451, 500, 502, 503, 504, 520, 522)],
        (as_json({"reason": "private"}, status=503), Unavailable, None),
        (Answer(status=200, body=b""), Malformed, None),
        (Answer(status=200, body=b"[" * 200_000), Malformed, None),
    ],
)
def test_a_refusal_means_what_it_says(answer, error, reason):
    with pytest.raises(error) as failure:
        client(answering(answer)).about("python")
    assert type(failure.value) is error
    assert getattr(failure.value, "reason", None) == reason


def test_a_missing_subreddit_is_not_looked_for_where_the_redirect_leads():
    where = {"Location": "https://oauth.reddit.com/subreddits/search?q=missing"}
    reddit = client(answering(Answer(status=302, headers=where)))
    with pytest.raises(Gone):
        reddit.posts(["missing"])
    assert len(reddit.calls) == 1


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "37"}, 37),
        ({"Retry-After": "12"}, 12),
        ({}, 60),
        ({"x-ratelimit-remaining": "garbage", "Retry-After": "soon"}, 60),
    ],
)
@pytest.mark.parametrize("body", [b'{"message": "Too Many Requests", "error": 429}', PAGE, b""])
def test_a_limit_stops_all_workers_for_as_long_as_reddit_says(headers, seconds, body):
    reddit = client(answering(Answer(status=429, headers=headers, body=body)))
    with pytest.raises(RateLimited) as limit:
        reddit.about("python")
    assert limit.value.retry_after == seconds
    assert ("calls", seconds) in reddit.books.blocked


def test_what_remains_by_the_headers_is_believed():
    headers = {"X-Ratelimit-Used": "3", "X-Ratelimit-Remaining": "997.0", "X-Ratelimit-Reset": "15"}
    reddit = client(answering(as_json(subreddit(), headers=headers)))
    reddit.about("python")
    assert (reddit.books.lowered, reddit.books.blocked) == ([("calls", 997)], [])
    spent = {**headers, "X-Ratelimit-Remaining": "0.0"}
    reddit = client(answering(as_json(subreddit(), headers=spent)))
    reddit.about("python")
    assert (reddit.books.lowered, reddit.books.blocked) == ([("calls", 0)], [("calls", 15)])


@given(st.text(), st.text())
def test_no_header_breaks_the_client(remaining, reset):
    found = rate_of({"x-ratelimit-remaining": remaining, "x-ratelimit-reset": reset})
    assert found is None or (found[0] >= 0 and 0 <= found[1] <= 86_400)


@given(st.integers(0, 10_000), st.integers(0, 600))
def test_headers_in_reddits_form_are_read(remaining, reset):
    headers = {"x-ratelimit-remaining": f"{remaining}.0", "x-ratelimit-reset": str(reset)}
    assert rate_of(headers) == (remaining, reset)


def test_a_token_never_travels_to_another_host():
    reddit = client(answering(as_json({})))
    with pytest.raises(Malformed):
        reddit.send(Request("GET", "https://reddit.com.example.org/r/python/new"))
    assert reddit.calls == []


def test_a_good_answer_from_an_unknown_address_is_passed_on():
    reddit = client(answering(as_json({"anything": 1})))
    assert reddit.send(Request("GET", "https://oauth.reddit.com/api/v2/x")).json() == {
        "anything": 1
    }


def test_no_error_or_repr_names_a_secret():
    reddit = client(lambda _: refusal(401, SECRET), token=None)
    with pytest.raises(Refused) as refused:
        reddit.send(Request("POST", TOKEN_URL, data={"grant_type": "client_credentials"}))
    told = f"{refused.value!r} {refused.value} {reddit._to!r} {reddit._to.credentials!r}"
    assert SECRET not in told
