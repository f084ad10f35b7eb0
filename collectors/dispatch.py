"""Rings for what is due: claims in the database, then one message per pack of executions.

A pack is what one credential can read together (Twitch 100 channels a call, YouTube 50 videos), so
one message holds up to `PACK` ids. Committed first, sent after: a crash in between costs a pack the
time until the sweeper rings again, never a run.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import IntegrityError, connection

from accounts.tenancy import system
from collectors import schedule, sweeper
from collectors.models import JobExecution
from collectors.schedule import Claimed
from platforms.batches import batches

CLAIM = 1000
PACK = 100
# So many executions may wait for workers. Lateness then shows in the database, where it can be
# seen, and the order stays fair until a worker is free.
DEEPEST_QUEUE = 2000

log = logging.getLogger(__name__)

Ring = Callable[[Sequence[Claimed]], None]

_pack_of = attrgetter("owner_id", "platform", "profile_id")


def drain(ring: Ring, *, now: datetime | None = None) -> int:
    """Claim and ring until nothing is due or the queue is deep enough; the number of runs."""
    total = 0
    while claimed := _claim(now):
        for pack in packs(claimed):
            ring(pack)
        total += len(claimed)
    return total


def sweep(ring: Ring) -> None:
    """Bury dead runs, wake what waits for a mended credential, ring for what nobody heard."""
    with system():
        sweeper.bury()
        sweeper.wake()
        unheard = sweeper.unheard(DEEPEST_QUEUE)
    for pack in packs(unheard):
        ring(pack)


def packs(claimed: Iterable[Claimed]) -> Iterator[Sequence[Claimed]]:
    """Split into what travels together: one owner, platform and credential, `PACK` at most.

    These lie together already: both statements that give executions sort them so.
    """
    for _, group in groupby(claimed, key=_pack_of):
        yield from batches(list(group), PACK)


def _claim(now: datetime | None) -> list[Claimed]:
    try:
        return _claim_as_far_as_there_is_room(now)
    except IntegrityError:
        with system():
            moved = schedule.give_used_slots_a_new_name(now=now)
        log.warning("%d jobs were due in slots that they had run in; they run now", moved)
        return _claim_as_far_as_there_is_room(now)


def _claim_as_far_as_there_is_room(now: datetime | None) -> list[Claimed]:
    with system():
        room = _room() if schedule.anything_due(now=now) else 0
        return schedule.claim(min(CLAIM, room), now=now) if room else []


def _room() -> int:
    """How many more may wait."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM (SELECT FROM job_executions WHERE status = %s LIMIT %s) waiting",
            [JobExecution.Status.QUEUED, DEEPEST_QUEUE],
        )
        return DEEPEST_QUEUE - int(cursor.fetchone()[0])
