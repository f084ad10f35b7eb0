"""Money at X: what it bills never passes a person's budget, and all of it is in the ledger."""

import json
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
import redis
from django.conf import settings
from django.db import connection

from platforms import registry, terms
from platforms.errors import Malformed, PlatformError, QuotaSpent, RateLimited, Unavailable
from platforms.limits import Limits
from platforms.local_http import detoured_session, local_session
from platforms.models import Charge, Hold
from platforms.simulation.faults import Faults
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from platforms.spending import ledger
from platforms.spending.budget import CredentialBudget
from platforms.twitter.endpoints import endpoint_of
from platforms.twitter.simulator import FIRST_ID, XSimulator
from tests.platforms.connections import client

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TERMS = terms.load("twitter")
PAGE = TERMS.prices["post"] * TERMS.batch["timeline"]
FIRST_OF_MONTH = NOW.date().replace(day=1)


class Bills(XSimulator):
    """An X that counts what it bills, also for answers that break off on their way."""

    def __init__(self, world):
        super().__init__(world)
        self.billed = []

    def answer(self, call):
        answer = super().answer(call)
        kind = endpoint_of(call.path)[0].bills
        if answer.status == 200 and kind != "trends":
            told = json.loads(answer.body).get("data", ())
            self.billed += [(kind, item["id"]) for item in told]
        return answer

    @property
    def dollars(self):
        return sum(TERMS.prices[kind] for kind, _ in set(self.billed))


class Shop:
    """An X, and clients that hold one credential of it, each with a budget of its own."""

    def __init__(self, valkey):
        self.valkey, self.fingerprint, self.faults = valkey, uuid4().hex, Faults(slow=0.05)
        self.world = World(start=NOW, accounts=12, seed=7)
        self.board = switchboard(self.world, {"twitter": Bills}, self.faults)
        self.x, self.day = self.board.simulators["twitter"], NOW

    def budget(self, dollars):
        return CredentialBudget(
            fingerprint=self.fingerprint, terms=TERMS, limits=Limits(self.valkey),
            monthly_dollars=None if dollars is None else Decimal(dollars), now=lambda: self.day,
        )  # fmt: skip

    def client(self, dollars=None, *, session=None):
        session = session or local_session(self.board.answer, self.board.hosts)
        return client(registry.get("twitter"), session, purse=self.budget(dollars))

    @property
    def ledger(self):
        return ledger.dollars(self.fingerprint, since=FIRST_OF_MONTH)

    def account(self, index):
        return str(FIRST_ID + index)


@pytest.fixture
def shop(valkey):
    return Shop(valkey)


@pytest.fixture
def valkey():
    with redis.Redis.from_url(settings.REDIS_URL) as store:
        yield store


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
@pytest.mark.parametrize("dollars", ["0.30", "0.50", "2.20"])
def test_six_workers_at_once_are_never_billed_more_than_the_budget(shop, dollars):
    shop.faults.order("twitter", "slow", times=500)

    def work(number):
        try:
            x = shop.client(dollars)
            for index in range(12):
                with suppress(PlatformError):
                    x.timeline(shop.account((index + number) % 12), since_id="1")
                with suppress(PlatformError):
                    x.users([shop.account(index)])
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as workers:
        list(workers.map(work, range(6)))
    assert Decimal(dollars) - PAGE < shop.x.dollars <= Decimal(dollars)
    assert shop.ledger == shop.x.dollars
    assert not Hold.objects.exists()


def test_calls_under_way_make_others_wait_and_do_not_end_the_month(shop, db):
    seen = []

    def answer(call):
        with pytest.raises(RateLimited) as wait:
            shop.client("0.60").timeline(shop.account(1), since_id=None)
        seen.append(wait.value)
        return shop.board.answer(call)

    session = local_session(answer, shop.board.hosts)
    shop.client("0.60", session=session).timeline(shop.account(0), since_id=None)
    assert str(seen[0]) == "Calls under way hold the rest of the budget."
    assert 0 < seen[0].retry_after <= 60


def test_a_broken_answer_stands_in_the_ledger_at_the_most_it_may_have_billed(shop, db):
    shop.faults.order("twitter", "cut", times=3)
    with pytest.raises(Unavailable):
        shop.client("2.00").timeline(shop.account(0), since_id=None)
    assert 0 < shop.x.dollars <= shop.ledger == 3 * PAGE
    assert ledger.held([shop.fingerprint], since=FIRST_OF_MONTH) == {shop.fingerprint: 3 * PAGE}
    Hold.objects.update(made_at=datetime.now(UTC) - timedelta(hours=1))
    shop.client("2.00").timeline(shop.account(0), since_id=None)
    with pytest.raises(QuotaSpent, match=r"The budget of \$2.00 for November is spent"):
        shop.client("2.00").timeline(shop.account(1), since_id=None)
    assert shop.x.dollars <= shop.ledger <= 2


def test_a_try_that_comes_whole_settles_the_broken_ones_before_it(shop, db):
    shop.faults.order("twitter", "cut", times=2)
    newest = shop.client().timeline(shop.account(0), since_id=None)[0]
    shop.faults.order("twitter", "cut", times=2)
    posts, _ = shop.client().timeline(shop.account(0), since_id=newest[20].id)
    assert len(posts) == 20
    assert shop.ledger == shop.x.dollars + 2 * PAGE, "a full page may have pushed posts off"
    shop.faults.order("twitter", "cut", times=2)
    shop.client().users([shop.account(0), shop.account(1)])
    assert shop.ledger == shop.x.dollars + 2 * PAGE


def test_a_broken_list_of_trends_is_charged_by_itself(shop, db):
    shop.faults.order("twitter", "cut")
    shop.client().trends("1")
    assert shop.ledger == 2 * TERMS.prices["trends"]


def test_a_try_of_yesterday_is_not_settled_by_one_of_today(shop, db):
    def answer(call):
        shop.day = NOW + timedelta(days=len(asked))
        asked.append(call)
        return shop.board.answer(call)

    asked = []
    shop.faults.order("twitter", "cut")
    session = local_session(answer, shop.board.hosts)
    # The second try is paid for on the same day as the first, the third a day later.
    shop.faults.order("twitter", "cut")
    shop.client(session=session).users([shop.account(0)])
    assert len(asked) == 3
    assert shop.ledger == 3 * TERMS.prices["user"]
    assert Hold.objects.count() == 2


@pytest.mark.parametrize("kind", ["garbage", "html"])
def test_an_answer_that_cannot_be_read_stands_in_the_ledger(shop, db, kind):
    shop.faults.order("twitter", kind)
    with pytest.raises((Malformed, Unavailable)):
        shop.client().users([shop.account(0)])
    assert shop.ledger == shop.x.dollars == TERMS.prices["user"]


@pytest.mark.parametrize("kind", ["429", "500", "503"])
def test_a_refused_call_costs_nothing(shop, db, kind):
    shop.faults.order("twitter", kind, times=3)
    with pytest.raises(PlatformError):
        shop.client().timeline(shop.account(0), since_id=None)
    assert not Hold.objects.exists()
    assert shop.ledger == 0


def test_a_call_that_never_reached_x_costs_nothing(shop, db):
    with detoured_session("http://127.0.0.1:1") as session, pytest.raises(Unavailable):
        shop.client(session=session).timeline(shop.account(0), since_id=None)
    assert not Hold.objects.exists()


def test_a_call_without_a_place_in_the_window_holds_nothing(shop, db):
    shop.budget(None).block("timeline", seconds=60)
    with pytest.raises(RateLimited):
        shop.client("5").timeline(shop.account(0), since_id=None)
    assert not Hold.objects.exists()


def test_what_a_killed_worker_asked_for_stands_in_the_ledger(shop, db):
    def answer(call):
        shop.board.answer(call)
        raise SystemExit

    x = shop.client(session=local_session(answer, shop.board.hosts))
    with pytest.raises(SystemExit):
        x.timeline(shop.account(0), since_id=None)
    assert 0 < shop.x.dollars <= shop.ledger == PAGE


def test_the_same_work_done_twice_is_charged_once(shop, db):
    for _ in range(2):
        shop.client("1").users([shop.account(0)])
        shop.client("1").timeline(shop.account(0), since_id="1")
    assert shop.ledger == shop.x.dollars
    assert not Hold.objects.exists()
    held = [shop.budget(None).take("users", priced=endpoint_of("/2/users")[0].priced({"ids": "7"}))]
    for _ in range(2):
        shop.budget(None).charge("user", ["7"], held=held)
    assert shop.ledger == shop.x.dollars + TERMS.prices["user"]


def test_what_is_left_of_a_budget_still_does_for_a_few_new_posts(shop, db):
    first, _ = shop.client().timeline(shop.account(0), since_id=None)
    left = str(shop.ledger + Decimal("0.03"))
    posts, _ = shop.client(left).timeline(shop.account(0), since_id=first[3].id)
    assert len(posts) == 3
    with pytest.raises(QuotaSpent):
        shop.client(left).timeline(shop.account(0), since_id=None)


def test_budgets_of_one_credential_hold_for_all_that_it_spends(shop, db):
    shop.client("9").users([shop.account(0)])
    with pytest.raises(QuotaSpent):
        shop.client("0.01").users([shop.account(1)])
    shop.client("0.02").users([shop.account(1)])
    shop.client().users([shop.account(2)])
    assert shop.ledger == shop.x.dollars == 3 * TERMS.prices["user"]
    assert Charge.objects.count() == 3


def test_what_is_held_is_forgotten_when_its_month_is_long_over(shop, db):
    shop.budget(None).take("users", priced=endpoint_of("/2/users")[0].priced({"ids": "7"}))
    assert ledger.forget_holds(before=NOW.date()) == 0
    assert ledger.forget_holds(before=NOW.date() + timedelta(days=1)) == 1
