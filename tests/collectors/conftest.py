"""Jobs of alice and bob."""

import itertools
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection

from accounts.tenancy import tenant
from platforms import actions, registry
from platforms.credentials.connection import connect, valkey
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from tests.factories.collectors import JobFactory
from tests.factories.platforms import CREDENTIALS, ProfileFactory
from tests.platforms.connections import serving


@pytest.fixture
def watch():
    """Makes jobs of a person: `watch(alice, 3, interval_minutes=30)`."""

    def make(person, count=1, **fields):
        with tenant(person.pk):
            return [JobFactory(entity__owner=person, **fields) for _ in range(count)]

    return make


START = datetime(2026, 10, 1, tzinfo=UTC)


@pytest.fixture
def world():
    """Simulated platforms whose clock is ours."""
    return World(start=START, accounts=12, now=datetime.now(UTC))


@pytest.fixture
def board(world, settings):
    """The platforms over real HTTP, where every simulated credential leads."""
    valkey().flushdb()  # all tests hold the same credentials, and what was spent of them
    with serving(switchboard(world, registry.simulators()), hang=0.1) as server:
        settings.SIMULATOR_URL = server.address
        yield server.board


@pytest.fixture
def key(alice, board):
    """A credential for the simulated YouTube."""
    with tenant(alice.pk):
        return ProfileFactory(owner=alice, name="Main key", simulated=True)


@pytest.fixture
def names(world):
    """Names of three channels there."""
    return [f"@{account.handle_at(world.now)}" for account in world.accounts("youtube")[:3]]


@pytest.fixture
def follow(board, world):
    """Watches the first open accounts of a platform for a person; the jobs, overdue."""

    def make(person, slug, count=3, **credential):
        platform = registry.get(slug)
        with tenant(person.pk):
            profile = ProfileFactory(owner=person, platform=slug, simulated=True, **credential)
        open_ones = [a for a in world.accounts(slug) if a.state_at(world.now) == "active"]
        handles = [platform.parse_handle(a.handle_at(world.now)) for a in open_ones[:count]]
        found = platform.resolve(connect(profile), handles)
        with tenant(person.pk):
            entities = [
                actions.watch(profile=profile, facts=facts, now=datetime.now(UTC))[0]
                for facts in found.values()
            ]
            return [JobFactory(entity=entity) for entity in entities]

    return make


SECRETS = {
    "youtube": "api_key", "twitter": "bearer_token", "twitch": "client_secret",
    "reddit": "client_secret",
}  # fmt: skip


@pytest.fixture
def keys():
    """Makes credentials with jobs: `keys(alice, "youtube", 3, minutes=60, items=0.5)`.

    Each is another credential, unless it has the same `number`.
    """
    numbers = itertools.count(100)

    def make(person, platform="youtube", jobs=0, *, number=None, minutes=60, items=0.5, **fields):
        number = number or next(numbers)
        part = SECRETS[platform]
        given = CREDENTIALS[platform] | {part: f"{CREDENTIALS[platform][part]}{number}"}
        fields = {"name": "Main key" if number == 100 else f"Key {number}"} | fields
        with tenant(person.pk):
            profile = ProfileFactory(owner=person, platform=platform, given=given, **fields)
            for _ in range(jobs):
                JobFactory(
                    entity__owner=person, entity__platform=platform, entity__profile=profile,
                    interval_minutes=minutes, items_a_day=items,
                )  # fmt: skip
        return profile

    return make


@pytest.fixture
def beside():
    """Begins work in another thread and comes back once it waits for a row; its result later."""
    with ThreadPoolExecutor(1) as threads:

        def begin(work):
            result = threads.submit(alone, work)
            until = time.monotonic() + 10
            while not somebody_waits():
                assert time.monotonic() < until, result
                time.sleep(0.02)
            return result

        yield begin


def alone(work):
    try:
        return work()
    finally:
        connection.close()


def somebody_waits():
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")
        return cursor.fetchone()[0]
