"""Which of a person's sources the names and ids of a file mean."""

from dataclasses import dataclass, field

from collectors.imports.models import Import
from platforms import actions, registry
from platforms.models import Entity

MOST_MADE = 20_000  # sources that one import may make
LONGEST_NAME = 128


@dataclass
class Sources:
    """Accounts by what a file may call them, read once an import.

    `new`: sources that are missing; whoever stores the next batch makes them first.
    """

    job: Import
    new: list[Entity] = field(default_factory=list)
    _known: dict[str, str] = field(default_factory=dict)
    _made: int = 0

    def __post_init__(self) -> None:
        own = Entity.objects.filter(owner_id=self.job.owner_id, platform=self.job.platform)
        found = list(own.order_by("-pk").values_list("external_id", "handle", "title"))
        # The surest name last, so that it wins: an id is nobody else's.
        for place in (2, 1, 0):
            self._known |= {row[place].lower(): row[0] for row in found if row[place]}
        self._made = len(self.job.made_sources)

    def knows(self, name: str) -> bool:
        """Whether this is a source already."""
        return name.lower() in self._known or self._handle(name).lower() in self._known

    def account(self, name: str) -> str:
        """The platform's id of a source. Raises ValueError with a sentence."""
        known = self._known.get(name.lower())
        if known is None:
            handle = self._handle(name)
            known = self._known.get(handle.lower()) or self._missing(name, handle)
            self._known[name.lower()] = known
        return known

    def taken(self) -> list[Entity]:
        """The missing sources of which nobody has taken care yet."""
        new, self.new = self.new, []
        return new

    def _handle(self, name: str) -> str:
        try:
            return registry.get(self.job.platform).parse_handle(name)
        except ValueError:
            return name

    def _missing(self, name: str, handle: str) -> str:
        if not self.job.make_sources:
            raise ValueError("This is none of your sources.")
        if not name or not name.isprintable() or len(name) > LONGEST_NAME:
            raise ValueError("This is no name of a source.")
        if self._made >= MOST_MADE:
            raise ValueError(f"The file names more than {MOST_MADE:,} new sources.")
        platform = registry.get(self.job.platform)
        entity = actions.archive_of(
            owner_id=self.job.owner_id, platform=platform, name=name, handle=handle
        )
        if entity.external_id.lower() not in self._known:  # two names may mean one source
            self.new.append(entity)
            self._made += 1
            self._known[entity.external_id.lower()] = entity.external_id
        return entity.external_id


def make(job: Import, new: list[Entity]) -> None:
    """Make the missing sources, and remember which they are. Inside a transaction."""
    if not new:
        return
    Entity.objects.bulk_create(new, ignore_conflicts=True)
    ids = [entity.external_id for entity in new]
    own = Entity.objects.filter(owner_id=job.owner_id, platform=job.platform)
    job.made_sources = [
        *job.made_sources,
        *own.filter(external_id__in=ids).values_list("pk", flat=True),
    ]
    Import.objects.filter(pk=job.pk).update(made_sources=job.made_sources)
