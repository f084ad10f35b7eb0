"""Forms of credentials, made from what each platform says that a credential is."""

from decimal import Decimal
from typing import Any

from django import forms
from pydantic import BaseModel

from platforms.contract import Platform
from platforms.credentials import fields
from platforms.credentials.connection import terms
from platforms.models import ApiProfile
from platforms.models.profiles import MOST_UNITS
from platforms.spending.budget import KEPT_PERCENT
from platforms.terms import Terms

LONGEST = 4096  # characters of a field; what is longer is certainly not a credential


def _dollars() -> forms.DecimalField:
    return forms.DecimalField(
        label="Monthly budget in dollars",
        help_text="Calls stop when so much is spent in a calendar month. Without a budget they stop"
        " when the credit of the account is used up.",
        min_value=Decimal(0),
        max_digits=9,
        decimal_places=2,
        required=False,
    )


def _units(found: Terms) -> forms.IntegerField:
    return forms.IntegerField(
        label=f"Most {'units' if found.daily else 'calls'} in a day",
        help_text="Empty: as many as the platform allows. Intervals grow so that it is not reached,"
        f" and {KEPT_PERCENT} % of it are kept for what you ask for yourself.",
        min_value=0,
        max_value=MOST_UNITS,
        required=False,
    )


class CredentialForm(forms.Form):
    """The parts of one platform's credential. Secrets never come back into the page."""

    credentials: BaseModel

    def __init__(self, *args: Any, platform: Platform, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.platform = platform
        for part in fields.parts(platform):
            self.fields[part.name] = forms.CharField(
                label=part.label,
                help_text=part.hint,
                required=part.required,
                max_length=LONGEST,
                error_messages={"required": f"Enter the {part.label}."},
                widget=_secret_input() if part.secret else _plain_input(),
            )

    def clean(self) -> dict[str, Any]:
        """Let the platform's model judge the parts."""
        names = [part.name for part in fields.parts(self.platform)]
        given = {name: self.cleaned_data.get(name) for name in names}
        if not self.errors:
            try:
                self.credentials = fields.parse(
                    self.platform, {name: value for name, value in given.items() if value}
                )
            except fields.NotACredential as error:
                for name, sentence in error.mistakes.items():
                    self.add_error(name if name in self.fields else None, sentence)
        return self.cleaned_data


class ProfileForm(CredentialForm):
    """A new credential."""

    name = forms.CharField(
        max_length=80,
        help_text="What you call it, such as “Main key”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args: Any, platform: Platform, **kwargs: Any) -> None:
        super().__init__(*args, platform=platform, **kwargs)
        if terms(platform.slug).prices:
            self.fields["monthly_dollars"] = _dollars()


class ProfileSettingsForm(forms.ModelForm):
    """What may be changed of a credential without typing it again."""

    monthly_dollars = _dollars()

    class Meta:
        model = ApiProfile
        fields = ("name", "daily_units", "monthly_dollars")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = terms(self.instance.platform)
        self.fields["daily_units"] = _units(found)
        if not found.prices:
            del self.fields["monthly_dollars"]

    def _post_clean(self) -> None:
        """Leave the profile alone: the action changes it."""


def _secret_input() -> forms.PasswordInput:
    # "new-password" keeps browsers from offering the person's own password.
    return forms.PasswordInput(attrs={"autocomplete": "new-password", "spellcheck": "false"})


def _plain_input() -> forms.TextInput:
    return forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"})
