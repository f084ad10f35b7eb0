"""How a moment is written: relative while it is near, a date afterwards. ui.js says the same."""

import math
from datetime import UTC, datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.formats import date_format

register = template.Library()

STEPS = ((1440, "day"), (60, "h"), (1, "min"))
NEAR = timedelta(days=7)


@register.filter
def is_near(moment: datetime) -> bool:
    """Whether it is less than 7 days away, so that its words change while one looks."""
    return abs(timezone.now() - moment) < NEAR


@register.filter
def in_words(moment: datetime) -> str:
    """ "3 min ago", "in 13 min", "now"; from 7 days on "10 Nov", with the year if not this one."""
    if not is_near(moment):
        local = timezone.localtime(moment)
        this_year = local.year == timezone.localtime().year
        return date_format(local, "j M" if this_year else "j M Y")
    away = (moment - timezone.now()).total_seconds() / 60
    # What comes is rounded up and what was is rounded down, so that "in 13 min" starts at 13.
    minutes = math.ceil(away) if away > 0 else math.floor(-away)
    for length, unit in STEPS:
        if minutes >= length:
            return _phrase(minutes // length, unit, ahead=away > 0)
    return "now"


def _phrase(count: int, unit: str, *, ahead: bool) -> str:
    """ "3 days ago", "in 1 h"."""
    words = f"{count} {unit}{'s' if unit == 'day' and count > 1 else ''}"
    return f"in {words}" if ahead else f"{words} ago"


@register.filter
def in_utc(moment: datetime) -> str:
    """For machines: "2026-11-22T13:27:05Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@register.filter
def in_full(moment: datetime) -> str:
    """The time in the reader's zone: "Sun 22 Nov 2026, 14:27 CET"."""
    return date_format(timezone.localtime(moment), "D j M Y, H:i T")
