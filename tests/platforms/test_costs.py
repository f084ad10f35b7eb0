"""What a day of collecting is said to cost, beside what it costs on the simulated platforms."""

from datetime import UTC, datetime, timedelta
from math import floor

import pytest

from config.refresh import LADDER
from platforms import registry, terms
from platforms.contract import Facts, Target
from platforms.loads import Load, calls_for, calls_of
from tests.platforms.connections import Stage

START = datetime(2026, 9, 1, 18, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
SLUGS = ["twitch", "twitter", "youtube", "reddit"]
ACCOUNTS = 3
NEAR, ANY_DAY, FEW = 0.15, 0.5, 12  # posts come in heaps, on some days more than on others


def ladder(platform):
    if platform.content.DUE is not None:
        return ()
    rungs = LADDER.get(platform.slug, LADDER["default"])
    return tuple((until.total_seconds(), every.total_seconds()) for until, every in rungs)


class Reader:
    """Reads the accounts of a stage, as many at once as it is told, and knows what is due."""

    def __init__(self, stage, together):
        self.stage, self.together = stage, together
        found = [told for told in stage.resolve().values() if isinstance(told, Facts)]
        self.handles = {facts.account: facts.handle for facts in found[:ACCOUNTS]}
        self.items = {account: {} for account in self.handles}
        self.read_at = {account: {} for account in self.handles}
        self.last = {}

    def poll(self):
        accounts = list(self.handles)
        for start in range(0, len(accounts), self.together):
            some = accounts[start : start + self.together]
            for page in self.stage.collect([self.target(account) for account in some]):
                self.remember(page)
            self.last |= dict.fromkeys(some, self.stage.now)

    def target(self, account):
        items = self.items[account]
        return Target(
            account=account,
            handle=self.handles[account],
            newest_id=max(items, key=items.get, default=None),
            due_ids=tuple(item for item, at in items.items() if self.due(account, at)),
            read_at=dict(self.read_at[account]),
        )

    def due(self, account, at):
        age = (self.stage.now - at).total_seconds()
        before = (self.last[account] - at).total_seconds()
        step = next((every for until, every in ladder(self.stage.platform) if age < until), None)
        return step is not None and floor(age / step) > max(-1, floor(before / step))

    def remember(self, page):
        content = self.stage.platform.content
        for row in page.rows.get(content, ()):
            if row["account"] in self.items and "published_at" in row:
                asked = str(row.get(content.ASK_BY) or row["external_id"])
                self.items[row["account"]][asked] = row["published_at"]
        for account, item in page.vanished.get(content, ()):
            self.items[account].pop(item, None)
        for part, accounts in page.read.items():
            for account in accounts:
                self.read_at[account][part] = self.stage.now

    def rate(self, account):
        """Items a day of the last two weeks, or of as long as we know."""
        now = self.stage.now
        ages = [(now - at) / DAY for at in self.items[account].values() if at <= now]
        return sum(age < 14 for age in ages) / max(1, min(14, max(ages, default=1)))


def told_and_real(platform, together):
    """A day's bill as it is told in advance, and what the platform then counts."""
    with Stage(platform.slug, start=START, accounts=ACCOUNTS + 5).opened() as stage:
        reader = Reader(stage, together)
        reader.poll()
        for _ in range(12):  # to begin with: not all is read for the first time
            stage.world.advance(HOUR)
            reader.poll()
        loads = [
            Load(
                accounts=1, every=3600, together=together,
                items=reader.rate(account), ladder=ladder(platform),
            )
            for account in reader.handles
        ]  # fmt: skip
        bills = [platform.cost(load, stage.client.terms) for load in loads]
        stage.purse.taken.clear()
        stage.purse.charged.clear()
        for _ in range(24):
            stage.world.advance(HOUR)
            reader.poll()
        return bills, stage.purse


@pytest.mark.parametrize(
    ("slug", "together"),
    [("twitch", 1), ("twitter", 1), ("youtube", 1), ("youtube", ACCOUNTS), ("reddit", ACCOUNTS)],
)
def test_a_day_costs_about_what_is_told(slug, together):
    bills, purse = told_and_real(registry.get(slug), together)
    for bucket in bills[0].units:
        told = sum(bill.units[bucket] for bill in bills)
        assert told == pytest.approx(purse.taken[bucket], rel=NEAR, abs=FEW), bucket
    for kind in bills[0].resources:
        told = sum(bill.resources[kind] for bill in bills)
        assert told == pytest.approx(len(purse.charged[kind]), rel=ANY_DAY, abs=FEW), kind


@pytest.fixture
def load():
    def make(**changes):
        given = {"accounts": 10, "every": 3600, "together": 1, "items": 2.0} | changes
        return Load(**given)

    return make


def test_figures_are_read_again_by_the_ladder_and_never_oftener_than_an_account(load):
    rungs = ((DAY.total_seconds(), 3600.0), (7 * DAY.total_seconds(), 6 * 3600.0))
    assert load(ladder=rungs).readings() == 23 + 24
    assert load(ladder=rungs, every=12 * 3600).readings() == 1 + 12
    assert load(ladder=rungs).readings(after=DAY.total_seconds()) == 24
    assert load(ladder=rungs).days_read() == 1 + 6
    assert load().readings() == 0


def test_a_part_with_a_pace_of_its_own_is_read_with_every_so_many_th_run(load):
    assert load().nth(360) == 6
    assert load().nth(15) == 1
    assert load(every=900).nth(60, early=0.9) == 4


def test_things_share_calls_up_to_a_batch():
    assert calls_for(0, 50) == 0
    assert calls_for(0.1, 50) == pytest.approx(0.095, abs=0.001)
    assert calls_for(25, 50) == pytest.approx(1)
    assert calls_for(500, 50) == pytest.approx(10.5)
    assert [calls_of(count, 50) for count in (1, 50, 51)] == [1, 1, 2]


@pytest.mark.parametrize("slug", SLUGS)
def test_rarer_runs_cost_less_and_money_is_charged_all_the_same(slug, load):
    platform = registry.get(slug)
    often, seldom = (
        platform.cost(load(every=every, ladder=ladder(platform)), terms.load(slug))
        for every in (3600, 7200)
    )
    assert sum(seldom.units.values()) < 0.75 * sum(often.units.values())
    assert seldom.resources == pytest.approx(often.resources, rel=0.1)
