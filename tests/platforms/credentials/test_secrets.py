"""200 planted secrets and a run full of faults: none is found anywhere it was not meant to be."""

import base64
import logging
import subprocess
import traceback
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections

from accounts.tenancy import acting_for, tenant
from config.embedded.binaries import postgres_folder
from platforms import registry
from platforms.contract import Target
from platforms.credentials import doctor
from platforms.credentials.connection import connect, valkey
from platforms.errors import PlatformError
from platforms.http import HttpClient
from platforms.local_http import detoured_session
from platforms.simulation.faults import Faults
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from tests.factories.platforms import CREDENTIALS, ProfileFactory
from tests.platforms.connections import serving

SECRETS = {"twitch": "client_secret", "twitter": "bearer_token", "youtube": "api_key",
           "reddit": "client_secret"}  # fmt: skip
EACH = 50
MISHAPS = ("429", "500", "timeout", "garbage", "cut", "html", "503", "refused")
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def canary(number):
    """A secret that every platform takes; each fifth is one that it does not know."""
    return f"{'wrong' if number % 5 == 0 else 'AIza'}CANARY{number:04d}q7x9v2n4k8m1z5b3"


class Tap:
    """A switchboard that writes down the tokens it gives out."""

    def __init__(self, board):
        self.board, self.tokens = board, set()

    def answer(self, call):
        answer = self.board.answer(call)
        if b"access_token" in answer.body and answer.status == 200:
            self.tokens.add(answer.body.split(b'"access_token": "')[1].split(b'"')[0].decode())
        return answer


@pytest.fixture
def simulated():
    world = World(accounts=3, start=NOW - timedelta(days=3), now=NOW)
    tap = Tap(switchboard(world, registry.simulators(), Faults(slow=0)))
    with serving(tap, hang=0) as server:
        server.tap = tap
        yield server


def planted(person):
    """200 profiles of all platforms, and their secrets."""
    made = []
    with tenant(person.pk):
        for slug, field in SECRETS.items():
            for _ in range(EACH):
                secret = canary(len(made))
                given = CREDENTIALS[slug] | {field: secret}
                profile = ProfileFactory(owner=person, platform=slug, given=given, simulated=True)
                made.append((profile, secret))
    return made


def faulty_run(profile, number, server):
    """Test, look up and collect, with a mishap on the way. Returns all that can be printed."""
    platform = registry.get(profile.platform)
    http = HttpClient(session=detoured_session(server.address), pause=lambda _: None)
    world, faults = server.tap.board.world, server.tap.board.faults
    account = world.accounts(profile.platform)[number % 3]
    handle = platform.parse_handle(account.handle_at(world.now))
    faults.clear()
    faults.order(profile.platform, MISHAPS[number % len(MISHAPS)], times=1 + 2 * (number % 2))
    shown = []

    def attempt(step):
        try:
            found = step()
        except PlatformError as error:
            shown.extend([repr(error), str(error)])
            # As a collector of crashes would send it, with every frame's variables.
            frames = traceback.TracebackException.from_exception(error, capture_locals=True)
            shown.extend(frames.format())
            return None
        shown.append(repr(found))
        return found

    client = attempt(lambda: connect(profile, http=http))
    shown.extend([repr(profile), repr(client), *map(repr, vars(client).values())])
    attempt(lambda: doctor.examine(profile, http=http))
    found = attempt(lambda: platform.resolve(client, [handle])) or {}
    facts = found.get(handle)
    if hasattr(facts, "account"):
        target = Target(account=facts.account, handle=facts.handle)
        attempt(lambda: list(platform.collect(client, [target], NOW)))
    return shown


def dumped():
    """The whole database, as pg_dump writes it."""
    connections["owner"].ensure_connection()
    server = connections["owner"].connection.info
    command = [
        str(postgres_folder() / "pg_dump"), "--enable-row-security", f"--host={server.host}",
        f"--port={server.port}", f"--username={server.user}", server.dbname,
    ]  # fmt: skip
    env = {"PGPASSWORD": server.password}
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env).stdout


def kept_in_valkey():
    """Every key and value, whatever its type."""
    store = valkey()
    readers = {
        b"string": store.get,
        b"hash": store.hgetall,
        b"list": lambda key: store.lrange(key, 0, -1),
        b"set": store.smembers,
        b"zset": lambda key: store.zrange(key, 0, -1),
    }
    return "\n".join(f"{key} {readers[store.type(key)](key)}" for key in store.scan_iter())


def disguises(secret):
    """A secret as it is, reversed, in hexadecimal and in base64, wherever in a text it began."""
    inside = [base64.b64encode(b"x" * shift + secret.encode())[4:-4].decode() for shift in range(3)]
    return {secret, secret[::-1], secret.encode().hex(), *inside}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_200_planted_secrets_are_found_nowhere(alice, client, simulated, caplog, capfd):
    valkey().flushdb()
    caplog.set_level(logging.DEBUG)
    profiles = planted(alice)
    assert len({secret for _, secret in profiles}) == 200
    shown = []
    with acting_for(alice.pk):
        for number, (profile, _) in enumerate(profiles):
            shown += faulty_run(profile, number, simulated)
    client.force_login(alice)
    shown += [client.get(path).text for path in ("/credentials/", "/api/profiles/?limit=200")]
    printed = capfd.readouterr()
    places = {
        "the database": dumped(),
        "Valkey": kept_in_valkey(),
        "the logs": "\n".join(f"{vars(record)} {record.getMessage()}" for record in caplog.records),
        "what is shown": "\n".join(shown),
        "what is printed": printed.out + printed.err,
    }
    assert len(places["the logs"]) > 10_000
    assert places["the database"].count('"api_key"') >= EACH, "the dump holds the sealed rows"
    assert "tw:token:" in places["Valkey"]
    assert simulated.tap.tokens
    wanted = [secret for _, secret in profiles] + sorted(simulated.tap.tokens)
    found = [
        (place, secret)
        for place, text in places.items()
        for secret in wanted
        for disguise in disguises(secret)
        if disguise in text
    ]
    assert found == []
