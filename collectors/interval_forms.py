"""How often a source is read, and with what."""

from collections.abc import Collection, Iterable
from typing import Any

from django import forms

from accounts.owned import OwnedQuerySet
from collectors.intervals import allowed
from platforms import registry
from platforms.models import ApiProfile

# What a list offers; people who want 17 minutes use the API.
STEPS = (5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 360, 720, 1440)
USUAL = 60


def offered(platforms: Iterable[str], *, also: int | None = None) -> list[tuple[int, str]]:
    """Minutes that all of these platforms allow, with their words. `also`: what is set already."""
    ranges = [allowed(registry.get(slug)) for slug in platforms]
    ends = {end for one in ranges for end in (one.start, one.stop - 1)}
    minutes = {*STEPS, *ends, *([also] if also else [])}
    return [(m, in_words(m)) for m in sorted(minutes) if all(m in one for one in ranges)]


def in_words(minutes: int) -> str:
    """ "45 minutes", "2 hours"."""
    hours, rest = divmod(minutes, 60)
    if rest or hours < 2:
        return f"{minutes} minutes"
    return f"{hours} hours"


class IntervalForm(forms.Form):
    """Every how many minutes."""

    minutes = forms.TypedChoiceField(label="Collect every", coerce=int)
    adaptive = forms.BooleanField(
        label="Adapt to what happens",
        help_text="More often while it is live or active, more rarely while it is quiet.",
        required=False,
    )

    def __init__(
        self, *args: Any, platforms: Collection[str], minutes: int = USUAL, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = offered(platforms, also=minutes)
        nearest = min((m for m, _ in choices), key=lambda m: abs(m - minutes), default=minutes)
        self.fields["minutes"].choices = choices  # type: ignore[attr-defined]  # a choice field
        self.initial.setdefault("minutes", nearest)

    @property
    def pace(self) -> tuple[int, bool]:
        """Minutes and whether they adapt: what was chosen, else what the form began with."""
        said = self.cleaned_data if self.is_bound and self.is_valid() else self.initial
        return said["minutes"], bool(said.get("adaptive"))

    def refuse(self, sentence: str) -> None:
        """What was chosen costs more than there is."""
        if self.is_bound and not self.errors:
            self.add_error("minutes", sentence)


class SourceForm(IntervalForm):
    """The settings of one source."""

    credential = forms.ModelChoiceField(
        queryset=ApiProfile.objects.none(), empty_label="None", required=False,
        help_text="What it is read with. Its limits and costs are those of the credential.",
    )  # fmt: skip

    def __init__(
        self, *args: Any, credentials: OwnedQuerySet[ApiProfile], platform: str, **kwargs: Any
    ) -> None:
        super().__init__(*args, platforms=[platform], **kwargs)
        field: Any = self.fields["credential"]
        field.queryset = credentials.filter(platform=platform).order_by("name")
        field.label_from_instance = lambda profile: profile.option
