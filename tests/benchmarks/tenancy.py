"""What the second fence costs: one tenant's rows by row level security, and by a filter alone.

The peer is the same query in a plain transaction of the tables' owner, whose policy lets all pass.
"""

from django.contrib.auth import get_user_model
from django.db import transaction

from accounts.tenancy import system, tenant
from platforms.models import Entity
from tests.benchmarks.report import Report, alternate

TENANTS, ROWS_EACH = 200, 100


def run(scale: float) -> Report:
    """Target: announcing the tenant costs at most half of the smallest transaction."""
    people = _fill(tenants=max(2, int(TENANTS * scale)))
    calls, someone = 300, people[len(people) // 2]

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
    figures = {f"{name}_ms": 1000 * value / calls for name, value in seconds.items()}
    ratio = seconds["fenced"] / seconds["filtered"]
    return Report("tenancy", figures, {"fenced_to_filtered": ratio}, met=ratio <= 1.5)


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
