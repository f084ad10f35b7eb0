"""Old months, runs and charges go; what is young or open stays."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from accounts.tenancy import system, tenant
from collectors.models import JobExecution
from collectors.policies import cleaning
from platforms.models import Charge, Spending
from platforms.partitions import partitions
from platforms.reddit.models import PostSnapshot
from platforms.spending import ledger
from tests.collectors.policies.rounds import DAY, NOW

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@pytest.fixture
def runs(watch):
    """Runs of a person that were queued at these moments."""

    def make(person, *moments, status="success"):
        (job,) = watch(person)
        with tenant(person.pk):
            return [
                JobExecution.objects.create(
                    owner=person, job=job, run_token=1, due_at=moment, queued_at=moment,
                    status=status,
                ).pk
                for moment in moments
            ]  # fmt: skip

    return make


def left():
    with system():
        return list(JobExecution.objects.order_by("pk").values_list("pk", flat=True))


def test_runs_are_kept_for_ninety_days(alice, bob, runs, monkeypatch):
    monkeypatch.setattr(cleaning, "BATCH", 2)
    old = [NOW - (91 + number) * DAY for number in range(5)]
    runs(alice, *old)
    runs(bob, *old)
    open_one = runs(bob, NOW - 200 * DAY, status="running")
    young = runs(alice, NOW - 89 * DAY)
    cleaning.clean(now=NOW)
    assert left() == [*open_one, *young]
    cleaning.clean(now=NOW)
    assert left() == [*open_one, *young]


def test_charges_are_forgotten_and_what_was_spent_is_not(db):
    for days in (1, 3):
        day = date(2026, 11, 25 - days)
        ledger.charge("print", "post", ["1", "2"], day=day, price=Decimal("0.005"))
    cleaning.clean(now=NOW)
    assert set(Charge.objects.values_list("day", flat=True)) == {date(2026, 11, 24)}
    assert Spending.objects.count() == 2


def test_months_of_figures_are_dropped_where_an_installation_wants_it(
    alice, hold, publish, terms_of
):
    old, young = datetime(2026, 1, 3, tzinfo=UTC), datetime(2026, 10, 3, tzinfo=UTC)
    publish(hold(alice, "reddit"), figures=[old, young])
    assert cleaning.drop_months(now=NOW) == []
    terms_of("reddit", "history_days = 100")
    assert "reddit_post_snapshots_2026_01" in cleaning.drop_months(now=NOW)
    months = partitions(PostSnapshot)
    assert "reddit_post_snapshots_2026_01" not in months
    assert "reddit_post_snapshots_2026_10" in months
