"""What a platform lets a credential do in a stretch of time: windows and daily quotas."""

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from threading import Lock
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Spent:
    """Whether a call was let through, what is left, and when all is there again (UTC)."""

    ok: bool
    remaining: int
    reset_at: datetime


@dataclass
class _Counters:
    ends: dict[str, datetime] = field(default_factory=dict)
    used: dict[str, int] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def spend(self, key: str, cost: int, limit: int, now: datetime, end: datetime) -> Spent:
        """`end`: of a window that would begin now."""
        with self.lock:
            if now >= self.ends.get(key, now):
                self.ends[key], self.used[key] = end, 0
            ok = self.used[key] + cost <= limit
            self.used[key] += cost if ok else 0
            return Spent(ok, limit - self.used[key], self.ends[key])


class FixedWindow:
    """`limit` calls in `seconds`; a key's window begins with its first call after the last one."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit = limit
        self.seconds = seconds
        self._counters = _Counters()

    def spend(self, key: str, now: datetime, cost: int = 1) -> Spent:
        """Count a call of this credential. A refused call costs nothing."""
        end = now + timedelta(seconds=self.seconds)
        return self._counters.spend(key, cost, self.limit, now, end)


class DailyQuota:
    """`limit` units from midnight to midnight in `zone`."""

    def __init__(self, limit: int, zone: str) -> None:
        self.limit = limit
        self._zone = ZoneInfo(zone)
        self._counters = _Counters()

    def spend(self, key: str, now: datetime, cost: int = 1) -> Spent:
        """Count units of this credential. A refused call costs nothing."""
        tomorrow = now.astimezone(self._zone).date() + timedelta(days=1)
        midnight = datetime.combine(tomorrow, time(), self._zone).astimezone(now.tzinfo)
        return self._counters.spend(key, cost, self.limit, now, midnight)
