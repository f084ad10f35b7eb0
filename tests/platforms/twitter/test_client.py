"""What each refusal means, what is asked, and what is charged."""

import logging
from datetime import UTC, datetime

import pytest

from platforms.errors import (
    CreditsSpent,
    Gone,
    Malformed,
    PlatformError,
    RateLimited,
    Refused,
    Unavailable,
)
from platforms.http import Request
from platforms.simulation.wire import Answer, as_json
from platforms.twitter.client import NEW, OLD
from tests.platforms.connections import Purse
from tests.platforms.twitter.wire import TOKEN, answering, client_of

PROBLEMS = "https://api.x.com/2/problems"
POSTS = Request("GET", "https://api.x.com/2/tweets", {"ids": "1"})
TIMELINE = Request("GET", "https://api.x.com/2/users/1/tweets")
NOT_ENROLLED = {"reason": "client-not-enrolled", "type": f"{PROBLEMS}/client-forbidden"}


def refusal(body, status, *, request=POSTS, headers=None, purse=None):
    with pytest.raises(PlatformError) as failure:
        client_of(answering(body, status=status, headers=headers), purse=purse).send(request)
    return failure.value


@pytest.mark.parametrize(
    ("status", "body", "expected", "reason"),
    [
        (400, {"title": "Invalid Request"}, Malformed, None),
        (401, {"title": "Unauthorized"}, Refused, "wrong"),
        (401, b"", Refused, "wrong"),
        (402, {"title": "CreditsDepleted", "account_id": 2**61}, CreditsSpent, None),
        (402, b"", CreditsSpent, None),
        (403, NOT_ENROLLED, Refused, "not_approved"),
        (403, {"type": f"{PROBLEMS}/unsupported-authentication"}, Refused, "wrong"),
        (403, {"type": f"{PROBLEMS}/user-suspended"}, Refused, "forbidden"),
        (403, {"title": "Forbidden"}, Refused, "forbidden"),
        (403, b"<html>blocked</html>", Unavailable, None),
        (404, {"type": f"{PROBLEMS}/resource-not-found"}, Gone, "unknown"),
        (404, b"<!DOCTYPE html><html>", Unavailable, None),
        (404, b"", Unavailable, None),
        (
            429,
            {"title": "UsageCapExceeded", "type": f"{PROBLEMS}/usage-capped"},
            CreditsSpent,
            None,
        ),
        (429, b"<html>", RateLimited, None),
        (500, b"", Unavailable, None),
        (503, {"title": "Service Unavailable"}, Unavailable, None),
        (302, b"", Unavailable, None),
        (200, b"<html>Try later</html>", Unavailable, None),
        (200, b"", Malformed, None),
        (200, b"[]", Malformed, None),
    ],
)
def test_a_refusal_has_a_meaning(status, body, expected, reason):
    error = refusal(body, status)
    assert type(error) is expected
    assert getattr(error, "reason", None) == reason


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": "1624368874", "date": "Tue, 22 Jun 2021 13:19:37 UTC"}, 897),
        ({"x-rate-limit-reset": "1624368874", "date": "Tue, 22 Jun 2021 14:00:00 GMT"}, 1),
        ({"x-rate-limit-reset": "99999999999"}, 900),
        ({"x-rate-limit-reset": "soon"}, 900),
        ({}, 900),
    ],
)
def test_a_429_stops_all_until_the_window_ends_by_the_clock_of_x(headers, wait):
    purse = Purse("twitter")
    error = refusal({"title": "Too Many Requests"}, 429, headers=headers, purse=purse)
    assert error.retry_after == wait
    assert purse.blocked == {"posts": wait}


def test_a_429_is_answered_by_the_own_clock_where_x_tells_no_time():
    reset = str(int(datetime.now(UTC).timestamp()) + 60)
    error = refusal({}, 429, headers={"x-rate-limit-reset": reset})
    assert 50 < error.retry_after <= 60


def test_the_count_of_x_is_believed_where_it_is_a_number():
    purse = Purse("twitter")
    handler = answering({"data": []}, headers={"x-rate-limit-remaining": "12"})
    client_of(handler, purse=purse).send(TIMELINE)
    client_of(
        answering({"data": []}, headers={"x-rate-limit-remaining": "-1.5"}), purse=purse
    ).send(POSTS)
    assert purse.lowered == {"timeline": 12}
    assert purse.taken == {"timeline": 1, "posts": 1}


@pytest.mark.parametrize(
    ("title", "kind", "reason"),
    [
        ("Forbidden", "resource-not-found", "suspended"),
        ("Not Found Error", "resource-not-found", "unknown"),
        ("Authorization Error", "not-authorized-for-resource", "protected"),
        ("Authorization Error", "", "protected"),
    ],
)
@pytest.mark.parametrize("host", ["api.x.com", "api.twitter.com"])
def test_an_account_that_is_gone_says_why(title, kind, reason, host):
    problem = {"parameter": "id", "value": "1", "title": title}
    problem |= {"type": f"https://{host}/2/problems/{kind}"} if kind else {}
    with pytest.raises(Gone) as failure:
        client_of(answering({"errors": [problem]})).timeline("1", since_id=None)
    assert failure.value.reason == reason


def test_a_passing_trouble_with_an_account_does_not_make_it_gone():
    problem = {"parameter": "id", "value": "1", "type": f"{PROBLEMS}/resource-unavailable"}
    assert client_of(answering({"errors": [problem]})).timeline("1", since_id=None) == ([], None)


def test_expansions_are_never_asked_for():
    handler = answering({"data": [{"id": "1", "username": "a"}, {"id": "1"}]})
    client = client_of(handler)
    client.users(["1"])
    client.users_by(["a"])
    client.timeline("1", since_id="5", token="t")
    client.posts(["1"])
    assert not [call for call in handler.calls if "expansions" in call.params]
    assert handler.calls[2].params["since_id"] == ["5"]


def test_what_is_returned_is_charged_even_if_it_is_broken():
    purse = Purse("twitter")
    client = client_of(
        answering({"data": [{"id": "1", "text": 5}, {"id": 2, "text": 5}, {"id": "x"}, 7]}),
        purse=purse,
    )
    with pytest.raises(Malformed):
        client.posts(["1", "2"])
    assert purse.charged == {"post": {"1", "2"}}


def test_an_empty_answer_is_free():
    purse = Purse("twitter")
    client = client_of(answering({"meta": {"result_count": 0}}), purse=purse)
    assert client.timeline("1", since_id="9") == ([], None)
    assert purse.charged == {}


def test_trends_are_charged_by_the_request():
    purse = Purse("twitter")
    client = client_of(answering({"data": [{"trend_name": "a"}]}), purse=purse)
    client.trends("1")
    client.trends("1")
    assert str(purse.dollars) == "0.020"


def speaking(words, calls):
    """X that knows one vocabulary."""

    def handler(call):
        calls.append(call)
        if words.parameter in call.params:
            return as_json({"data": [{"id": "1"}]})
        (name,) = {OLD.parameter, NEW.parameter} & call.params.keys()
        errors = [{"parameters": {name: ["x"]}, "message": f"[{name}] is not one of [ids]"}]
        return as_json({"title": "Invalid Request", "errors": errors}, status=400)

    return handler


@pytest.mark.parametrize(("words", "tries"), [(OLD, 1), (NEW, 2)])
def test_x_is_asked_in_the_vocabulary_that_it_knows(words, tries):
    calls = []
    client = client_of(speaking(words, calls))
    for _ in range(3):
        assert [found.id for found in client.posts(["1"])[0]] == ["1"]
    assert len(calls) == tries + 2


def test_other_refused_parameters_are_not_tried_in_other_words():
    handler = answering({"title": "Invalid Request", "errors": [{"message": "ids"}]}, status=400)
    with pytest.raises(Malformed):
        client_of(handler).posts(["1"])
    assert len(handler.calls) == 1


def test_the_token_goes_along_and_is_told_to_nobody(caplog):
    caplog.set_level(logging.DEBUG)
    handler = answering({"title": "Unauthorized"}, status=401)
    client = client_of(handler)
    with pytest.raises(Refused) as failure:
        client.posts(["1"])
    assert handler.calls[0].headers["authorization"] == f"Bearer {TOKEN}"
    shown = [str(failure.value), repr(failure.value), repr(client), repr(client._connection)]
    shown += [str(vars(record)) for record in caplog.records]
    assert TOKEN not in " ".join(shown)


def test_a_lasting_fault_is_tried_three_times():
    tries = []
    client = client_of(lambda call: tries.append(call) or Answer(status=503))
    with pytest.raises(Unavailable):
        client.posts(["1"])
    assert len(tries) == 3
