"""Forms of imports: the file and where it belongs, then what its columns are."""

from datetime import datetime
from typing import Any, cast

from django import forms
from django.db.models import QuerySet
from django.utils import timezone

from accounts.zones import zone_names
from collectors.imports.fields import READ_AT, SOURCE, Field, fields
from collectors.imports.jobs import Wish
from collectors.imports.models import Import
from collectors.imports.values import possible
from platforms import registry
from platforms.models import Entity

MOST_SOURCES = 500  # in a list that a person reads
NEWEST = "Choose where the rows belong."
LEFT_OUT = "(leave out)"


class FileForm(forms.Form):
    """A file and where its rows belong."""

    target = forms.ChoiceField(
        label="Where the rows belong",
        help_text="One source for the whole file, or a column that names the source of each row.",
        error_messages={"required": NEWEST, "invalid_choice": NEWEST},
    )
    what = forms.ChoiceField(label="What the rows are", choices=Import.What.choices)
    file = forms.FileField(
        label="File",
        help_text="CSV, or JSONL (one JSON object a line), in UTF-8, up to 10 MB; also packed with"
        " gzip. For larger files there is the command import_posts.",
        error_messages={"required": "Choose a file.", "empty": "This file is empty."},
        widget=forms.FileInput(attrs={"accept": ".csv,.tsv,.txt,.jsonl,.ndjson,.json,.gz"}),
    )

    def __init__(self, *args: Any, own: QuerySet[Entity], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        cast("forms.ChoiceField", self.fields["target"]).choices = [
            ("", "Choose"),
            *self._targets(),
        ]

    def _targets(self) -> list[tuple[str, Any]]:
        rows = self.own.order_by("handle")[:MOST_SOURCES].values("pk", "platform", "handle")
        groups = []
        for platform in registry.every():
            column = (platform.slug, f"Several {platform.entity_noun}s: a column names them")
            own = [(str(r["pk"]), r["handle"]) for r in rows if r["platform"] == platform.slug]
            groups.append((platform.label, [*own, column]))
        return groups

    def clean(self) -> dict[str, Any]:
        """Only some platforms let comments be read."""
        target, what = self.cleaned_data.get("target"), self.cleaned_data.get("what")
        if target and what == Import.What.COMMENTS and not self._platform(target).comments:
            label = self._platform(target).label
            self.add_error("what", f"Comments of {label} are not kept.")
        return self.cleaned_data

    def _platform(self, target: str) -> Any:
        slug = self.own.get(pk=target).platform if target.isdigit() else target
        return registry.get(slug)

    @property
    def wish(self) -> Wish:
        """What was asked for."""
        target = self.cleaned_data["target"]
        entity = self.own.get(pk=target) if target.isdigit() else None
        slug = entity.platform if entity else target
        return Wish(platform=slug, what=self.cleaned_data["what"], entity=entity)


class ColumnsForm(forms.Form):
    """Which column tells what, and how the file writes its dates."""

    read_at = forms.DateTimeField(
        label="When the figures were read",
        help_text="Needed unless a column says it, such as the day of the export. Figures that were"
        " read later stay as they are.",
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
    )
    zone = forms.ChoiceField(
        label="Time zone of the file", help_text="Of dates that name none.", required=False
    )
    day_first = forms.BooleanField(label="Dates such as 3/4/2017 mean 3 April", required=False)
    make_sources = forms.BooleanField(
        label="Make sources that are missing; nothing is collected for them", required=False
    )

    def __init__(self, data: Any = None, *, job: Import) -> None:
        self.job = job
        self.told = [f for f in fields(job.platform, job.what) if not (self._whole(f, job))]
        initial = {name: getattr(job, name) for name in self.base_fields} | {
            f"column_{field.name}": job.mapping.get(field.name, LEFT_OUT) for field in self.told
        }
        super().__init__(data, initial=initial)
        cast("forms.ChoiceField", self.fields["zone"]).choices = [
            (name, name) for name in zone_names()
        ]
        for field in self.told:
            self.fields[f"column_{field.name}"] = self._choice(field)
        if job.entity_id:
            del self.fields["make_sources"]

    @staticmethod
    def _whole(field: Field, job: Import) -> bool:
        """Whether the whole file has one source, so that no column need name it."""
        return field.name == SOURCE and job.entity_id is not None

    def _choice(self, field: Field) -> forms.ChoiceField:
        return forms.ChoiceField(
            label=field.label,
            choices=[(LEFT_OUT, "Leave out"), *((name, name) for name in self.job.columns)],
            help_text=field.hint,
        )

    def clean_read_at(self) -> datetime | None:
        """A moment that can be meant."""
        read_at: datetime | None = self.cleaned_data["read_at"]
        try:
            return read_at and possible(read_at, timezone.now())
        except ValueError as mistake:
            raise forms.ValidationError(str(mistake)) from None

    def columns(self) -> list[Any]:
        """The fields that choose a column."""
        return [self[f"column_{field.name}"] for field in self.told]

    def options(self) -> list[Any]:
        """All the others."""
        return [self[name] for name in self.base_fields if name in self.fields]

    def put(self) -> None:
        """Write what was chosen into the draft, which is not saved here."""
        data = self.cleaned_data
        chosen = {field.name: data[f"column_{field.name}"] for field in self.told}
        self.job.mapping = {n: column for n, column in chosen.items() if column != LEFT_OUT}
        self.job.zone = data["zone"] or "UTC"
        self.job.day_first = data["day_first"]
        self.job.make_sources = bool(data.get("make_sources"))
        self.job.read_at = None if READ_AT in self.job.mapping else data["read_at"]
