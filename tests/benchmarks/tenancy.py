"""What the second fence costs: by row level security, and by a filter alone.

The peer is the same statement in a plain transaction of the tables' owner, whose policy lets all
pass: once the smallest read, and once 100,000 new rows, of each of which the fence asks whether
the row it hangs on is the tenant's.
"""

from django.contrib.auth import get_user_model
from django.db import connections, transaction

from accounts.tenancy import system, tenant
from platforms.models import Entity
from tests.benchmarks.report import Report, alternate

TENANTS, ROWS_EACH, NEW_ROWS = 200, 100, 100_000
INSERT = """
INSERT INTO platforms_entityname (owner_id, entity_id, handle, title, since)
SELECT owner_id, id, handle, '', timestamptz '2026-01-01' + number * interval '1 minute'
FROM platforms_entity, generate_series(1, %s) AS number WHERE owner_id = %s
"""


def run(scale: float) -> Report:
    """Target: the fence costs at most half of the smallest transaction, 15 % of a bulk insert."""
    people = _fill(tenants=max(2, int(TENANTS * scale)))
    someone = people[len(people) // 2]
    reads, writes = _reads(someone), _writes(someone, rows=int(NEW_ROWS * scale))
    figures = {f"{name}_ms": 1000 * value for name, value in (reads | writes).items()}
    ratios = {
        "fenced_to_filtered": reads["fenced"] / reads["filtered"],
        "fenced_to_plain_insert": writes["fenced_insert"] / writes["plain_insert"],
    }
    met = ratios["fenced_to_filtered"] <= 1.5 and ratios["fenced_to_plain_insert"] <= 1.15
    return Report("tenancy", figures, ratios, met=met)


def _reads(someone: int, calls: int = 300) -> dict[str, float]:
    """Seconds of one small transaction."""

    def fenced() -> None:
        for _ in range(calls):
            with tenant(someone):
                list(Entity.objects.filter(owner_id=someone).values_list("id", "handle"))

    def filtered() -> None:
        for _ in range(calls):
            with transaction.atomic("owner"):
                rows = Entity.objects.using("owner").filter(owner_id=someone)
                list(rows.values_list("id", "handle"))

    seconds = alternate(9, fenced=fenced, filtered=filtered)
    return {name: value / calls for name, value in seconds.items()}


def _writes(someone: int, *, rows: int) -> dict[str, float]:
    """Seconds of one large insert, its commit and the emptying of the table."""

    def insert(alias: str) -> None:
        with connections[alias].cursor() as cursor:
            cursor.execute(INSERT, [rows // ROWS_EACH, someone])

    def fenced_insert() -> None:
        with tenant(someone):
            insert("default")
        _empty()

    def plain_insert() -> None:
        with transaction.atomic("owner"):
            insert("owner")
        _empty()

    return alternate(9, fenced_insert=fenced_insert, plain_insert=plain_insert)


def _empty() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("TRUNCATE platforms_entityname")


def _fill(*, tenants: int) -> list[int]:
    people = get_user_model().objects.bulk_create(
        get_user_model()(email=f"bench{number}@example.org") for number in range(tenants)
    )
    with system():
        Entity.objects.bulk_create(
            Entity(owner=person, platform="reddit", external_id=f"t5_{n}", handle=f"sub{n}")
            for person in people
            for n in range(ROWS_EACH)
        )
    return [person.pk for person in people]
