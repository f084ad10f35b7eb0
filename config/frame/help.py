"""Help: what the words mean, the keys, and, for those who build pages, every component."""

from datetime import timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required, user_passes_test
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from platforms import registry


@login_required
def help_page(request: HttpRequest) -> HttpResponse:
    """The words and the keys."""
    return render(request, "help.html")


class SampleForm(forms.Form):
    """One field of each kind."""

    name = forms.CharField(initial="Main key", max_length=40)
    key = forms.CharField(
        label="API key", widget=forms.PasswordInput(attrs={"autocomplete": "off"}), min_length=12
    )
    interval = forms.ChoiceField(
        label="Collect every", choices=[(15, "15 minutes"), (60, "60 minutes")], initial=60
    )
    note = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), required=False, help_text="Only you see it."
    )
    mails = forms.BooleanField(label="Send a mail when it fails", required=False)
    theme = forms.ChoiceField(
        widget=forms.RadioSelect, choices=[("light", "Light"), ("dark", "Dark")], required=False
    )


@user_passes_test(lambda user: user.is_staff)
def components(request: HttpRequest) -> HttpResponse:
    """Every component in every state, with invented figures; staff only."""
    form = SampleForm(request.POST or None)
    if form.is_valid():
        messages.success(request, "Credential saved")
    if request.GET.get("answer") == "error":
        raise BadRequest("asked for")
    if request.GET.get("answer") == "news":
        messages.success(request, "14 monitors added")
        return render(request, "components/messages.html")
    return render(request, "catalogue/components.html", _samples(form))


def _samples(form: SampleForm) -> dict[str, Any]:
    """Invented figures of the catalogue."""
    now = timezone.now()
    ages = (timedelta(), timedelta(minutes=3), timedelta(days=2), timedelta(days=40))
    return {
        "form": form,
        "platforms": registry.choices(),
        "moments": [now - age for age in ages],
        "soon": now + timedelta(minutes=13),
    }
