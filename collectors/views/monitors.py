"""The table of monitors."""

from dataclasses import dataclass
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.pages import person, shown
from collectors import monitors
from collectors.monitors import Table, Wanted
from collectors.signs import STATES
from platforms import registry

TEMPLATE, TABLE = "collectors/monitor_list.html", "monitors"


@require_safe
@never_cache
@login_required
def monitor_list(request: HttpRequest) -> HttpResponse:
    """All monitored sources; the query string narrows, sorts and turns pages."""
    return shown(request, TEMPLATE, TABLE, table_context(request))


def table_context(request: HttpRequest) -> dict[str, Any]:
    """What the table shows for this query string; answers to actions show it too."""
    user, now = person(request), timezone.now()
    want = monitors.wanted(request.GET)
    table = monitors.table(user, want, now=now)
    return {
        "want": want,
        "table": table,
        "summary": monitors.summary(user, now=now),
        "tabs": [("", "All", table.counts[""]), *_tabs(table)],
        "heads": [_head(request, want, *column) for column in COLUMNS],
        "pages": _neighbours(request, table),
        "platforms": registry.every(),
        "credentials": monitors.credentials(user),
        "nobody": monitors.NOBODY,
        "do": _with_query(request, "monitors_do"),
    }


def _tabs(table: Table) -> list[tuple[str, str, int]]:
    return [(state, sign.word, table.counts[state]) for state, sign in STATES.items()]


@dataclass(frozen=True)
class Head:
    """The head of a column. `sorted`: 'ascending', 'descending' or ''. `url`: sorts by it."""

    word: str
    kind: str
    sorted: str
    url: str


# Word, class, name of the sort, and which way the first press sorts.
COLUMNS = (
    ("Source", "", "name", ""),
    ("Status", "", "state", ""),
    ("Every", "", "every", ""),
    ("Last run", "", "last", "-"),
    ("Next run", "", "next", ""),
    ("Last 12 runs", "roomy", "", ""),
    ("New, 7 d", "num", "", ""),
    ("Audience", "num roomy", "audience", "-"),
)
OTHER_WAY = {"": "-", "-": ""}


def _head(request: HttpRequest, want: Wanted, word: str, kind: str, name: str, way: str) -> Head:
    if not name:
        return Head(word, kind, "", "")
    if want.sort.removeprefix("-") != name:
        return Head(word, kind, "", _with_query(request, "monitors", sort=way + name))
    now = "-" if want.sort.startswith("-") else ""
    url = _with_query(request, "monitors", sort=OTHER_WAY[now] + name)
    return Head(word, kind, "descending" if now else "ascending", url)


def _neighbours(request: HttpRequest, table: Table) -> tuple[str, str]:
    """Addresses of the pages before and after this one; '' where there is none."""
    numbers = (table.page - 1, table.page + 1)
    before, after = (_with_query(request, "monitors", page=str(n)) for n in numbers)
    return (before if numbers[0] else "", after if numbers[1] <= table.pages else "")


def _with_query(request: HttpRequest, name: str, **changes: str) -> str:
    """Address of a page with this query string; another sort begins at the first page."""
    query = request.GET.copy()
    if "sort" in changes:
        query.pop("page", None)
    for key, value in changes.items():
        query[key] = value
    return reverse(name) + (f"?{query.urlencode()}" if query else "")
