"""What YouTube's errors mean, when a quota is back, and that the key stays secret."""

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies
from pydantic import ValidationError

from platforms.errors import Malformed, PlatformError, QuotaSpent, RateLimited, Unavailable
from platforms.http import Request
from platforms.simulation.wire import Answer
from platforms.youtube.manifest import PLATFORM, Credentials
from tests.platforms.youtube.wire import KEY, answering, channel, client_of, error, listed

INFO = "type.googleapis.com/google.rpc.ErrorInfo"
PACIFIC = ZoneInfo("America/Los_Angeles")


def exact(reason, **metadata):
    return {"details": [{"@type": INFO, "reason": reason, "metadata": metadata}]}


def meaning(status, body, **headers):
    client = client_of(answering(body, status=status, headers=headers))
    with pytest.raises(PlatformError) as failure:
        client.channels(["UC1"])
    failure.value.client = client
    return failure.value


def told(status, body):
    found = meaning(status, body)
    return f"{found.code} {getattr(found, 'reason', '')}".strip()


EXPIRED = "API key expired. Please renew the API key."
INVALID = "API key not valid. Please pass a valid API key."
SPENT = (
    "Quota exceeded for quota metric 'Search Queries' and limit 'Search Queries per day' of service"
)


@pytest.mark.parametrize(
    ("status", "body", "outcome"),
    [
        (403, error(403, "quotaExceeded", domain="youtube.quota"), "quota_spent"),
        (403, error(403, "dailyLimitExceeded", domain="usageLimits"), "quota_spent"),
        (400, error(400, "quotaExceeded"), "quota_spent"),
        (403, error(403, "rateLimitExceeded", domain="usageLimits"), "rate_limited"),
        (403, error(403, "userRateLimitExceeded", domain="usageLimits"), "rate_limited"),
        (429, error(429, "rateLimitExceeded", domain="global"), "rate_limited"),
        (429, error(429, "rateLimitExceeded", text=SPENT, domain="global"), "quota_spent"),
        (429, error(429, "rateLimitExceeded",
                    **exact("RATE_LIMIT_EXCEEDED", quota_limit="SearchListPerDayPerProject")),
         "quota_spent"),
        (429, error(429, "rateLimitExceeded",
                    **exact("RATE_LIMIT_EXCEEDED", quota_limit="DefaultPerMinutePerProject")),
         "rate_limited"),
        (403, error(403, "accessNotConfigured", domain="usageLimits"), "refused not_enabled"),
        (403, error(403, "forbidden", domain="global", **exact("SERVICE_DISABLED")),
         "refused not_enabled"),
        (403, error(403, "forbidden", domain="global", **exact("API_KEY_SERVICE_BLOCKED")),
         "refused not_enabled"),
        (400, error(400, "badRequest", text=INVALID, **exact("API_KEY_INVALID")), "refused wrong"),
        (400, error(400, "badRequest", text=INVALID), "refused wrong"),
        (400, error(400, "keyInvalid", domain="usageLimits"), "refused wrong"),
        (400, error(400, "badRequest", text=EXPIRED, **exact("API_KEY_INVALID")),
         "refused expired"),
        (400, error(400, "badRequest", text=EXPIRED), "refused expired"),
        (400, error(400, "keyExpired", domain="usageLimits"), "refused expired"),
        (401, error(401, "authError", domain="global"), "refused wrong"),
        (401, error(401, "required", domain="global"), "refused wrong"),
        (403, error(403, "ipRefererBlocked", domain="usageLimits"), "refused forbidden"),
        (403, error(403, "forbidden", domain="global", **exact("API_KEY_HTTP_REFERRER_BLOCKED")),
         "refused forbidden"),
        (403, error(403, "forbidden", domain="global"), "refused forbidden"),
        (403, error(403, "forbidden", domain="youtube.common"), "refused forbidden"),
        (403, error(403, "forbidden", domain="youtube.playlistItem"), "gone private"),
        (403, error(403, "playlistItemsNotAccessible"), "gone private"),
        (403, error(403, "commentsDisabled", domain="youtube.commentThread"), "gone disabled"),
        (404, error(404, "channelNotFound"), "gone unknown"),
        (404, error(404, "videoNotFound"), "gone unknown"),
        (403, error(403, "channelSuspended"), "gone suspended"),
        (400, error(400, "missingRequiredParameter"), "malformed"),
        (400, error(400, "required", domain="global"), "malformed"),
        (400, error(400, "badRequest", text="Bad Request", domain="global"), "malformed"),
        (400, error(400, "processingFailure"), "unavailable"),
        (503, error(503, "backendError", domain="global"), "unavailable"),
        (500, {"error": {"code": 500, "message": None, "errors": None}}, "unavailable"),
        # A body that says nothing we know leaves it to the status.
        (403, error(403, "aReasonOfTheFuture"), "refused forbidden"),
        (404, error(404, "aReasonOfTheFuture"), "gone unknown"),
        (418, {}, "malformed"), (404, b"", "gone unknown"), (429, b"", "rate_limited"),
        (429, b"<html>sorry</html>", "rate_limited"), (404, b"<html>", "unavailable"),
        (403, b"<html>", "unavailable"), (302, b"", "unavailable"), (200, b"<html>", "unavailable"),
        (200, b"", "malformed"), (200, b"[" * 100_000, "malformed"), (520, b"\xff", "unavailable"),
        (400, [], "malformed"), (400, {"error": "invalid_grant"}, "malformed"),
        (200, error(403, "quotaExceeded"), "quota_spent"),
    ],
)  # fmt: skip
def test_an_error_is_taken_by_its_reason(status, body, outcome):
    assert told(status, body) == outcome


def test_a_spent_bucket_is_written_down_as_empty():
    found = meaning(403, error(403, "quotaExceeded", domain="youtube.quota"))
    assert found.client.budget.lowered == {"units": 0}


def test_too_many_calls_stop_all_workers_for_a_while():
    found = meaning(429, error(429, "rateLimitExceeded", domain="global"))
    assert found.client.budget.blocked == {"units": 60.0}
    assert meaning(429, b"", **{"Retry-After": "7"}).retry_after == 7
    details = {"details": [{"retryDelay": "21s"}]}
    assert meaning(429, error(429, "rateLimitExceeded", **details)).retry_after == 21


def test_a_passing_fault_is_tried_again_and_paid_once():
    answers = [Answer(status=503), Answer(status=500, body=b"<html>"), listed(channel())]
    client = client_of(lambda _call: answers.pop(0))
    assert len(client.channels(["UC1"]).items) == 1
    assert len(client.calls) == 3
    assert client.budget.taken == {"units": 1}


# --- Pacific days ---------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("moment", "midnight"),
    [
        ("2026-11-24T12:00", "2026-11-25T08:00"),
        ("2026-11-25T07:59", "2026-11-25T08:00"),
        ("2026-11-25T08:00", "2026-11-26T08:00"),
        ("2026-03-08T07:59", "2026-03-08T08:00"),
        ("2026-03-08T08:00", "2026-03-09T07:00"),  # a day of 23 hours
        ("2026-03-08T10:30", "2026-03-09T07:00"),
        ("2026-11-01T06:59", "2026-11-01T07:00"),
        ("2026-11-01T07:00", "2026-11-02T08:00"),  # a day of 25 hours
        ("2026-11-01T09:30", "2026-11-02T08:00"),
        ("2026-12-31T23:00", "2027-01-01T08:00"),
    ],
)
def test_a_quota_is_back_at_midnight_pacific_time(moment, midnight):
    assert back(datetime.fromisoformat(moment)) == datetime.fromisoformat(f"{midnight}Z")


def back(moment):
    date = format_datetime(moment.replace(tzinfo=UTC), usegmt=True)
    return meaning(403, error(403, "quotaExceeded"), Date=date).until


@given(
    strategies.sampled_from([datetime(2026, 3, 8), datetime(2026, 11, 1), datetime(2026, 6, 1)]),  # noqa: DTZ001
    strategies.integers(-60 * 60, 60 * 60),
)
def test_the_next_midnight_is_ahead_by_no_more_than_its_day(day, minutes):
    moment = day + timedelta(minutes=minutes)
    until = back(moment)
    assert timedelta() < until - moment.replace(tzinfo=UTC) <= timedelta(hours=25)
    local = until.astimezone(PACIFIC)
    assert (local.hour, local.minute, local.second) == (0, 0, 0)


def test_without_the_platforms_clock_ours_counts():
    for date in ({}, {"Date": "nonsense"}):
        until = meaning(403, error(403, "quotaExceeded"), **date).until
        assert timedelta() < until - datetime.now(UTC) <= timedelta(hours=25)


# --- The key --------------------------------------------------------------------------------------
def test_the_key_is_a_parameter_and_nothing_else_of_the_call_shows_it():
    client = client_of(answering({"kind": "k"}))
    client.channels(["UC1"])
    (call,) = client.calls
    assert call.param("key") == KEY
    assert KEY not in str(call.headers) + call.path


def test_a_recorded_placeholder_is_replaced_by_the_key():
    client = client_of(answering({"kind": "k"}))
    url = "https://youtube.googleapis.com/youtube/v3/channels"
    client.send(Request("GET", url, {"key": "<scrubbed>", "id": "UC1"}))
    assert client.calls[0].params["key"] == [KEY]


@pytest.mark.parametrize(
    "url", ["https://example.org/youtube/v3/channels", "http://www.googleapis.com/youtube/v3/channels",
            "https://www.googleapis.com@example.org/youtube/v3/channels",
            "https://www.googleapis.com.example.org/youtube/v3/channels"],
)  # fmt: skip
def test_the_key_goes_to_no_other_host(url):
    client = client_of(answering({}))
    with pytest.raises(Malformed):
        client.send(Request("GET", url))
    assert client.calls == []
    assert client.budget.taken == {}


def test_the_key_is_in_no_log_error_or_repr(caplog):
    caplog.set_level(logging.DEBUG)
    credentials = Credentials(api_key=KEY)
    seen = [repr(credentials), str(credentials)]
    for status, body in (
        (200, {"kind": "k"}), (400, error(400, "keyInvalid", text=KEY)), (200, b"?"), (500, b""),
        (403, error(403, "quotaExceeded", text=KEY)), (200, b"<html>"),
    ):  # fmt: skip
        client = client_of(answering(body, status=status))
        seen.append(repr(client._connection))
        try:
            client.channels([KEY])
        except PlatformError as failure:
            seen += map(repr, (failure, failure.__cause__, failure.__context__))
    for fault in ("timeout", "refused", "cut"):
        with pytest.raises(Unavailable) as failure:
            client_of(lambda _call, fault=fault: Answer(fault=fault)).channels(["UC1"])
        seen += [repr(failure.value), repr(failure.value.__cause__)]
    seen += [str(vars(record)) for record in caplog.records]
    assert KEY not in " ".join(seen)


@pytest.mark.parametrize(
    "typed",
    ["", "tooShortAKey", "x" * 201, "AIza 0123456789 0123456789", "AIza\u00e9" * 6,
     "AIza0123456789\n0123456789abc"],
)  # fmt: skip
def test_what_is_no_key_is_refused_without_being_quoted(typed):
    with pytest.raises(ValidationError) as refusal:
        Credentials(api_key=typed)
    assert not typed or typed not in str(refusal.value)


def test_spaces_around_a_pasted_key_are_dropped():
    assert Credentials(api_key=f"  {KEY}\n").api_key.get_secret_value() == KEY


def test_every_verdict_has_an_advice():
    verdicts = {"valid", "expired", "wrong", "not_enabled", "not_approved", "out_of_quota",
                "out_of_credit", "unreachable"}  # fmt: skip
    assert set(PLATFORM.advice) == verdicts


def test_the_probe_costs_one_unit():
    client = client_of(answering({"kind": "k"}))
    PLATFORM.probe(client)
    assert client.budget.taken == {"units": 1}


def test_a_spent_quota_and_a_limit_are_told_apart_by_class():
    assert isinstance(meaning(403, error(403, "quotaExceeded")), QuotaSpent)
    assert isinstance(meaning(403, error(403, "rateLimitExceeded")), RateLimited)
