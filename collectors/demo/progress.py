"""How far the demo's history is loaded."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings

from accounts.models import User
from collectors.models import MonitoringJob

BAR = 28  # characters


@dataclass(frozen=True)
class Progress:
    """Sources whose history is still being loaded, sources in all, and the share that is done."""

    waiting: int
    sources: int
    share: float

    @property
    def percent(self) -> int:
        """The share in whole percent, 100 only when all is done."""
        return int(100 * self.share) if self.waiting else 100

    @property
    def bar(self) -> str:
        """The same for a terminal."""
        done = round(BAR * self.percent / 100)
        return f"[{'#' * done}{'.' * (BAR - done)}] {self.percent:3} %"


def progress(user: User) -> Progress:
    """How far it is. One question to the database, in the tenancy of the demo."""
    jobs = MonitoringJob.objects.filter(owner=user).values_list("pause_reason", "last_success_at")
    shares = [
        _share(user.date_joined, reached) if reason == MonitoringJob.Pause.HISTORY else 1.0
        for reason, reached in jobs
    ]
    waiting = sum(reason == MonitoringJob.Pause.HISTORY for reason, _ in jobs)
    return Progress(waiting, len(shares), sum(shares) / len(shares) if shares else 0.0)


def _share(began: datetime, reached: datetime | None) -> float:
    whole = timedelta(days=settings.DEMO_DAYS)
    return max(1 - (began - reached) / whole, 0.0) if reached else 0.0
