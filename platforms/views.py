"""Pages of credentials and of what is watched."""

from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.pages import person, shown, status_of, wants_part
from platforms import actions, registry, watched
from platforms.contract import Platform
from platforms.credentials.cards import cards, rules
from platforms.credentials.doctor import Finding
from platforms.errors import RateLimited
from platforms.forms import CredentialForm, ProfileForm, ProfileSettingsForm
from platforms.models import ApiProfile, Entity

asked = require_http_methods(["GET", "HEAD", "POST"])


def _profile(request: HttpRequest, pk: int) -> ApiProfile:
    """One of the person's own, held by who changes it: two forms at once follow each other."""
    own = ApiProfile.objects.for_user(request.user)
    if request.method == "POST":
        own = own.select_for_update(no_key=True)
    return get_object_or_404(own, pk=pk)


# --- Credentials -------------------------------------------------------------------------------
@require_safe
@never_cache
@login_required
def credential_list(request: HttpRequest) -> HttpResponse:
    """All credentials, by platform. `?new=7`: this one was just saved, and tests itself."""
    own = cards(person(request), now=timezone.now(), new=request.GET.get("new", ""))
    used = {card.profile.platform for card in own}
    context = {
        "groups": [
            (platform, [card for card in own if card.platform is platform], rules(platform))
            for platform in registry.every()
            if platform.slug in used
        ],
        "others": [platform for platform in registry.every() if platform.slug not in used],
        "count": len(own),
    }
    return render(request, "platforms/credential_list.html", context)


@require_safe
@login_required
def credential_choose(request: HttpRequest) -> HttpResponse:
    """Which platform a new credential is for."""
    return render(request, "platforms/credential_choose.html", {"platforms": registry.every()})


@asked
@never_cache
@login_required
def credential_add(request: HttpRequest, platform: Platform) -> HttpResponse:
    """A new credential, with the steps that lead to it."""
    form = ProfileForm(_sent(request), platform=platform)
    if form.is_valid() and (profile := _saved(request, form, platform)):
        messages.success(request, f"“{profile.name}” is saved, sealed.")
        return redirect(f"{reverse('credentials')}?new={profile.pk}#profile-{profile.pk}")
    context = {"form": form, "platform": platform}
    return render(request, "platforms/credential_add.html", context, status=status_of(form))


def _saved(request: HttpRequest, form: ProfileForm, platform: Platform) -> ApiProfile | None:
    """The new profile, or None and the mistake in the form."""
    try:
        return actions.save_profile(
            by=person(request),
            platform=platform,
            name=form.cleaned_data["name"],
            credentials=form.credentials,
            monthly_dollars=form.cleaned_data.get("monthly_dollars"),
        )
    except actions.NameTaken as mistake:
        form.add_error("name", str(mistake))
        return None


@asked
@never_cache
@login_required
def credential_replace(request: HttpRequest, pk: int) -> HttpResponse:
    """Another secret in place of the stored one."""
    profile = _profile(request, pk)
    platform = registry.get(profile.platform)
    form = CredentialForm(_sent(request), platform=platform)
    if form.is_valid():
        actions.replace_credential(profile=profile, credentials=form.credentials)
        messages.success(request, f"The credential “{profile.name}” is replaced.")
        return redirect(f"{reverse('credentials')}?new={pk}#profile-{pk}")
    context = {"form": form, "platform": platform, "profile": profile}
    return render(request, "platforms/credential_replace.html", context, status=status_of(form))


@asked
@never_cache
@login_required
def credential_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Its name, and what it may spend in a day and in a month."""
    profile = _profile(request, pk)
    form = ProfileSettingsForm(_sent(request), instance=profile)
    if form.is_valid() and _changed(form, profile):
        messages.success(request, f"“{profile.name}” is saved.")
        return redirect(f"{reverse('credentials')}#profile-{pk}")
    context = {"form": form, "profile": profile, "platform": registry.get(profile.platform)}
    return render(request, "platforms/credential_edit.html", context, status=status_of(form))


def _changed(form: ProfileSettingsForm, profile: ApiProfile) -> bool:
    wanted = form.cleaned_data
    try:
        actions.change_profile(
            profile=profile,
            name=wanted["name"],
            monthly_dollars=wanted.get("monthly_dollars"),
            daily_units=wanted["daily_units"],
        )
    except actions.NameTaken as mistake:
        form.add_error("name", str(mistake))
        return False
    return True


@asked
@never_cache
@login_required
def credential_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Delete a credential, after saying what that means."""
    profile = _profile(request, pk)
    if request.method == "POST":
        actions.delete_profile(profile=profile)
        messages.success(request, f"The credential “{profile.name}” is deleted.")
        return redirect("credentials")
    context = {
        "profile": profile,
        "platform": registry.get(profile.platform),
        "readers": profile.entities.count(),
    }
    return render(request, "platforms/credential_delete.html", context)


@require_POST
@transaction.non_atomic_requests  # it calls the platform: what that costs is kept in any case
@login_required
def credential_test(request: HttpRequest, pk: int) -> HttpResponse:
    """Let the key doctor look at a credential; the answer is its part of the list."""
    with transaction.atomic():
        profile = _profile(request, pk)
    try:
        found = actions.test_profile(by=person(request), profile=profile)
    except RateLimited as wait:
        return _later(request, profile, wait)
    _tell(request, profile, found)
    if not wants_part(request):
        return redirect(f"{reverse('credentials')}#profile-{pk}")
    with transaction.atomic():
        own = cards(person(request), now=timezone.now(), pk=pk)
        if not own:  # deleted while the platform answered
            raise Http404
        context = {"card": own[0], "told": found.told}
        return shown(request, "platforms/credential_list.html", "credential", context)


def _tell(request: HttpRequest, profile: ApiProfile, found: Finding) -> None:
    level = messages.SUCCESS if found.verdict == ApiProfile.Verdict.VALID else messages.WARNING
    messages.add_message(request, level, f"{profile.name}: {found.sentence}")


def _later(request: HttpRequest, profile: ApiProfile, wait: RateLimited) -> HttpResponse:
    seconds = max(1, round(wait.retry_after))
    text = f"{wait.text} Test “{profile.name}” again in {seconds} s."
    if not wants_part(request):
        messages.warning(request, text)
        return redirect("credentials")
    context = {"kind": "warn", "title": "Not tested", "text": text}
    response = render(
        request, "components/toast.html", context, status=HTTPStatus.TOO_MANY_REQUESTS
    )
    response["Retry-After"] = str(seconds)
    return response


# --- What is watched ---------------------------------------------------------------------------
@require_safe
@never_cache
@login_required
def source_list(request: HttpRequest) -> HttpResponse:
    """All channels, accounts and subreddits, newest first. `?profile=7`: read with this one."""
    context = watched.entity_page(
        Entity.objects.for_user(request.user),
        profile=_number(request.GET.get("profile")),
        before=_number(request.GET.get("before")),
    )
    return render(request, "platforms/source_list.html", context)


def _number(text: str | None) -> int | None:
    """A number of the address; anything else asks for a page that is not there."""
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 18:
        raise Http404
    return int(text)


def _sent(request: HttpRequest) -> Any:
    return request.POST if request.method == "POST" else None
