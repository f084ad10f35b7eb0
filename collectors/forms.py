"""Forms of monitors."""

from typing import Any

from django import forms
from django.http import QueryDict

from accounts.models import User
from collectors.interval_forms import IntervalForm, offered
from collectors.intervals import allowed
from platforms import registry
from platforms.contract import Platform
from platforms.credentials.connection import terms
from platforms.models import ApiProfile

MUST_NAME = "Enter at least one name or link."


class MonitorAddForm(forms.Form):
    """Who is to be monitored, with which credential, and how often.

    Credentials and intervals are those of the chosen platform. `shown`: the platform for which the
    page was drawn; when another was chosen since, its first credential and interval are taken.
    """

    platform = forms.ChoiceField(widget=forms.RadioSelect)
    text = forms.CharField(
        label="Names or links",
        error_messages={"required": MUST_NAME},
        widget=forms.Textarea(
            attrs={
                "class": "code",
                "rows": 6,
                "autofocus": True,
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
                "data-asks": "add-asked",
            }
        ),
    )
    interval_minutes = forms.TypedChoiceField(label="Collect every", coerce=int)
    profile = forms.ModelChoiceField(
        ApiProfile.objects.none(), label="Credential", empty_label=None
    )
    adaptive = IntervalForm.base_fields["adaptive"]

    def __init__(
        self,
        data: QueryDict | None = None,
        *,
        user: User,
        platform: str = "",
        profile: str = "",
        text: str = "",
    ) -> None:
        """`platform`, `profile`, `text`: with which a form begins."""
        own = ApiProfile.objects.for_user(user).order_by("name", "pk")
        self.chosen = _chosen(platform if data is None else data.get("platform", ""), own)
        self.switched = data is not None and data.get("shown", "") not in ("", self.chosen.slug)
        first = own.filter(platform=self.chosen.slug).first()
        self.has_credential = first is not None
        fresh = {
            "platform": self.chosen.slug,
            "profile": profile or (first.pk if first else None),
            "interval_minutes": allowed(self.chosen).start,
        }
        if data is not None and self.switched:
            data = data.copy()
            for name, value in fresh.items():
                data[name] = str(value or "")
        super().__init__(data, initial={**fresh, "text": text}, auto_id="add-%s")
        self._offer(own)

    def _offer(self, own: Any) -> None:
        choices: Any = self.fields
        choices["platform"].choices = [(one.slug, one.label) for one in registry.every()]
        choices["profile"].queryset = own.filter(platform=self.chosen.slug)
        choices["interval_minutes"].choices = offered([self.chosen.slug])
        known = terms(self.chosen.slug)
        choices["text"].help_text = self.chosen.naming.format(
            batch=known.batch, prices=known.prices
        )
        choices["profile"].label_from_instance = lambda profile: profile.option


def _chosen(slug: str, own: Any) -> Platform:
    """The platform that was chosen, else that of the first credential."""
    by_slug = {platform.slug: platform for platform in registry.every()}
    with_credential = set(own.values_list("platform", flat=True))
    usual = next((slug for slug in by_slug if slug in with_credential), next(iter(by_slug)))
    return by_slug.get(slug, by_slug[usual])
