"""Rings for what is due: claims in the database, then one message per pack of executions.

A pack is what one credential can read together (Twitch 100 channels a call, YouTube 50 videos), so
one message holds up to `PACK` ids. Committed first, sent after: a crash in between costs a pack the
time until the sweeper rings again, never a run.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter

from django.db import connection

from accounts.tenancy import system
from collectors import schedule, sweeper
from collectors.models import JobExecution
from collectors.schedule import Claimed

CLAIM = 1000
PACK = 100
# So many executions may wait for workers. Lateness then shows in the database, where it can be
# seen, and the order stays fair until a worker is free.
DEEPEST_QUEUE = 2000

Ring = Callable[[Sequence[Claimed]], None]

_pack_of = attrgetter("owner_id", "platform", "profile_id")


def drain(ring: Ring, *, now: datetime | None = None) -> int:
    """Claim and ring until nothing is due or the queue is deep enough; the number of runs."""
    total = 0
    while room := _room(now):
        with system():
            claimed = schedule.claim(min(CLAIM, room), now=now)
        for pack in packs(claimed):
            ring(pack)
        total += len(claimed)
        if not claimed:
            break
    return total


def sweep(ring: Ring) -> None:
    """Bury dead runs and ring again for what nobody heard."""
    with system():
        sweeper.bury()
        unheard = sweeper.unheard(DEEPEST_QUEUE)
    for pack in packs(unheard):
        ring(pack)


def packs(claimed: Iterable[Claimed]) -> Iterator[list[Claimed]]:
    """Split into what travels together: one owner, platform and credential, `PACK` at most."""
    for _, group in groupby(sorted(claimed, key=_order), key=_pack_of):
        together = list(group)
        for begin in range(0, len(together), PACK):
            yield together[begin : begin + PACK]


def _order(claimed: Claimed) -> tuple[int, str, int, int]:
    return (claimed.owner_id, claimed.platform, claimed.profile_id or 0, claimed.execution_id)


def _room(now: datetime | None) -> int:
    """How many more may wait; 0 also when nothing is due."""
    with system():
        if not schedule.anything_due(now=now):
            return 0
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM (SELECT FROM job_executions WHERE status = %s"
                " AND lease_until IS NOT NULL LIMIT %s) waiting",
                [JobExecution.Status.QUEUED, DEEPEST_QUEUE],
            )
            return DEEPEST_QUEUE - int(cursor.fetchone()[0])
