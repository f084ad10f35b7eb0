"""A preview as the page shows it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.template.defaultfilters import pluralize

from collectors.adding import lines as states
from collectors.adding.additions import Added, cost
from collectors.adding.lines import Line
from collectors.adding.previews import Preview
from collectors.forms import MonitorAddForm
from collectors.meter import Spent
from platforms import lookups
from platforms.credentials import doctor
from platforms.errors import Malformed, PlatformError, RateLimited, Unavailable

# What a person has to look at comes first.
_ORDER = [states.NEW, states.UNASKED, states.OPEN, states.MONITORED, states.REPEATED]


@dataclass(frozen=True)
class Notice:
    """Why a look-up ended early, and what to do."""

    title: str
    text: str


def context(form: MonitorAddForm, preview: Preview | None, *, now: datetime) -> dict[str, Any]:
    """All that the answer to what was typed shows. Inside the person's tenancy."""
    price = form.has_credential and lookups.price(form.chosen)
    if preview is None:
        return {"may_add": True, "button": "Add monitors", "look_up": price and "Look up names"}
    new, known = len(preview.new), len(preview.lines) - len(preview.waiting)
    minutes = form.cleaned_data.get("interval_minutes")
    adaptive = bool(form.cleaned_data.get("adaptive"))
    plan = cost(preview, interval_minutes=minutes, adaptive=adaptive, now=now) if minutes else None
    return {
        "lines": sorted(preview.lines, key=_rank),
        "heading": _heading(preview.lines),
        "summary": _summary(new, known - new, len(preview.waiting)),
        "far": f"{known} of {len(preview.lines)}",
        "share": 100 * known // max(1, len(preview.lines)),
        "look_up": price and preview.unasked and _look_up(preview.unasked, price),
        "spent": _spent(preview.spent),
        "notice": preview.stopped and notice(preview, preview.stopped),
        "plan": plan if new else None,
        "may_add": bool(new) and not preview.unfinished and plan is not None and plan.fits,
        "button": f"Add {new} monitor{pluralize(new)}" if new else "Add monitors",
    }


def _rank(line: Line) -> int:
    return _ORDER.index(line.state) + 1 if line.state in _ORDER else 0


def _heading(lines: Sequence[Line]) -> str:
    """Such as "6 lines read, 1 repeated"."""
    repeated = Counter(line.state for line in lines)[states.REPEATED]
    words = f"{len(lines)} name{pluralize(len(lines))} read"
    return f"{words}, {repeated} repeated" if repeated else words


def _summary(new: int, skipped: int, waiting: int) -> str:
    """Such as "2 new, 3 skipped"."""
    words = f"{new} new, {skipped} skipped"
    return f"{words}, {waiting} not looked up yet" if waiting else words


def _look_up(count: int, price: Decimal) -> str:
    return f"Look up {count} name{pluralize(count)} for up to ${count * price:,.2f}"


def _spent(spent: Spent) -> str:
    if not spent.calls:
        return ""
    calls = f"{spent.calls} call{pluralize(spent.calls)}"
    money = f" and ${spent.dollars:,.2f}" if spent.dollars else ""
    return f"The look-up took {calls}{money}. What was found is not looked up again."


def notice(preview: Preview, error: PlatformError) -> Notice:
    """What stopped a look-up, in the words of the key doctor."""
    if isinstance(error, RateLimited):
        seconds = max(1, round(error.retry_after))
        return Notice("The look-up has to wait", f"{error.text} Try again in {seconds} s.")
    found = doctor.finding(preview.platform, doctor.verdict_of(error))
    if isinstance(error, Unavailable | Malformed):
        return Notice(found.sentence, f"{error.text} Try again in a minute.")
    return Notice(found.sentence, f"{error.text} {found.advice}")


def added(result: Added) -> str:
    """What was done, for a toast."""
    count = result.count
    if count == 1:
        return "1 monitor added. Its first run starts in under a minute."
    return f"{count} monitors added. The first run starts in under a minute."


def rest_of(preview: Preview) -> Preview:
    """The preview of what could not be looked up."""
    waiting = [line for line in preview.lines if line.state in (states.OPEN, states.UNASKED)]
    return replace(preview, lines=waiting, spent=Spent())
