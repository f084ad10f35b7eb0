"""What the terms of a platform demand for one account, as spans of time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from platforms import registry
from platforms.credentials.connection import terms
from platforms.models import Entity
from platforms.terms import Duties

EVERYBODY = "*"
EARLY = timedelta(hours=4)  # before a limit: an account is visited more often than that
SPREAD = 4  # so many looks in a period at most, so that many items are asked for together


@dataclass(frozen=True, kw_only=True)
class Rules:
    """None: nothing is demanded.

    `gone_states`: states of an account that is erased when they last for `erase_after`. What is
    not seen for `unseen` is deleted, replaced figures after `replaced`, tombstones after
    `tombstone`, all after the end of access after `access_end`; and everything at the age of
    `keep`. Comments are asked for by people only, and cannot be followed: they go when not seen
    for `comments`.
    """

    gone_states: tuple[str, ...]
    erase_after: timedelta | None
    unseen: timedelta | None
    replaced: timedelta | None
    tombstone: timedelta | None
    access_end: timedelta | None
    keep: timedelta | None
    comments: timedelta | None


def rules_of(entity: Entity) -> Rules:
    """The rules of an entity. Reads `entity.profile`: select it with the entity."""
    duties = terms(entity.platform).duties
    lifted = is_lifted(entity, duties)
    unseen = None if lifted else _days(duties.refresh_or_delete_days)
    erase_after = _hours(duties.erase_hours)
    followed = erase_after if duties.recheck_hours else None
    return Rules(
        gone_states=duties.gone_states,
        erase_after=erase_after / 2 if erase_after else None,
        unseen=_early(unseen),
        replaced=None if lifted else _early(_days(duties.figures_days)),
        tombstone=_early(_days(duties.tombstone_days)),
        access_end=_early(_days(duties.access_end_days)),
        keep=_early(_days(duties.keep_days)),
        comments=_early(min(filter(None, [unseen, followed]), default=None)),
    )


def is_lifted(entity: Entity, duties: Duties) -> bool:
    """Whether an agreement lets us keep more. Simulated accounts are our own."""
    simulated = entity.profile is not None and entity.profile.simulated
    return simulated or not {EVERYBODY, entity.external_id}.isdisjoint(duties.agreed)


def look_after(slug: str) -> timedelta | None:
    """How long an item may be unseen before it is asked for again; None: it cannot be."""
    duties = terms(slug).duties
    if registry.get(slug).again is None:
        return None
    if duties.recheck_hours:
        return timedelta(hours=duties.recheck_hours)
    # There has to be time for a platform that does not answer, or a quota that is spent.
    days = duties.refresh_or_delete_days
    return timedelta(days=days) * 0.6 if days else None


def oldest_kept(slug: str, *, now: datetime) -> datetime | None:
    """What was published before that is not kept, so it need not be stored; None: all is kept."""
    kept = _early(_days(terms(slug).duties.keep_days))
    return now - kept if kept else None


def next_look(oldest: datetime | None, *, after: timedelta, now: datetime) -> datetime:
    """When to look again. `oldest`: when the item that was longest unseen was last seen."""
    return max((oldest or now) + after, now + after / SPREAD)


def _hours(number: int | None) -> timedelta | None:
    return timedelta(hours=number) if number else None


def _days(number: int | None) -> timedelta | None:
    return timedelta(days=number) if number else None


def _early(span: timedelta | None) -> timedelta | None:
    return span - EARLY if span else None
