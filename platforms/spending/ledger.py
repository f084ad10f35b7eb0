"""What credentials spent: units of daily quotas and millionths of a dollar, in PostgreSQL.

Each change is one statement that holds the limit in itself, so that workers need no lock. It is
committed at once, whatever becomes of the caller's work: the platform has counted the call. A
caller that is inside a transaction gets a RuntimeError, because its rollback would take the count
back. So clients are called outside transactions, and views that call a platform are marked
`transaction.non_atomic_requests`.
"""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Sum
from django.db.models.functions import Now

from platforms.models import Charge, Hold, Spending

MONEY = "money"  # the bucket that is counted in millionths of a dollar
CALLS = "calls of a day"  # of all windows together, where a person has set a cap
MILLION = 1_000_000
UNDER_WAY = timedelta(minutes=1)  # a call ends sooner (platforms.http), or it is lost

_SPEND = """
INSERT INTO platforms_spending AS had (fingerprint, bucket, day, spent)
SELECT %(fingerprint)s, %(bucket)s, %(day)s, %(cost)s WHERE %(cost)s <= %(limit)s
ON CONFLICT (fingerprint, bucket, day) DO UPDATE SET spent = had.spent + excluded.spent
WHERE had.spent + excluded.spent <= %(limit)s
RETURNING spent
"""
_RAISE = """
INSERT INTO platforms_spending AS had (fingerprint, bucket, day, spent)
VALUES (%(fingerprint)s, %(bucket)s, %(day)s, %(spent)s)
ON CONFLICT (fingerprint, bucket, day) DO UPDATE SET spent = excluded.spent
WHERE had.spent < excluded.spent
"""
# Taken by itself before _HOLD, which then sees what all others hold.
_ONE_BY_ONE = "SELECT pg_advisory_xact_lock(hashtextextended('hold ' || %(fingerprint)s, 0))"
_HOLD = """
INSERT INTO platforms_hold (id, fingerprint, day, most)
SELECT %(id)s, %(fingerprint)s, %(day)s, %(most)s
WHERE %(limit)s::bigint IS NULL OR %(limit)s >= %(most)s + (
    SELECT coalesce(sum(spent), 0) FROM platforms_spending
    WHERE fingerprint = %(fingerprint)s AND bucket = %(bucket)s AND day >= %(since)s
) + (
    SELECT coalesce(sum(most), 0) FROM platforms_hold
    WHERE fingerprint = %(fingerprint)s AND day >= %(since)s
)
"""
# Sorted, so that two workers with the same resources wait for each other and do not lock up.
_CHARGE = """
WITH settled AS (
    DELETE FROM platforms_hold WHERE id = ANY(%(held)s::uuid[])
), fresh AS (
    INSERT INTO platforms_charge (fingerprint, day, kind, external_id)
    SELECT DISTINCT %(fingerprint)s, %(day)s::date, %(kind)s, id
    FROM unnest(%(ids)s::text[]) AS id ORDER BY id
    ON CONFLICT DO NOTHING RETURNING external_id
), booked AS (
    INSERT INTO platforms_spending AS had (fingerprint, bucket, day, spent)
    SELECT %(fingerprint)s, %(bucket)s, %(day)s, count(*) * %(price)s FROM fresh
    HAVING count(*) > 0
    ON CONFLICT (fingerprint, bucket, day) DO UPDATE SET spent = had.spent + excluded.spent
)
SELECT FROM fresh
"""


def spend(fingerprint: str, bucket: str, *, day: date, cost: int, limit: int) -> bool:
    """Spend `cost` units of a day; False, and nothing spent, where it would exceed `limit`."""
    values = {"fingerprint": fingerprint, "bucket": bucket, "day": day}
    return bool(_run(_SPEND, values | {"cost": cost, "limit": limit}))


def spent_at_least(fingerprint: str, bucket: str, *, day: date, spent: int) -> None:
    """The platform says that so many units of the day are gone. It only ever raises ours."""
    values = {"fingerprint": fingerprint, "bucket": bucket, "day": day, "spent": spent}
    _run(_RAISE, values)


def hold(
    fingerprint: str, id_: UUID, *, day: date, most: Decimal, since: date, limit: Decimal | None
) -> bool:
    """Hold dollars for a call; False, and nothing held, where it would exceed `limit`.

    `limit`: of all that is billed and held from the day `since` on.
    """
    values = {"fingerprint": fingerprint, "id": id_, "day": day, "since": since, "bucket": MONEY}
    limited = None if limit is None else round(limit * MILLION)
    return bool(
        _run(_HOLD, values | {"most": round(most * MILLION), "limit": limited}, _ONE_BY_ONE)
    )


def charge(
    fingerprint: str,
    kind: str,
    ids: Iterable[str],
    *,
    day: date,
    price: Decimal,
    held: Collection[UUID] = (),
) -> Decimal:
    """Book resources at `price` dollars each, those that were booked on this UTC day excepted.

    They take the place of what was held. Returns the dollars that are booked.
    """
    wanted = {"ids": list(ids), "bucket": MONEY, "price": round(price * MILLION)}
    wanted["held"] = list(held)
    fresh = _run(_CHARGE, {"fingerprint": fingerprint, "kind": kind, "day": day} | wanted)
    return fresh * price


def dollars(fingerprint: str, *, since: date, lost_only: bool = False) -> Decimal:
    """What the platform billed from that UTC day on, and what is held for other answers.

    `lost_only`: of what is held, without the calls that are under way.
    """
    billed = Spending.objects.filter(fingerprint=fingerprint, bucket=MONEY, day__gte=since)
    holds = Hold.objects.filter(fingerprint=fingerprint, day__gte=since)
    if lost_only:
        holds = holds.filter(made_at__lt=Now() - UNDER_WAY)
    kept = holds.aggregate(sum=Sum("most"))["sum"] or 0
    return Decimal((billed.aggregate(sum=Sum("spent"))["sum"] or 0) + kept) / MILLION


def held(fingerprints: Collection[str], *, since: date) -> dict[str, Decimal]:
    """Fingerprint -> dollars that are held for answers which have not come, from that day on."""
    found = Hold.objects.filter(fingerprint__in=fingerprints, day__gte=since)
    sums = found.values_list("fingerprint").annotate(Sum("most"))
    return {fingerprint: Decimal(most) / MILLION for fingerprint, most in sums}


def spendings(fingerprints: Collection[str], *, since: date) -> list[Spending]:
    """All that these credentials spent from that day on."""
    return list(Spending.objects.filter(fingerprint__in=fingerprints, day__gte=since))


def forget_charges(*, before: date) -> int:
    """Delete which resources were billed on days that are over; the sums stay. Returns how many."""
    return Charge.objects.filter(day__lt=before).delete()[0]


def forget_holds(*, before: date) -> int:
    """Delete what was held in months that are over. Returns how many."""
    return Hold.objects.filter(day__lt=before).delete()[0]


def _run(statement: str, values: Mapping[str, Any], lock: str = "") -> int:
    """Run one statement in a transaction of its own. Returns how many rows it wrote or gave."""
    with transaction.atomic(durable=True), connection.cursor() as cursor:
        if lock:
            cursor.execute(lock, values)
        cursor.execute(statement, values)
        written: int = cursor.rowcount
    return written
