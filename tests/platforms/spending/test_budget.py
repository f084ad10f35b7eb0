"""What a credential may still spend: nobody exceeds it, and nothing that was spent is forgotten."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection, transaction
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as hypothesis_settings

from platforms.errors import QuotaSpent, RateLimited
from platforms.limits import Limits, Window
from platforms.models import Charge, Spending
from platforms.spending import ledger
from platforms.spending.budget import CredentialBudget
from platforms.terms import Quota, Terms, end_of_day

both_connections = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
PACIFIC = "America/Los_Angeles"
NOON = datetime(2026, 11, 24, 20, tzinfo=UTC)  # in Los Angeles


def terms(**prices):
    return Terms(
        as_of=date(2026, 11, 22),
        source="a test",
        buckets={
            "calls": Window(limit=3, seconds=60),
            "units": Quota(per_day=100, zone=PACIFIC),
            "many": Quota(per_day=10_000, zone=PACIFIC),
        },
        costs={},
        prices={kind: Decimal(price) for kind, price in prices.items()},
        batch={},
        every={},
    )


@pytest.fixture
def valkey():
    with redis.Redis.from_url(settings.REDIS_URL) as client:
        yield client


@pytest.fixture
def budget(db, valkey):
    """Makes budgets of one fresh credential."""
    fingerprint = uuid4().hex

    def make(*, at=NOON, **changes):
        given = {"fingerprint": fingerprint, "terms": terms(), "limits": Limits(valkey)} | changes
        return CredentialBudget(now=lambda: at, **given)

    return make


def taken(budget, bucket, tries, cost=1):
    count = 0
    for _ in range(tries):
        with suppress(QuotaSpent, RateLimited):
            budget.take(bucket, cost=cost)
            count += 1
    return count


def test_a_day_holds_its_quota_less_what_is_kept_for_people(budget):
    assert taken(budget(), "units", 110) == 95
    assert taken(budget(reserve=True), "units", 20) == 5


def test_ten_thousand_and_one_planned_units_send_nine_thousand_five_hundred(budget):
    assert taken(budget(), "many", 100, cost=99) == 95
    assert taken(budget(), "many", 10_001 - 95 * 99) == 9_500 - 95 * 99


def test_a_call_dearer_than_the_whole_quota_is_refused_also_as_the_first(budget):
    with pytest.raises(QuotaSpent):
        budget().take("units", cost=96)
    assert taken(budget(), "units", 1, cost=95) == 1


def test_a_persons_cap_holds_for_each_daily_quota_less_what_is_kept_for_them(budget):
    capped = budget(daily_units=40)
    assert taken(capped, "units", 60) == 38
    assert taken(capped, "many", 60) == 38
    assert taken(budget(daily_units=40, reserve=True), "units", 60) == 2
    assert taken(budget(daily_units=10_000), "units", 200) == 95 - 40, "the platform's own holds"
    assert taken(budget(daily_units=0, reserve=True), "units", 1) == 0


def test_where_there_are_only_windows_a_persons_cap_holds_for_all_calls_of_a_day(budget):
    windows = replace(terms(), buckets={name: Window(50, 60) for name in ("one", "other")})
    capped = budget(terms=windows, daily_units=20)
    assert taken(capped, "one", 12) == 12
    assert taken(capped, "other", 12) == 7
    assert taken(budget(terms=windows), "other", 12) == 12, "another profile, without a cap"
    tomorrow = budget(terms=windows, daily_units=20, at=NOON + timedelta(days=1))
    assert taken(tomorrow, "one", 1) == 1
    with pytest.raises(QuotaSpent) as spent:
        capped.take("one")
    assert spent.value.until == datetime(2026, 11, 25, tzinfo=UTC)


def test_the_day_begins_at_midnight_in_the_platforms_zone(budget):
    before = datetime(2026, 11, 25, 7, 59, tzinfo=UTC)  # 23:59 of the 24th in Los Angeles
    assert taken(budget(at=NOON), "units", 96) == 95
    assert taken(budget(at=before), "units", 1) == 0
    assert taken(budget(at=before + timedelta(minutes=2)), "units", 1) == 1


@pytest.mark.parametrize(
    ("moment", "midnight", "hours"),
    [
        (datetime(2026, 3, 8, 8, tzinfo=UTC), datetime(2026, 3, 9, 7, tzinfo=UTC), 23),
        (datetime(2026, 11, 1, 7, tzinfo=UTC), datetime(2026, 11, 2, 8, tzinfo=UTC), 25),
        (datetime(2026, 11, 24, 8, tzinfo=UTC), datetime(2026, 11, 25, 8, tzinfo=UTC), 24),
    ],
)
def test_days_on_which_clocks_change_have_23_or_25_hours(budget, moment, midnight, hours):
    assert taken(budget(at=moment), "units", 96) == 95
    with pytest.raises(QuotaSpent) as spent:
        budget(at=midnight - timedelta(seconds=1)).take("units")
    assert spent.value.until == end_of_day(moment, PACIFIC) == midnight
    assert midnight - moment == timedelta(hours=hours)
    assert taken(budget(at=midnight), "units", 1) == 1


def test_the_ledger_survives_the_loss_of_valkey(budget, valkey):
    assert taken(budget(), "units", 95) == 95
    valkey.flushall()
    assert taken(budget(), "units", 1) == 0


def test_the_platform_may_only_raise_what_is_spent(budget):
    budget().take("units", cost=50)
    budget().lower("units", remaining=90)
    assert taken(budget(), "units", 95) == 45
    budget().lower("many", remaining=0)
    assert taken(budget(reserve=True), "many", 1) == 0


def test_a_429_stops_a_daily_bucket_too_and_spends_none_of_it(budget):
    budget().block("units", seconds=40)
    with pytest.raises(RateLimited) as wait:
        budget().take("units")
    assert 39 < wait.value.retry_after <= 40
    assert not Spending.objects.exists()


def test_calls_in_a_window_are_counted_for_all_who_hold_the_credential(budget):
    assert taken(budget(), "calls", 2) == 2
    assert taken(budget(), "calls", 2) == 1
    assert taken(budget(fingerprint=uuid4().hex), "calls", 4) == 3


def test_without_valkey_nothing_is_called(budget):
    with redis.Redis(unix_socket_path="/nowhere", retry=None) as away:
        blind = budget(limits=Limits(away))
        for bucket in ("calls", "units"):
            with pytest.raises(RateLimited, match="cannot be read just now") as wait:
                blind.take(bucket)
            assert wait.value.retry_after > 0


def billed(budget, moment=NOON):
    return ledger.dollars(budget.fingerprint, since=moment.date().replace(day=1))


def test_a_resource_is_billed_once_a_utc_day(budget):
    priced = terms(post="0.005", user="0.010")
    today = budget(terms=priced)
    today.charge("post", ["1", "2", "2"])
    today.charge("post", ["2", "3"])
    today.charge("user", ["1"])
    today.charge("list", ["1"])
    assert billed(today) == Decimal("0.025")
    budget(terms=priced, at=NOON + timedelta(days=1)).charge("post", ["1"])
    assert billed(today) == Decimal("0.030")


def test_an_answer_without_resources_is_free(budget):
    budget(terms=terms(post="0.005")).charge("post", [])
    assert not Spending.objects.exists()


def test_the_monthly_budget_ends_the_calls_until_the_next_month(budget):
    priced = {"terms": terms(post="0.005"), "monthly_dollars": Decimal("0.01")}
    first = budget(**priced)
    first.charge("post", ["1"])
    first.take("calls")
    first.charge("post", ["2"])
    with pytest.raises(QuotaSpent) as spent:
        first.take("calls")
    assert str(spent.value) == "The budget of $0.01 for November is spent."
    assert spent.value.until == datetime(2026, 12, 1, tzinfo=UTC)
    budget(**priced, at=datetime(2026, 12, 1, tzinfo=UTC)).take("calls")


def test_a_budget_of_nothing_calls_nothing_and_no_budget_calls_on(budget):
    priced = terms(post="0.005")
    assert taken(budget(terms=priced, monthly_dollars=Decimal(0)), "calls", 1) == 0
    assert taken(budget(terms=priced), "calls", 1) == 1
    assert taken(budget(monthly_dollars=Decimal(0)), "calls", 1) == 1, "this platform is free"


def test_which_resources_were_billed_is_forgotten_and_the_sum_is_not(budget):
    today = budget(terms=terms(post="0.005"))
    today.charge("post", ["1", "2"])
    assert ledger.forget_charges(before=NOON.date()) == 0
    assert ledger.forget_charges(before=NOON.date() + timedelta(days=1)) == 2
    assert billed(today) == Decimal("0.010")


@both_connections
def test_a_call_inside_a_transaction_is_refused_because_its_rollback_would_forget_it(valkey):
    inside = CredentialBudget(fingerprint=uuid4().hex, terms=terms(), limits=Limits(valkey))
    with pytest.raises(RuntimeError, match="durable"), transaction.atomic():
        inside.take("units")
    assert not Spending.objects.exists()


def in_a_thread(work):
    def run(argument):
        try:
            return work(argument)
        finally:
            connection.close()

    return run


@both_connections
def test_six_workers_exceed_neither_a_quota_nor_bill_twice(valkey):
    shared = CredentialBudget(
        fingerprint=uuid4().hex, terms=terms(post="0.005"), limits=Limits(valkey), now=lambda: NOON
    )

    def work(number):
        for page in range(5):
            ids = map(str, range(page * 10, page * 10 + 20))
            shared.charge("post", sorted(ids, reverse=number % 2))
        return taken(shared, "units", 30)

    with ThreadPoolExecutor(6) as workers:
        assert sum(workers.map(in_a_thread(work), range(6))) == 95
    assert billed(shared) == Decimal("0.005") * 60
    assert Charge.objects.count() == 60


steps = strategies.one_of(
    strategies.tuples(strategies.just("take"), strategies.integers(1, 60), strategies.booleans()),
    strategies.tuples(strategies.just("told"), strategies.integers(0, 130), strategies.none()),
    strategies.tuples(strategies.just("sleep"), strategies.integers(1, 30), strategies.none()),
    strategies.tuples(strategies.just("flush"), strategies.none(), strategies.none()),
)


@hypothesis_settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(strategies.lists(steps, max_size=25))
def test_no_sequence_exceeds_the_quota_of_a_day(budget, valkey, sequence):
    fingerprint, moment = uuid4().hex, datetime(2026, 10, 31, 12, tzinfo=UTC)
    spent, explicit = {}, {}
    for what, number, reserve in sequence:
        one = budget(fingerprint=fingerprint, at=moment, reserve=bool(reserve))
        day = end_of_day(moment, PACIFIC)
        if what == "take":
            with suppress(QuotaSpent):
                one.take("units", cost=number)
                spent[day] = spent.get(day, 0) + number
                explicit[day] = explicit.get(day, False) or reserve
        elif what == "told":
            one.lower("units", remaining=number)
        elif what == "sleep":
            moment += timedelta(hours=number)
        else:
            valkey.flushdb()
    for day, units in spent.items():
        assert units <= (100 if explicit[day] else 95)
