"""Which of a person's sources the names and ids of a file mean."""

from dataclasses import dataclass, field

from django.db import transaction

from collectors.imports.models import Import
from platforms import actions, registry
from platforms.models import Entity

MOST_MADE = 20_000  # sources that one import may make


@dataclass
class Sources:
    """Accounts by what a file may call them, read once an import."""

    job: Import
    _known: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        own = Entity.objects.filter(owner_id=self.job.owner_id, platform=self.job.platform)
        found = list(own.order_by("-pk").values_list("external_id", "handle", "title"))
        # The surest name last, so that it wins: an id is nobody else's.
        for place in (2, 1, 0):
            self._known |= {row[place].lower(): row[0] for row in found if row[place]}

    def knows(self, name: str) -> bool:
        """Whether this is a source already."""
        return name.lower() in self._known or self._handle(name).lower() in self._known

    def account(self, name: str) -> str:
        """The platform's id of a source. Raises ValueError with a sentence."""
        known = self._known.get(name.lower())
        if known is None:
            handle = self._handle(name)
            known = self._known.get(handle.lower()) or self._made(name, handle)
            self._known[name.lower()] = known
        return known

    def _handle(self, name: str) -> str:
        try:
            return registry.get(self.job.platform).parse_handle(name)
        except ValueError:
            return name

    def _made(self, name: str, handle: str) -> str:
        if not self.job.make_sources:
            raise ValueError("This is none of your sources.")
        if not name.isprintable() or len(name) > 128:
            raise ValueError("This is no name of a source.")
        if len(self.job.made_sources) >= MOST_MADE:
            raise ValueError(f"The file names more than {MOST_MADE:,} new sources.")
        with transaction.atomic():
            entity, new = actions.archive(
                owner_id=self.job.owner_id, platform=registry.get(self.job.platform), name=name,
                handle=handle,
            )  # fmt: skip
            if new:
                made = [*self.job.made_sources, entity.pk]
                Import.objects.filter(pk=self.job.pk).update(made_sources=made)
                self.job.made_sources = made
        return entity.external_id
