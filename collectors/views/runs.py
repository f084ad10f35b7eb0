"""The history of runs, and one run."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from accounts.pages import person, shown
from collectors import runs
from collectors.models import JobExecution
from collectors.signs import RUNS
from platforms import registry
from platforms.models import Entity


@require_safe
@never_cache
@login_required
def run_list(request: HttpRequest) -> HttpResponse:
    """All runs, newest first; the query string narrows them."""
    want = runs.wanted(request.GET)
    user = person(request)
    context = {
        "want": want,
        "history": runs.history(user, want, now=timezone.now()),
        "source": _source(request, want.source),
        **choices(),
    }
    return shown(request, "collectors/run_list.html", "runs", context)


def choices() -> dict[str, Any]:
    """What a history can be narrowed to."""
    return {
        "statuses": [(status, sign.word) for status, sign in RUNS.items()],
        "platforms": registry.every(),
        "ranges": runs.RANGES.items(),
    }


def _source(request: HttpRequest, pk: int | None) -> Entity | None:
    own = Entity.objects.for_user(request.user)
    return get_object_or_404(own, pk=pk) if pk else None


@require_safe
@never_cache
@login_required
def run_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One run: when, what it stored, what it cost, and what to do if it failed."""
    own = JobExecution.objects.for_user(request.user).select_related("job__entity__profile")
    line = runs.Line(get_object_or_404(own, pk=pk))
    context = {
        "line": line,
        "timeline": runs.timeline(line.run),
        "attempts": runs.attempts(line.run),
        "posts": runs.new_posts(line),
    }
    return shown(request, "collectors/run_detail.html", "run", context)
