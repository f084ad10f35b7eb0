"""Collections on the real workers while everything they stand on is killed, emptied and stopped.

The simulated platforms answer over HTTP, and beside the product's workers others collect whose
clocks are two hours off. People's jobs are made due wave by wave, each wave is struck by one storm
(storms.py), and each round ends when every job has its success. The simulated clock stands still
within a round, so a calm run of the same rounds knows what must be stored in the end.

TIDEWATCH_CHAOS=long: 1,008 collections; a number repeats the short form with other dice.
"""

import os
import time
from collections import defaultdict
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from collectors.sweeper import MOST_ATTEMPTS
from platforms import registry, terms
from platforms.limits import Window
from platforms.simulation.switchboard import Switchboard, switchboard
from platforms.simulation.world import World
from tests.chaos.books import Books, Watchman
from tests.chaos.storms import forecast, seeded, wait_for
from tests.chaos.wrong_clock import WrongClock
from tests.platforms.connections import serving
from tests.stack import Stack, running_stack

START, FIRST_ROUND = datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
SPARE_SECONDS = 30
ROUND_SECONDS = 150
ASKED = os.environ.get("TIDEWATCH_CHAOS", "")


@dataclass(frozen=True, kw_only=True)
class Size:
    """Each person watches `accounts` on each platform, and all are collected once a round."""

    rounds: int
    owners: int
    accounts: int
    worker_kills: int
    valkey_kills: int
    postgres_crashes: int
    freezes: int
    lease: int  # seconds; the product's own is 120
    wrong_clocks: tuple[int, ...]  # by how many hours each is ahead

    @property
    def collections(self):
        return self.rounds * self.owners * self.accounts * len(registry.every())


LONG = Size(
    rounds=21, owners=4, accounts=3, lease=10, wrong_clocks=(2, -2),
    worker_kills=50, valkey_kills=10, postgres_crashes=10, freezes=3,
)  # fmt: skip
SHORT = Size(
    rounds=2, owners=4, accounts=2, lease=5, wrong_clocks=(2,),
    worker_kills=4, valkey_kills=1, postgres_crashes=1, freezes=1,
)  # fmt: skip
SIZE = LONG if ASKED == "long" else SHORT
SEED = int(ASKED) if ASKED.isdecimal() else time.time_ns() % 10**6 if ASKED else 1
# A run whose worker died is lost, one that met no Valkey is put off; each is followed by another.
EXPECTED = {"success", "lost lost", "rate_limited rate_limited", "partial rate_limited"}
# No more storms strike a job in one round than it has attempts.
assert SIZE.owners < MOST_ATTEMPTS


@dataclass
class FarAway:
    """Simulated platforms at a distance: each call is `seconds` under way."""

    board: Switchboard
    seconds: float = 0.1

    def answer(self, call):
        """The platform's answer, after a while."""
        time.sleep(self.seconds)
        return self.board.answer(call)

    @contextmanager
    def farther_away(self):
        """Four times the distance."""
        near, self.seconds = self.seconds, self.seconds * 4
        try:
            yield
        finally:
            self.seconds = near


@dataclass
class Scene:
    """What a storm strikes."""

    product: Stack
    books: Books
    world: World
    board: FarAway
    others: list[WrongClock]
    slots: dict[int, datetime] = field(default_factory=dict)  # person -> slot of this round
    begun: dict[int, list[datetime]] = field(default_factory=lambda: defaultdict(list))  # all slots

    def begin(self, people):
        """Make their jobs due, and wait until they are being read."""
        slot = self.books.make_due(people)
        self.slots |= dict.fromkeys(people, slot)
        for person in people:
            self.begun[person].append(slot)
        wait_for(lambda: self.books.running(people))

    def slots_of(self, people):
        return {person: self.slots[person] for person in people}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A product of its own, whose simulated platforms and wrong clocks are this test's."""
    world = World(start=START, accounts=20, now=FIRST_ROUND)
    board = FarAway(switchboard(world, registry.simulators()))
    board.board.simulators["reddit"]._window.limit *= 60  # as in the terms below
    env = {
        "DJANGO_SETTINGS_MODULE": "tests.chaos.settings",
        "LEASE_SECONDS": str(SIZE.lease),
        "TERMS_DIR": str(each_part_every_time(tmp_path_factory.mktemp("terms"))),
    }
    with ExitStack() as running:
        server = running.enter_context(serving(board))
        product = running.enter_context(running_stack(SIMULATOR_URL=server.address, **env))
        others = [running.enter_context(WrongClock(product, hours=n)) for n in SIZE.wrong_clocks]
        yield Scene(product, Books(product), world, board, others)


def each_part_every_time(folder):
    """Terms by which no part of an account has a pace of its own, as the ladder in settings.py.

    An hour's round lasts seconds here, so a limit by the minute is that of an hour.
    """
    for platform in registry.every():
        known = terms.load(platform.slug)
        lines = ["[every]", *[f"{part} = 0" for part in known.every]]
        for name, allowed in known.buckets.items():
            if isinstance(allowed, Window) and allowed.seconds < HOUR.total_seconds():
                lines += [f"[buckets.{name}]", f"limit = {60 * allowed.limit}"]
        (folder / f"{platform.slug}.toml").write_text("\n".join(lines))
    return folder


@pytest.mark.timeout(3600)
def test_no_collection_is_lost_or_doubled_whatever_is_killed(scene, note):
    began = datetime.now(UTC)
    calm, *struck = people(scene, owners=1 + SIZE.owners)
    for _ in rounds(scene):
        scene.begin([calm])
        all_have_succeeded(scene)
    storms = forecast(SIZE, seeded(SEED))
    with Watchman(scene.books) as watchman:
        for _ in rounds(scene):
            for person in struck:
                (next(storms) or Scene.begin)(scene, [person])
            all_have_succeeded(scene)
    note(sentence(scene, watchman))
    books = scene.books
    assert list(storms) == []
    assert (books.unfinished(), books.doubled()) == (0, [])
    assert set(books.successes()) == {SIZE.rounds}, "each job once a round, and never twice"
    assert set(books.statuses()) <= EXPECTED
    assert books.statuses()["lost lost"] > 0, "no storm struck a run"
    assert watchman.longest <= SPARE_SECONDS
    assert books.refused() >= SIZE.freezes
    assert "fenced" in scene.product.lines()
    clocks_were_wrong_and_nobody_noticed(scene, [calm, *struck], since=began)
    expected = books.told(calm, scene.begun[calm])
    assert all(expected.values())
    for person in struck:
        found = books.told(person, scene.begun[person])
        assert {part: found[part] for part in found if found[part] != expected[part]} == {}


def people(scene, *, owners):
    """Ids of new people who watch the accounts that are open in all rounds."""
    last = FIRST_ROUND + SIZE.rounds * HOUR
    move(scene.world, FIRST_ROUND)
    handles = {
        platform.slug: [
            account.handle_at(FIRST_ROUND)
            for account in scene.world.accounts(platform.slug)
            if account.state_at(FIRST_ROUND) == account.state_at(last) == "active"
        ][: SIZE.accounts]
        for platform in registry.every()
    }
    made = f"fleet.make('sailor', owners={owners}, handles={handles})"
    script = f"from tests.chaos import fleet; print(*{made})"
    answer = scene.product.command("shell", "--verbosity=0", "-c", script)
    assert answer.returncode == 0, answer.stderr
    return [int(person) for person in answer.stdout.splitlines()[-1].split()]


def rounds(scene):
    """The numbers of the rounds; the simulated clock stands at the moment of each."""
    for number in range(SIZE.rounds):
        move(scene.world, FIRST_ROUND + number * HOUR)
        yield number


def move(world, moment):
    world.advance(moment - world.now)


def all_have_succeeded(scene):
    """Wait for the success of each job that was made due."""
    try:
        wait_for(lambda: scene.books.waiting(scene.slots) == 0, seconds=ROUND_SECONDS)
    except AssertionError:
        last = "\n".join(scene.product.lines().splitlines()[-60:])
        pytest.fail(f"Some jobs never succeed: {scene.books.statuses()}\n{last}")


def clocks_were_wrong_and_nobody_noticed(scene, watching, *, since):
    """Each of them collected by its own clock, and every stored moment is by the right one."""
    for worker in scene.others:
        assert worker.collected(), worker.hours
        ahead = datetime.fromisoformat(worker.collected()[-1]) - datetime.now(UTC)
        assert HOUR < (ahead if worker.hours > 0 else -ahead) < 3 * HOUR
    for person in watching:
        first, last = scene.books.moments(person)
        assert since <= first
        assert last <= datetime.now(UTC)


def sentence(scene, watchman):
    """What was measured, for the end of the report."""
    runs = ", ".join(f"{count} {status}" for status, count in scene.books.statuses().items())
    return (
        f"{SIZE.collections} collections; runs: {runs}; {scene.books.refused()} late writes "
        f"refused; at most {watchman.longest:.1f} s past a lease of {SIZE.lease} s; seed {SEED}"
    )
