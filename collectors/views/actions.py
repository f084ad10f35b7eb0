"""What people do with monitors, from the table and from a source's page.

One address takes them all: `do` says what, `job` with which, `back` where to go without htmx. `all`
means every monitor that the query string finds, on whichever page of the table. What cannot be
undone, or needs an answer, is asked first: as a page, or in the dialog of the table.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import redirect, render
from django.template.defaultfilters import pluralize
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from django_htmx.http import reswap, retarget

from accounts.owned import OwnedQuerySet
from accounts.pages import person, shown, wants_part
from collectors import control, costs, monitors
from collectors.demo.refusals import demand_may_stop
from collectors.interval_forms import USUAL, IntervalForm, in_words
from collectors.models import MonitoringJob
from collectors.runs import is_id
from collectors.views.monitors import TABLE, TEMPLATE, table_context
from platforms import registry
from platforms.models import Entity

Jobs = OwnedQuerySet[MonitoringJob]
UNDO_SECONDS = 600
SALT = "collectors.stopped"


@dataclass(frozen=True)
class Told:
    """What an action says when it is done. `undo`: the fields of the form that takes it back."""

    title: str
    text: str = ""
    url: str = ""
    label: str = ""
    kind: str = "ok"
    undo: Sequence[tuple[str, str]] = field(default=())


@require_POST
@never_cache
@login_required
def act(request: HttpRequest) -> HttpResponse:
    """Do something with one monitor or with many."""
    if request.POST.get("do") == "start_again":
        return _start_again(request)
    action = ACTIONS.get(request.POST.get("do", ""))
    if action is None:
        return HttpResponseBadRequest("Choose what to do with these monitors.")
    ids = _chosen(request)
    if not ids:
        return done(request, Told("No monitor was chosen", "Tick some, then repeat.", kind="warn"))
    jobs = MonitoringJob.objects.for_user(request.user).filter(pk__in=ids)
    if not jobs.exists():
        raise Http404
    return action(request, jobs)


def _chosen(request: HttpRequest) -> list[int]:
    """Ids of the monitors, once for all: what is found may be others a moment later.

    A field may hold many, with commas between them, as the number of fields is limited.
    """
    if "all" in request.POST:
        found = monitors.matching(person(request), monitors.wanted(request.GET))
        return list(found.values_list("pk", flat=True))
    named = ",".join(request.POST.getlist("job")).split(",")
    return [int(pk) for pk in named if is_id(pk)]


def _in_one_field(ids: Iterable[int]) -> str:
    return ",".join(map(str, ids))


def done(request: HttpRequest, told: Told) -> HttpResponse:
    """Say it: with the new table for htmx, else on the page that one comes from."""
    if wants_part(request):
        return shown(request, TEMPLATE, TABLE, {**table_context(request), "told": told})
    messages.add_message(request, _LEVELS[told.kind], f"{told.title}. {told.text}".strip())
    back = request.POST.get("back", "")
    # A word alone would be taken for the name of an address.
    if back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        return redirect(back)
    query = request.GET.urlencode()
    return redirect(reverse("monitors") + (f"?{query}" if query else ""))


_LEVELS = {"ok": messages.SUCCESS, "warn": messages.WARNING}


def _run(request: HttpRequest, jobs: Jobs) -> HttpResponse:
    if count := control.run_now(jobs):
        title, text = f"Collecting {_sources(count)}", "It starts within seconds."
        told = Told(title, text, url=reverse("runs"), label="View runs")
    else:
        told = Told("Already collecting", "A run is under way or waits for a worker.", kind="warn")
    return done(request, told)


def _pause(request: HttpRequest, jobs: Jobs) -> HttpResponse:
    ran = list(jobs.filter(pause_reason="").order_by("pk").values_list("pk", flat=True))
    count = control.pause(jobs)
    undo = [("do", "resume"), ("job", _in_one_field(ran))] if ran else []
    return done(request, Told(f"{_monitors(count)} paused", undo=undo))


def _resume(request: HttpRequest, jobs: Jobs) -> HttpResponse:
    count = control.resume(jobs)
    return done(request, Told(f"{_monitors(count)} resumed", "Collection goes on at once."))


def _stop(request: HttpRequest, jobs: Jobs) -> HttpResponse:
    demand_may_stop(person(request))
    if request.POST.get("sure") != "yes":
        return _ask(request, "collectors/monitor_stop.html", _losses(jobs))
    again = list(jobs.values_list("entity_id", "interval_minutes", "adaptive"))
    count = control.stop(jobs)
    undo = [("do", "start_again"), ("again", signing.dumps(again, salt=SALT))]
    title = f"{_sources(count)} no longer monitored"
    return done(request, Told(title, "Everything that was collected stays.", undo=undo))


def _start_again(request: HttpRequest) -> HttpResponse:
    """Take a stop back: the same sources at the same pace. Their old runs are gone."""
    try:
        stopped = signing.loads(request.POST.get("again", ""), salt=SALT, max_age=UNDO_SECONDS)
    except signing.BadSignature:
        told = Told("Too late to undo", "Add the sources again; nothing collected is lost.")
        return done(request, told)
    own = Entity.objects.for_user(request.user).in_bulk([pk for pk, *_ in stopped])
    kept = [(own[pk], minutes, adaptive) for pk, minutes, adaptive in stopped if pk in own]
    return done(request, Told(f"{_sources(control.start_again(kept))} monitored again"))


def _interval(request: HttpRequest, jobs: Jobs) -> HttpResponse:
    named = list(jobs.values_list("platform", "interval_minutes", "adaptive"))
    usual = named[0][1] if len({minutes for _, minutes, _ in named}) == 1 else USUAL
    form = IntervalForm(
        request.POST if request.POST.get("sure") == "yes" else None,
        platforms={platform for platform, _, _ in named},
        minutes=usual,
        initial={"adaptive": all(adaptive for _, _, adaptive in named)},
    )
    minutes, adaptive = form.pace
    forecasts = costs.of_interval(jobs, minutes=minutes, adaptive=adaptive, now=timezone.now())
    context = {"form": form, "jobs": jobs, "forecasts": forecasts}
    context["costs_at"] = reverse("monitors_do")
    if request.POST.get("look"):
        return render(request, "collectors/_costs.html", context)
    if refusal := costs.refusal(forecasts):
        form.refuse(refusal)
    if not form.is_valid():
        return _ask(request, "collectors/monitor_interval.html", context)
    count = control.change_interval(jobs, minutes=minutes, adaptive=adaptive)
    return done(request, Told(f"{_monitors(count)} changed", f"Every {in_words(minutes)} now."))


Action = Callable[[HttpRequest, Jobs], HttpResponse]
ACTIONS: Mapping[str, Action] = {
    "run": _run,
    "pause": _pause,
    "resume": _resume,
    "stop": _stop,
    "interval": _interval,
}


def _ask(request: HttpRequest, template: str, context: dict[str, Any]) -> HttpResponse:
    """A question: a page of its own, or the content of the dialog."""
    bound = "form" in context and context["form"].is_bound
    status = HTTPStatus.UNPROCESSABLE_ENTITY if bound else HTTPStatus.OK
    asked = {"do": request.POST["do"], "back": request.POST.get("back", "")}
    asked["chosen"] = _in_one_field(job.pk for job in context["jobs"])
    response = shown(request, template, "question", {**context, **asked}, status=status)
    return reswap(retarget(response, "#layer"), "innerHTML") if wants_part(request) else response


def _losses(jobs: Jobs) -> dict[str, Any]:
    """The monitors that would end, and how much of them stays."""
    chosen = list(jobs.select_related("entity").order_by("pk"))
    posts = 0
    for slug in {job.platform for job in chosen}:
        ids = [job.entity_id for job in chosen if job.platform == slug]
        posts += registry.get(slug).content.objects.filter(entity_id__in=ids).count()
    return {"jobs": chosen, "posts": posts}


def _monitors(count: int) -> str:
    return f"{count} monitor{pluralize(count)}"


def _sources(count: int) -> str:
    return f"{count} source{pluralize(count)}"
