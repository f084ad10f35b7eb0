"""The page of one source: what it published, its runs, and how it is read."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from accounts.pages import person, shown, status_of
from collectors import caps, control, costs, monitors, runs
from collectors.interval_forms import SourceForm
from collectors.models import JobExecution, MonitoringJob
from collectors.planner import Forecast
from collectors.views.runs import choices
from platforms import actions, registry, watched
from platforms.models import ApiProfile, Entity

Pause = MonitoringJob.Pause
WAITS_FOR_CREDENTIAL = (Pause.CREDENTIAL, Pause.NO_CREDENTIAL)


def _entity(request: HttpRequest, pk: int) -> Entity:
    own = Entity.objects.for_user(request.user).select_related("profile")
    return get_object_or_404(own, pk=pk)


def _head(request: HttpRequest, entity: Entity, tab: str) -> dict[str, Any]:
    """What stands above all tabs. `row`: the monitor, None where it is not monitored."""
    own = MonitoringJob.objects.for_user(request.user).filter(entity=entity)
    job = monitors.states(own).select_related("entity__profile").first()
    row = monitors.rows([job], now=timezone.now())[0] if job else None
    platform = registry.get(entity.platform)
    name = (entity.title or entity.handle.lstrip("@")).split()
    initials = "".join(word[0] for word in name[:2]).upper()
    return {"entity": entity, "platform": platform, "row": row, "tab": tab, "initials": initials}


@require_safe
@never_cache
@login_required
def source_content(request: HttpRequest, pk: int) -> HttpResponse:
    """Its names, figures and newest items."""
    entity = _entity(request, pk)
    context = watched.entity_context(entity, before=request.GET.get("before", ""))
    head = _head(request, entity, "content")
    return render(request, "collectors/source_content.html", {**context, **head})


@require_safe
@never_cache
@login_required
def source_runs(request: HttpRequest, pk: int) -> HttpResponse:
    """Its runs, newest first."""
    entity = _entity(request, pk)
    want = runs.wanted(request.GET)
    own = JobExecution.objects.for_user(request.user).filter(job__entity=entity)
    chosen = runs.narrowed(own, want, now=timezone.now())
    context = {
        **_head(request, entity, "runs"),
        **choices(),
        "want": want,
        "history": runs.page(chosen, before=want.before),
    }
    return shown(request, "collectors/source_runs.html", "runs", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def source_settings(request: HttpRequest, pk: int) -> HttpResponse:
    """How often it is read, and with which credential; or how to begin."""
    entity = _entity(request, pk)
    if entity.waits_for_id:
        named = urlencode({"platform": entity.platform, "text": entity.handle})
        return redirect(f"{reverse('monitor_add')}?{named}")
    head = _head(request, entity, "settings")
    job = head["row"].job if head["row"] else None
    form = SourceForm(
        request.POST if request.method == "POST" else None,
        credentials=ApiProfile.objects.for_user(request.user),
        platform=entity.platform,
        **_now_set(entity, job),
    )
    form.is_valid()
    forecasts = _forecasts(form, entity)
    context = {**head, "form": form, "costs_at": request.path, "forecasts": forecasts}
    if request.POST.get("look"):
        return render(request, "collectors/_costs.html", context)
    if refusal := costs.refusal(forecasts) or _no_place(request, job):
        form.refuse(refusal)
    if form.is_valid():
        _save(request, entity, job, form.cleaned_data)
        return redirect("source_settings", pk)
    return render(request, "collectors/source_settings.html", context, status=status_of(form))


def _no_place(request: HttpRequest, job: MonitoringJob | None) -> str:
    try:
        if job is None:
            caps.demand_place(person(request))
    except caps.NoPlace as refusal:
        return str(refusal)
    return ""


def _forecasts(form: SourceForm, entity: Entity) -> list[Forecast]:
    """What the form says costs; before anything was chosen, what is set."""
    minutes, adaptive = form.pace
    profile = form.cleaned_data.get("credential") if form.is_bound else entity.profile
    return costs.of_source(entity, profile, minutes=minutes, adaptive=adaptive, now=timezone.now())


def _now_set(entity: Entity, job: MonitoringJob | None) -> dict[str, Any]:
    initial: dict[str, Any] = {"credential": entity.profile_id}
    if job is None:
        return {"initial": initial}
    return {"minutes": job.interval_minutes, "initial": {**initial, "adaptive": job.adaptive}}


def _save(
    request: HttpRequest, entity: Entity, job: MonitoringJob | None, wanted: dict[str, Any]
) -> None:
    own = MonitoringJob.objects.for_user(person(request)).filter(entity=entity)
    list(own.select_for_update())  # before the entity, as a run holds them that stores something
    actions.read_with(entity=entity, profile=wanted["credential"])
    pace = {"adaptive": wanted["adaptive"]}
    if job is None:
        control.start(entity=entity, interval_minutes=wanted["minutes"], **pace)
        messages.success(request, "It is monitored. The first run starts within seconds.")
        return
    control.change_interval(own, minutes=wanted["minutes"], **pace)
    if wanted["credential"] and job.pause_reason in WAITS_FOR_CREDENTIAL:
        control.resume(own)
    messages.success(request, "The settings are saved.")
