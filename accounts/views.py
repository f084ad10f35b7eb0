"""Pages of people that are not allauth's as they come."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from allauth.account.models import EmailAddress
from allauth.account.views import ConfirmEmailView, PasswordResetFromKeyView
from allauth.core import ratelimit
from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts import actions, browsers
from accounts.adapter import ADDRESS_KEY
from accounts.forms import AppearanceForm, ProfileForm, VerificationForm
from accounts.models import User
from accounts.pages import person, status_of
from accounts.theme import THEMES, keep_theme
from accounts.zones import zone_names


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
def verification_sent(request: HttpRequest) -> HttpResponse:
    """Tell that a link is under way, and send another on request."""
    if too_many := ratelimit.consume_or_429(request, action="verification"):
        return too_many
    data = request.POST if request.method == "POST" else None
    waiting = request.session.get(ADDRESS_KEY, "")
    form = VerificationForm(data, initial={"email": waiting})
    if form.is_valid():
        return _send_again(request, form.cleaned_data["email"])
    context = {"form": form, "email": waiting}
    return render(request, "account/verification_sent.html", context, status=status_of(form))


def _send_again(request: HttpRequest, email: str) -> HttpResponse:
    """Send a link unless one was sent just now; known and unknown addresses are answered alike."""
    request.session[ADDRESS_KEY] = email
    if ratelimit.consume(request, action="confirm_email", key=email):
        actions.send_verification(request=request, email=email)
        messages.success(request, f"A mail to {email} is on its way.")
    else:
        messages.info(request, f"A mail to {email} was sent less than 3 minutes ago.")
    return redirect("account_email_verification_sent")


class ConfirmEmail(ConfirmEmailView):
    """The page behind a verification link: one button."""

    def post(self, *args: Any, **kwargs: Any) -> HttpResponse:
        """Verify; a link that was used or is too old gets the page that offers a new one."""
        try:
            return super().post(*args, **kwargs)
        except Http404:
            return self.get(*args, **kwargs)

    def logout_other_user(self, confirmation: Any) -> None:
        """Let people stay signed in: verifying an address proves nothing against them."""

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Answer 404 when there is nothing to verify."""
        if not context["confirmation"]:
            options["status"] = HTTPStatus.NOT_FOUND
            context["form"] = VerificationForm()
        return super().render_to_response(context, **options)


confirm_email = never_cache(ConfirmEmail.as_view())


class ResetPassword(PasswordResetFromKeyView):
    """The page behind a link for a new password."""

    def form_valid(self, form: Any) -> HttpResponse:
        """Store the password; the link also proved the address."""
        actions.verify_address(by=self.reset_user)
        return super().form_valid(form)

    def render_to_response(self, context: dict[str, Any], **options: Any) -> HttpResponse:
        """Answer 404 for a link that was used or is too old."""
        if context.get("token_fail"):
            options["status"] = HTTPStatus.NOT_FOUND
        return super().render_to_response(context, **options)


password_reset_from_key = never_cache(ResetPassword.as_view())


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def profile(request: HttpRequest) -> HttpResponse:
    """Settings, Profile: name, address, time zone."""
    form = ProfileForm(_profile_data(request), instance=person(request))
    if form.is_valid():
        form.save()
        messages.success(request, "Your profile is saved.")
        return redirect("settings_profile")
    pending = EmailAddress.objects.filter(user=person(request), verified=False).first()
    context = {"form": form, "zones": zone_names(), "pending": pending}
    return render(request, "accounts/profile.html", context, status=status_of(form))


def _profile_data(request: HttpRequest) -> Mapping[str, str] | None:
    """What was sent: the profile, or the browser's zone alone."""
    if "browser_zone" in request.POST:
        return {"name": person(request).name, "time_zone": request.POST["browser_zone"]}
    return request.POST if request.method == "POST" else None


@require_safe
@never_cache
@login_required
def security(request: HttpRequest) -> HttpResponse:
    """Settings, Security: the password, and who is signed in."""
    sessions = UserSession.objects.purge_and_list(person(request))
    sessions.sort(key=lambda session: (session.is_current(), session.last_seen_at), reverse=True)
    rows = [(session, browsers.in_words(session.user_agent)) for session in sessions]
    return render(request, "accounts/security.html", {"rows": rows})


@require_POST
@login_required
def end_session(request: HttpRequest, pk: int) -> HttpResponse:
    """End one session of this person."""
    session = get_object_or_404(UserSession, user=person(request), pk=pk)
    actions.end_session(session=session)
    words = browsers.in_words(session.user_agent)
    messages.success(request, f"The session of {words} is ended.")
    return redirect("usersessions_list")


@require_POST
@login_required
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End all sessions of this person but the one that asks."""
    actions.end_other_sessions(request=request, user=person(request))
    messages.success(request, "All other sessions are ended.")
    return redirect("usersessions_list")


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@login_required
def appearance(request: HttpRequest) -> HttpResponse:
    """Settings, Appearance: theme and keys."""
    data = request.POST if request.method == "POST" else None
    form = AppearanceForm(data, instance=person(request))
    if not form.is_valid():
        return render(request, "accounts/appearance.html", {"form": form}, status=status_of(form))
    user = form.save()
    messages.success(request, "The appearance is saved.")
    # What this browser remembers counts before the person's choice, so it must follow.
    return keep_theme(redirect("settings_appearance"), user.theme)


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """Keep the choice of the switch in this browser, and with the person where one is known."""
    theme = request.POST.get("theme", "")
    if theme not in THEMES:
        return HttpResponseBadRequest("Choose system, light or dark.")
    # The demo is many visitors: each keeps the choice in the browser alone.
    if request.user.is_authenticated:
        User.objects.filter(pk=request.user.pk, is_demo=False).update(theme=theme)
    return keep_theme(redirect(_previous_page(request)), theme)


def _previous_page(request: HttpRequest) -> str:
    """Where the switch was pressed."""
    referrer = request.headers.get("Referer", "")
    allowed = url_has_allowed_host_and_scheme(
        referrer, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return referrer if allowed else "/"
