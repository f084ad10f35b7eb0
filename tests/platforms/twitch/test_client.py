"""The client of Twitch pays, authorises, believes the headers, and tells what a refusal means."""

from email.utils import format_datetime

import pytest
from pydantic import ValidationError

from platforms.errors import Gone, Malformed, RateLimited, Refused, Unavailable
from platforms.http import Request
from platforms.simulation.wire import Answer, as_json
from platforms.twitch.client import STREAMS, TwitchCredentials
from tests.platforms.twitch.wire import (
    CLIENT_ID,
    KNOWN,
    NOW,
    SECRET,
    answering,
    client,
    listing,
    refusal,
    stream,
)

TOKEN = as_json({"access_token": "fresh-token", "expires_in": 4799083, "token_type": "bearer"})
OLD_TOKEN = refusal(401, "Invalid OAuth token")


def by_token(*good):
    """Helix that takes only these tokens; every token that is asked for is fresh."""

    def handler(call):
        if call.path == "/oauth2/token":
            return TOKEN
        known = call.headers["authorization"].removeprefix("Bearer ") in good
        return listing(stream()) if known else OLD_TOKEN

    return handler


def paths(twitch):
    return [call.path.rpartition("/")[2] for call in twitch.calls]


def test_a_call_costs_one_point_and_carries_token_and_client_id():
    twitch = client(by_token(KNOWN))
    assert twitch.streams(["101"]).items[0].viewer_count == 321
    (call,) = twitch.calls
    assert call.headers["authorization"] == f"Bearer {KNOWN}"
    assert call.headers["client-id"] == CLIENT_ID
    assert twitch.books.taken == {"helix": 1}


def test_a_hundred_ids_ask_for_a_hundred_answers():
    twitch = client(by_token(KNOWN))
    twitch.streams([str(n) for n in range(100)])
    assert len(twitch.calls[0].params["user_id"]) == 100
    assert twitch.calls[0].param("first") == "100"


def test_without_a_token_one_is_fetched_and_kept():
    twitch = client(by_token("fresh-token"), token=None)
    twitch.streams(["101"])
    assert paths(twitch) == ["token", "streams"]
    assert (twitch.purse.token, twitch.purse.seconds) == ("fresh-token", 4799083)
    assert twitch.books.taken == {"helix": 1}


def test_a_refused_token_is_renewed_once():
    twitch = client(by_token("fresh-token"))
    assert len(twitch.streams(["101"]).items) == 1
    assert paths(twitch) == ["streams", "token", "streams"]
    assert twitch.books.taken == {"helix": 2}


def test_a_token_that_another_worker_renewed_is_used():
    def handler(call):
        if call.headers.get("authorization") == f"Bearer {KNOWN}":
            twitch.purse.token = "theirs"
            return OLD_TOKEN
        return listing(stream())

    twitch = client(handler)
    twitch.streams(["101"])
    assert paths(twitch) == ["streams", "streams"]
    assert twitch.purse.token == "theirs"


def test_a_fresh_token_that_is_refused_too_ends_it():
    twitch = client(by_token())
    with pytest.raises(Refused) as refused:
        twitch.streams(["101"])
    assert refused.value.reason == "expired"
    assert paths(twitch) == ["streams", "token", "streams"]


@pytest.mark.parametrize(
    ("status", "message", "reason"),
    [
        (400, "invalid client", "wrong"),
        (400, "missing client id", "wrong"),
        (403, "invalid client secret", "wrong"),
    ],
)
def test_a_wrong_credential_is_told_from_a_late_one(status, message, reason):
    twitch = client(answering(as_json({"status": status, "message": message}, status=status)))
    with pytest.raises(Refused) as refused:
        twitch.renew()
    assert refused.value.reason == reason


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refusal(400, 'Missing required parameter "broadcaster_id"'), Malformed),
        (refusal(403, "forbidden"), Refused),
        (refusal(404, "segments were not found"), Gone),
        (refusal(410, "gone"), Gone),
        (refusal(418), Malformed),
        (refusal(429), RateLimited),
        (refusal(500), Unavailable),
        (refusal(503), Unavailable),
        (Answer(status=522), Unavailable),
        (Answer(status=302, headers={"Location": "https://elsewhere.example"}), Unavailable),
        (Answer(status=404), Gone),
        (Answer(status=403, body=b"<html>blocked</html>"), Unavailable),
        (Answer(status=200, body=b"\n <html>blocked</html>"), Unavailable),
        (Answer(status=200, body=b'{"data": [1'), Malformed),
        (Answer(status=200), Malformed),
        (Answer(status=400, body=b'["not", "an", "object"]'), Malformed),
        (Answer(status=400, body=b'{"message": {"client": 1}}'), Malformed),
        (Answer(fault="timeout"), Unavailable),
    ],
)
def test_each_answer_means_one_error(answer, error):
    with pytest.raises(error):
        client(answering(answer)).streams(["101"])


def test_a_passing_fault_is_tried_again():
    twitch = client(answering(refusal(503), Answer(body=b"<html>"), listing(stream())))
    assert len(twitch.streams(["101"]).items) == 1
    assert len(twitch.calls) == 3


@pytest.mark.parametrize(("left", "wait"), [(12, 12), (-3, 1), (4000, 60)])
def test_a_limit_stops_all_workers_until_the_bucket_is_full(left, wait):
    headers = {
        "Date": format_datetime(NOW, usegmt=True),
        "Ratelimit-Remaining": "0",
        "Ratelimit-Reset": str(int(NOW.timestamp()) + left),
    }
    twitch = client(answering(as_json({}, status=429, headers=headers)))
    with pytest.raises(RateLimited) as limit:
        twitch.streams(["101"])
    assert limit.value.retry_after == wait
    assert twitch.books.blocked == [("helix", wait)]
    assert twitch.books.lowered == [("helix", 0)]
    assert len(twitch.calls) == 1


@pytest.mark.parametrize("reset", ["", "soon", "nan", "-1", "1e400", "9" * 40])
def test_a_limit_without_a_sensible_moment_waits_a_window(reset):
    headers = {"Date": "whenever", "Ratelimit-Reset": reset, "Ratelimit-Remaining": reset}
    with pytest.raises(RateLimited) as limit:
        client(answering(as_json({}, status=429, headers=headers))).streams(["101"])
    assert limit.value.retry_after == 60


def test_the_platforms_count_is_believed():
    twitch = client(answering(as_json({"data": []}, headers={"Ratelimit-Remaining": "799"})))
    twitch.streams(["101"])
    assert twitch.books.lowered == [("helix", 799)]


def test_a_pasted_key_is_tidied_and_hidden():
    credentials = TwitchCredentials(client_id=f"  {CLIENT_ID}\n", client_secret=f"\t{SECRET} ")
    assert credentials.client_id == CLIENT_ID
    assert credentials.client_secret.get_secret_value() == SECRET
    assert SECRET not in repr(credentials)


@pytest.mark.parametrize("secret", ["", "short", f"{SECRET}\n{SECRET}", f"{SECRET} {SECRET}", None])
def test_a_key_that_cannot_be_one_is_refused_without_being_shown(secret):
    with pytest.raises(ValidationError) as refused:
        TwitchCredentials(client_id=CLIENT_ID, client_secret=secret)
    assert SECRET not in str(refused.value)


def test_no_secret_stands_in_what_is_shown_of_a_call():
    twitch = client(by_token("fresh-token"))
    with pytest.raises(Refused) as refused:
        client(by_token()).streams(["101"])
    shown = repr(Request("GET", STREAMS.url)) + repr(twitch) + repr(refused.value)
    for secret in (SECRET, CLIENT_ID, KNOWN, "fresh-token"):
        assert secret not in shown
