"""What an error of a platform means for a run and its job: a table, not a ladder of ifs."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from collectors.leases import Outcome, Pause, Status, back_off
from platforms.errors import (
    CreditsSpent,
    Gone,
    Malformed,
    PlatformError,
    QuotaSpent,
    RateLimited,
    Refused,
    Unavailable,
)
from platforms.loads import DAY

MOST_FAILURES = 10  # in a row; then a person has to look


def outcome_of(
    error: PlatformError, *, now: datetime, every: timedelta, failures: int, jitter: float
) -> Outcome:
    """How a run ends on this error. `failures`: before it. `jitter`: 0 to 1."""
    meant = _MEANINGS[type(error)](error, now, jitter)
    if meant.failed and failures + 1 >= MOST_FAILURES:
        return replace(meant, pause=Pause.FAILURES)
    if meant.failed:
        return replace(meant, retry_in=back_off(every=every, failures=failures, jitter=jitter))
    return meant


def _told(error: PlatformError, status: Status, **more: Any) -> Outcome:
    return Outcome(status=status, error_code=error.code, error_text=str(error), **more)


def _rate_limited(error: Any, _now: datetime, jitter: float) -> Outcome:
    wait = error.retry_after * (1 + 0.1 * jitter)
    return _told(error, Status.RATE_LIMITED, retry_in=wait)


def _quota_spent(error: Any, now: datetime, jitter: float) -> Outcome:
    wait = max(0.0, (error.until - now).total_seconds()) + 60 * jitter
    return _told(error, Status.RATE_LIMITED, retry_in=wait)


def _pauses(reason: Pause) -> Callable[[Any, datetime, float], Outcome]:
    return lambda error, _now, _jitter: _told(error, Status.FAILED, pause=reason)


def _gone(error: Any, _now: datetime, jitter: float) -> Outcome:
    """Asked once a day whether it is back; the entity says what became of it."""
    return _told(error, Status.FAILED, retry_in=DAY * (1 + 0.05 * jitter))


def _failed(error: Any, _now: datetime, _jitter: float) -> Outcome:
    return _told(error, Status.FAILED, failed=True)


_MEANINGS: dict[type[PlatformError], Callable[[Any, datetime, float], Outcome]] = {
    RateLimited: _rate_limited,
    QuotaSpent: _quota_spent,
    CreditsSpent: _pauses(Pause.CREDIT),
    Refused: _pauses(Pause.CREDENTIAL),
    Gone: _gone,
    Unavailable: _failed,
    Malformed: _failed,
}
