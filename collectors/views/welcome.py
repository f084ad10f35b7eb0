"""Where everybody begins: home leads on, Welcome lists what there is to do."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import NoReverseMatch, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.pages import person, shown, wants_part
from collectors import firststeps


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """Lead everybody to their first page."""
    if not request.user.is_authenticated:
        return redirect("account_login")
    return redirect(_first_page(person(request)))


def _first_page(user: User) -> str:
    if not firststeps.has_figures(user):
        return reverse("welcome")
    try:
        return reverse("overview")
    except NoReverseMatch:  # it is not built yet
        return reverse("monitors")


@require_safe
@never_cache
@login_required
def welcome(request: HttpRequest) -> HttpResponse:
    """What there is to do before the first figures. While it waits for them, it asks again."""
    steps = firststeps.steps(person(request))
    if wants_part(request) and steps.complete:
        return HttpResponseClientRedirect(reverse("home"))
    return shown(request, "collectors/welcome.html", "steps", {"steps": steps})
