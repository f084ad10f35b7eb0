"""The door of the demo: in, a look around, out."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRedirect

from accounts import demo as people
from accounts.models import User
from accounts.pages import shown, wants_part
from accounts.tenancy import acting_for
from collectors.demo.progress import progress
from collectors.demo.world import WATCHED, world_of
from platforms import registry

MORE = 5  # names of each platform


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def demo(request: HttpRequest) -> HttpResponse:
    """GET tells a visitor what the demo is and how much of it is there; POST lets somebody in."""
    if not settings.DEMO:
        raise Http404
    if request.method == "POST":
        return ratelimit.consume_or_429(request, action="demo") or _enter(request)
    user = request.user
    if not isinstance(user, User) or not user.is_demo:
        return redirect("home")
    state = progress(user)
    context = {
        "state": state,
        "days": settings.DEMO_DAYS,
        "far": f"{state.percent} %",
        "more": _more(user),
    }
    if wants_part(request) and not state.waiting:
        return HttpResponseClientRedirect("/")
    return shown(request, "collectors/demo.html", "loading", context)


@require_POST
def leave(request: HttpRequest) -> HttpResponse:
    """Sign out, and go on to an account of one's own if that was asked for."""
    wanted = request.POST.get("to", "")
    logout(request)
    return redirect(wanted if wanted == "account_signup" else "account_login")


def _enter(request: HttpRequest) -> HttpResponse:
    if request.user.is_authenticated:
        return redirect("home")
    user = people.find()
    if user is None:
        messages.info(request, "The demo is being prepared. Try again in a few seconds.")
        return redirect("account_login")
    people.enter(request, user)
    with acting_for(user.pk):
        waits = progress(user).waiting
    return redirect("demo" if waits else "home")


def _more(user: User) -> list[tuple[str, list[str]]]:
    """Platforms with names of accounts that the demo does not watch from the beginning.

    The open ones first: who tries one name alone shall see it work.
    """
    world, now = world_of(user.date_joined), timezone.now()
    return [
        (
            platform.label,
            [
                platform.parse_handle(account.handle_at(now))
                for account in sorted(
                    world.accounts(platform.slug)[WATCHED : WATCHED + MORE],
                    key=lambda account: account.state_at(now) != "active",
                )
            ],
        )
        for platform in registry.every()
    ]
