"""The page "Add monitors"; other pages open it as a drawer."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from accounts.pages import person, wants_part
from collectors import adding
from collectors.adding import shown
from collectors.caps import BeyondCap, NoPlace
from collectors.forms import MonitorAddForm
from collectors.intervals import IntervalOutOfRange
from platforms import lookups

PAGE = "collectors/monitor_add.html"


@require_http_methods(["GET", "HEAD", "POST"])
@transaction.non_atomic_requests  # it calls the platform: what that costs is kept in any case
@never_cache
@login_required
def monitor_add(request: HttpRequest) -> HttpResponse:
    """Names or links of one platform become monitors, after a look at what they are.

    A POST adds them; without `add`, or after another platform was chosen, it only looks. Where the
    platform charges for a look, it looks at what was asked for: by `check` all, else the names in
    `asked`.
    """
    if request.method != "POST":
        return _page(request, _form(request))
    form = _form(request)
    preview = _preview(request, form)
    if "add" in request.POST and not form.switched and not wants_part(request):
        return _add(request, form, preview)
    return _page(request, form, preview)


@transaction.atomic
def _form(request: HttpRequest) -> MonitorAddForm:
    user = person(request)
    if request.method == "POST":
        form = MonitorAddForm(request.POST, user=user)
        form.is_valid()
        return form
    return MonitorAddForm(
        user=user,
        platform=request.GET.get("platform", ""),
        profile=request.GET.get("profile", ""),
        text=request.GET.get("text", ""),
    )


def _preview(request: HttpRequest, form: MonitorAddForm) -> adding.Preview | None:
    """What would become of the names; None, and the mistake in the form, where nobody can say."""
    given = form.cleaned_data
    if not given.get("text") or not given.get("profile"):
        return None
    try:
        return adding.preview(
            by=person(request), profile=given["profile"], text=given["text"],
            asked=_asked(request, form),
        )  # fmt: skip
    except adding.TooMany as mistake:
        form.add_error("text", str(mistake))
        return None


def _asked(request: HttpRequest, form: MonitorAddForm) -> str | None:
    """The names that may be looked up although it costs money; None where it does not.

    Nobody has seen the price who chose this platform only now.
    """
    if not lookups.price(form.chosen):
        return None
    if form.switched:
        return ""
    names: str = form.data.get("text" if "check" in request.POST else "asked", "")
    return names


def _add(
    request: HttpRequest, form: MonitorAddForm, preview: adding.Preview | None
) -> HttpResponse:
    if not form.is_valid() or preview is None or preview.unfinished:
        return _page(request, form, preview)
    if not preview.new and preview.unasked:
        return _page(request, form, preview)
    if not preview.new:
        form.add_error("text", "None of these can be added. The list below says why.")
        return _page(request, form, preview)
    try:
        added = adding.add(
            by=person(request),
            profile=preview.profile,
            preview=preview,
            interval_minutes=form.cleaned_data["interval_minutes"],
            adaptive=form.cleaned_data["adaptive"],
            now=timezone.now(),
        )
    except (BeyondCap, IntervalOutOfRange) as mistake:
        field = "text" if isinstance(mistake, NoPlace) else "interval_minutes"
        form.add_error(field, str(mistake))
        return _page(request, form, preview)
    return _after(request, preview, added)


def _after(request: HttpRequest, preview: adding.Preview, added: adding.Added) -> HttpResponse:
    """On to the monitors; what could not be looked up stays in the form."""
    messages.success(request, shown.added(added))
    if not preview.waiting:
        return redirect("monitors")
    rest = request.POST.copy()
    rest["text"] = "\n".join(preview.waiting)
    with transaction.atomic():
        again = MonitorAddForm(rest, user=person(request))
        again.is_valid()
    return _page(request, again, shown.rest_of(preview))


@transaction.atomic
def _page(
    request: HttpRequest, form: MonitorAddForm, preview: adding.Preview | None = None
) -> HttpResponse:
    """The page, the drawer's content (GET by htmx), or the part that answers what was typed."""
    looking = "add" not in request.POST
    if wants_part(request) and looking and not form.data.get("text", "").strip():
        form.errors.pop("text", None)  # whoever clears the field knows that it is empty
    context: dict[str, Any] = {"form": form, "platform": form.chosen, "preview": preview}
    context["asked"] = _asked(request, form)
    context |= shown.context(form, preview, now=timezone.now())
    part = ""
    if wants_part(request):
        context["drawer"] = request.method != "POST"
        part = "#drawer" if context["drawer"] else "#answer"
    failed = form.is_bound and bool(form.errors) and not part
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failed else HTTPStatus.OK
    response = render(request, PAGE + part, context, status=status)
    patch_vary_headers(response, ["HX-Request", "HX-Request-Type"])
    return response
