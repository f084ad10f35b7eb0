"""Whose turn it is: accounts to be looked at and visited, each taken by one worker at a time.

Who takes an account moves its moment on by a lease, in one statement with SKIP LOCKED; who is done
sets the next one. So a worker that dies costs the time of a lease, and two never meet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter

from django.db import connection

from accounts.tenancy import system
from platforms import registry
from platforms.batches import batches

LEASE = timedelta(minutes=15)
EVERY = timedelta(hours=3)  # between two visits
TOGETHER = 20  # visits that are claimed at once
PACK = 100  # accounts whose items are asked for together


@dataclass(frozen=True, slots=True)
class Turn:
    """An account whose turn it is, and who reads it."""

    entity_id: int
    owner_id: int
    platform: str
    profile_id: int | None


# What was never read with a credential came from a file: no platform's terms hold for it.
_ENROL = """
INSERT INTO custodies (entity_id, owner_id, visit_at, look_at)
SELECT e.id, e.owner_id, %(now)s, CASE WHEN e.platform = ANY(%(askable)s) THEN %(now)s END
FROM platforms_entity e
WHERE e.read_at <> '{}' AND NOT EXISTS (SELECT FROM custodies c WHERE c.entity_id = e.id)
ORDER BY e.id ON CONFLICT DO NOTHING
"""

_CLAIM = """
WITH due AS (
  SELECT c.entity_id FROM custodies c
  JOIN platforms_entity e ON e.id = c.entity_id {readable}
  WHERE c.{moment} <= %(now)s
  ORDER BY c.{moment} LIMIT %(limit)s FOR UPDATE OF c SKIP LOCKED
)
UPDATE custodies c SET {moment} = %(until)s
FROM due JOIN platforms_entity e ON e.id = due.entity_id
WHERE c.entity_id = due.entity_id
RETURNING c.entity_id, c.owner_id, e.platform, e.profile_id
"""
_VISITS = _CLAIM.format(moment="visit_at", readable="")
_LOOKS = _CLAIM.format(moment="look_at", readable="AND e.profile_id IS NOT NULL")

_of_pack = attrgetter("owner_id", "platform", "profile_id")


def enrol(*, now: datetime) -> None:
    """Take every account into custody that a platform was asked about."""
    askable = [platform.slug for platform in registry.every() if platform.again]
    with system(), connection.cursor() as cursor:
        cursor.execute(_ENROL, {"now": now, "askable": askable})


def claim_visits(*, now: datetime) -> list[Turn]:
    """Take some accounts that are due for a visit."""
    return _claim(_VISITS, now, TOGETHER)


def claim_looks(*, now: datetime) -> Iterator[Sequence[Turn]]:
    """Take all accounts with items to be asked for again, in packs of one owner and credential."""
    while claimed := _claim(_LOOKS, now, PACK * 10):
        for _, pack in groupby(sorted(claimed, key=_of_pack), key=_of_pack):
            yield from batches(list(pack), PACK)


def _claim(statement: str, now: datetime, limit: int) -> list[Turn]:
    with system(), connection.cursor() as cursor:
        cursor.execute(statement, {"now": now, "until": now + LEASE, "limit": limit})
        return [Turn(*row) for row in cursor.fetchall()]
