"""What would be added: every name looked up, as far as there is time, and nothing changed yet."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial

from django.db import transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from accounts.owned import OwnedQuerySet
from collectors.adding import lines as states
from collectors.adding.lines import Line
from collectors.meter import Meter, Spent
from platforms import registry
from platforms.contract import Facts, Found, Platform
from platforms.credentials import doctor
from platforms.errors import PlatformError
from platforms.lookups import look_up, remembered
from platforms.models import ApiProfile, Entity


@dataclass(frozen=True, kw_only=True)
class Preview:
    """The lines of a text, in order. `stopped`: what ended the look-up too early.

    `spent`: what this look-up cost; names that were looked up a while ago cost nothing.
    """

    platform: Platform
    profile: ApiProfile
    lines: Sequence[Line]
    stopped: PlatformError | None = None
    spent: Spent = field(default_factory=Spent)

    @property
    def new(self) -> list[Facts]:
        """What would be added."""
        return [line.facts for line in self.lines if line.state == states.NEW and line.facts]

    @property
    def waiting(self) -> list[str]:
        """What is still to be looked up, as it was typed."""
        return [line.typed for line in self.lines if line.state in (states.OPEN, states.UNASKED)]

    @property
    def unasked(self) -> int:
        """How many names wait until a person asks for the look-up, as it costs money."""
        return sum(line.state == states.UNASKED for line in self.lines)

    @property
    def unfinished(self) -> bool:
        """Whether another preview would find out more at once."""
        return self.stopped is None and any(line.state == states.OPEN for line in self.lines)


def preview(*, by: User, profile: ApiProfile, text: str, asked: str | None = None) -> Preview:
    """Say what would become of each name in a text. Outside transactions: it calls the platform.

    It ends after some seconds; while `unfinished`, a second call goes on. `asked`: a text with the
    names that the platform may be asked for; of others only what is remembered is told; None: all.
    Raises TooMany.
    """
    platform = registry.get(profile.platform)
    lines = states.read(platform, text)
    lines = states.known(lines, _monitored_names(by, platform, lines))
    spent = Spent()
    opened = states.still_open(lines)
    wanted = opened if asked is None else _among(opened, states.read(platform, asked))
    told = look_up(profile, wanted, metered=partial(_metered, spent=spent))
    found = {**told.found, **remembered(profile, [h for h in opened if h not in wanted])}
    with transaction.atomic():
        lines = states.told(lines, found, *_watched(by, platform, found))
        if told.stopped:
            doctor.note_refusal(profile, told.stopped, now=timezone.now())
    lines = states.unasked(lines, wanted)
    return Preview(
        platform=platform, profile=profile, lines=lines, stopped=told.stopped, spent=spent
    )


def _among(handles: Sequence[str], asked: Sequence[Line]) -> list[str]:
    names = {line.handle.lower() for line in asked}
    return [handle for handle in handles if handle.lower() in names]


def _metered(budget: object, *, spent: Spent) -> Meter:
    return Meter(budget, renew=lambda: None, spent=spent)  # type: ignore[arg-type]


@transaction.atomic
def _monitored_names(by: User, platform: Platform, lines: Sequence[Line]) -> set[str]:
    """Handles in small letters, and ids, of accounts among these that are monitored already."""
    handles = [line.handle for line in lines]
    own = Entity.objects.for_user(by).filter(platform=platform.slug, job__isnull=False)
    named = own.annotate(name=Lower("handle")).filter(
        Q(name__in=[handle.lower() for handle in handles]) | Q(external_id__in=handles)
    )
    return {name for names in named.values_list("name", "external_id") for name in names}


def _watched(by: User, platform: Platform, found: Found) -> tuple[set[str], set[str]]:
    """Ids of those accounts that are monitored, and of those that were."""
    facts = [answer for answer in found.values() if isinstance(answer, Facts)]
    own = _own(by, platform.slug, facts)
    monitored = monitored_among(by, platform.slug, facts)
    return monitored, set(own.values_list("external_id", flat=True)) - monitored


def monitored_among(by: User, platform: str, found: Sequence[Facts]) -> set[str]:
    """Ids of those accounts that this person monitors."""
    own = _own(by, platform, found).filter(job__isnull=False)
    return set(own.values_list("external_id", flat=True))


def _own(by: User, platform: str, found: Sequence[Facts]) -> OwnedQuerySet[Entity]:
    accounts = [facts.account for facts in found]
    return Entity.objects.for_user(by).filter(platform=platform, external_id__in=accounts)
