"""Pages of imports: bring a file, say what its columns are, watch, take back."""

import csv
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import person, shown, status_of, wants_part
from collectors.imports import files, jobs
from collectors.imports.forms import ColumnsForm, FileForm
from collectors.imports.mapping import Incomplete
from collectors.imports.models import Import
from collectors.imports.opening import Unreadable
from collectors.imports.preview import headings, preview
from collectors.imports.values import protected
from collectors.imports.work import MOST_PROBLEMS
from platforms import registry
from platforms.models import Entity

asked = require_http_methods(["GET", "HEAD", "POST"])
LISTED, PROBLEMS = 50, 50  # on a page


def _own(request: HttpRequest, pk: int) -> Import:
    """One of the person's own, held by who changes it: a draft that has begun is none any more."""
    own = Import.objects.for_user(request.user).select_related("entity")
    if request.method == "POST":
        own = own.select_for_update(of=("self",), no_key=True)
    return get_object_or_404(own, pk=pk)


@require_safe
@never_cache
@login_required
def import_list(request: HttpRequest) -> HttpResponse:
    """The newest imports."""
    own = Import.objects.for_user(request.user).select_related("entity").order_by("-pk")
    rows = [
        (job, registry.get(job.platform), _sign(job), _figures(job)[1:4] + _figures(job)[5:6])
        for job in own[:LISTED]
    ]
    return render(request, "collectors/import_list.html", {"rows": rows})


@asked
@never_cache
@login_required
def import_add(request: HttpRequest) -> HttpResponse:
    """A file and where its rows belong. `?source=7` chooses a source."""
    own = Entity.objects.for_user(request.user)
    sent = request.method == "POST"
    form = FileForm(
        request.POST if sent else None, request.FILES if sent else None, own=own,
        initial={"target": request.GET.get("source", "")},
    )  # fmt: skip
    if form.is_valid() and (job := _brought(request, form)):
        return redirect("import", job.pk)
    return render(request, "collectors/import_add.html", {"form": form}, status=status_of(form))


def _brought(request: HttpRequest, form: FileForm) -> Import | None:
    """The draft, or None and the mistake in the form."""
    upload = form.cleaned_data["file"]
    try:
        jobs.demand_place(person(request).pk)
        return jobs.bring(
            files.keep(upload.chunks()), form.wish,
            owner_id=person(request).pk, file_name=upload.name,
        )  # fmt: skip
    except (Unreadable, jobs.TooManyWait) as error:
        form.add_error("file", str(error))
        return None


@asked
@never_cache
@login_required
def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """A draft with its columns and first rows, or how far an import has come."""
    job = _own(request, pk)
    if job.status == Import.Status.DRAFT:
        return _draft(request, job)
    if request.method == "POST":
        return redirect("import", pk)
    response = shown(request, "collectors/import_progress.html", "progress", _context(job))
    if wants_part(request) and not job.is_open:
        response["HX-Refresh"] = "true"
    return response


def _context(job: Import) -> dict[str, Any]:
    problems = job.problems.order_by("line", "pk")
    return {
        "job": job,
        "platform": registry.get(job.platform),
        "sign": _sign(job),
        "figures": _figures(job),
        "share": round(job.share_done * 100),
        "problems": problems[:PROBLEMS],
        "kept_all": job.refused <= MOST_PROBLEMS,
        "most_kept": MOST_PROBLEMS,
        "can_undo": not job.is_open and job.status != Import.Status.UNDONE and job.stamp,
    }


def _draft(request: HttpRequest, job: Import) -> HttpResponse:
    form = ColumnsForm(request.POST if request.method == "POST" else None, job=job)
    if form.is_valid():
        form.put()
        job.save(update_fields=["mapping", "zone", "day_first", "make_sources", "read_at"])
        if "start" not in request.POST:
            return redirect("import", job.pk)
        try:
            jobs.start(job)
            return redirect("import", job.pk)
        except Incomplete as error:
            form.add_error(None, str(error))
    return _draft_page(request, job, form)


def _draft_page(request: HttpRequest, job: Import, form: ColumnsForm) -> HttpResponse:
    try:
        rows, unreadable = preview(job), ""
    except Unreadable as error:
        rows, unreadable = [], str(error)
    context = {
        "job": job, "form": form, "platform": registry.get(job.platform), "rows": rows,
        "unreadable": unreadable, "headings": headings(job),
    }  # fmt: skip
    return render(request, "collectors/import_draft.html", context, status=status_of(form))


@require_POST
@login_required
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop it; what is stored stays."""
    job = _own(request, pk)
    if jobs.cancel(job):
        messages.success(request, f"The import of {job.file_name} is cancelled.")
    return redirect("import", pk)


@asked
@login_required
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back what it made, after saying what that means."""
    job = _own(request, pk)
    if request.method == "POST":
        removed = jobs.undo(job)
        messages.success(request, f"{removed:,} rows of {job.file_name} are removed.")
        return redirect("import", pk)
    return render(request, "collectors/import_undo.html", {"job": job})


@require_safe
@login_required
def import_problems(request: HttpRequest, pk: int) -> HttpResponse:
    """Rows that were refused, as CSV."""
    job = _own(request, pk)
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-problems.csv"'
    table = csv.writer(response)
    table.writerow(["line", "column", "cell", "problem"])
    columns = ("line", "column", "cell", "sentence")
    for line, *words in job.problems.order_by("line", "pk").values_list(*columns):
        table.writerow([line, *map(protected, words)])
    return response


SIGNS = {
    Import.Status.DRAFT: ("mute", "file-text"),
    Import.Status.QUEUED: ("info", "clock"),
    Import.Status.RUNNING: ("info", "loader"),
    Import.Status.DONE: ("ok", "check"),
    Import.Status.FAILED: ("bad", "circle-alert"),
    Import.Status.CANCELLED: ("mute", "x"),
    Import.Status.UNDONE: ("mute", "minus"),
}


def _figures(job: Import) -> list[tuple[str, str]]:
    names = ("position", "created", "changed", "unchanged", "repeated", "refused", "removed")
    labels = ("Rows", "Created", "Changed", "Unchanged", "Repeated", "Refused", "Taken back")
    told = [(label, f"{getattr(job, name):,}") for label, name in zip(labels, names, strict=True)]
    return told if job.status == Import.Status.UNDONE else told[:-1]


def _sign(job: Import) -> tuple[str, str]:
    return SIGNS[Import.Status(job.status)]
