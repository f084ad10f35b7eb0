"""Three simulated days of two YouTube keys of 10,000 units, read by six worker processes.

The jobs of the full key ask for about twice of what it has, in six tenants; those of the other key
for a part of it. Everything is the product's own: claim, pipeline, store, budget, planner and
governor, with the simulated YouTube behind HTTP. The clock alone is ours, minute by minute: of
Python in the workers (time_machine), and of PostgreSQL, where `now()` means a row that we write. At
noon of the second day Valkey is flushed.
"""

import json
import os
import statistics
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from subprocess import PIPE
from threading import Lock
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import connections

from accounts.models import User
from accounts.tenancy import system, tenant
from collectors import dispatch, governor
from collectors.models import JobExecution, MonitoringJob
from collectors.planner import forecast
from config.env import BASE_DIR
from platforms import actions, registry
from platforms.contract import Facts
from platforms.credentials import fields
from platforms.credentials.connection import valkey
from platforms.http import Request
from platforms.local_http import local_session
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World
from platforms.spending import ledger
from platforms.youtube.client import endpoint_of
from tests.benchmarks.report import Report
from tests.platforms.connections import client, serving

WORKERS, TENANTS = 6, 6
READ = {"full": 60, "free": 40}  # channels of each tenant; six have the full key, one the other
PACIFIC = ZoneInfo("America/Los_Angeles")
MIDNIGHT = datetime(2026, 9, 2, tzinfo=PACIFIC).astimezone(UTC)
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
WARM = timedelta(hours=6)  # first collections, and runs from which to learn
FLUSH = DAY + timedelta(hours=12)
DAYS, GOVERN_MINUTES, SPARE = 3, 5, 60
MOST, FORECAST = 10_000, 0.1
KEYS = {name: f"AIzaSy{name}KeyOfNobody0000000000000" for name in ("full", "free")}

CLOCK = """
CREATE SCHEMA simulated;
CREATE TABLE simulated.clock (moment timestamptz NOT NULL);
INSERT INTO simulated.clock VALUES (now());
CREATE FUNCTION simulated.now() RETURNS timestamptz STABLE LANGUAGE sql
  AS 'SELECT moment FROM simulated.clock';
GRANT USAGE ON SCHEMA simulated TO PUBLIC;
GRANT SELECT ON simulated.clock TO PUBLIC;
ALTER DATABASE {database} SET search_path = simulated, public, pg_catalog
"""
NO_CLOCK = "ALTER DATABASE {database} RESET search_path; DROP SCHEMA simulated CASCADE"


class Counting:
    """A board that counts the calls that it answers: (key, Pacific day, bucket) -> calls."""

    def __init__(self, world):
        platform = registry.get("youtube")
        self.world, self.board = world, switchboard(world, {"youtube": platform.simulator})
        self.hosts = self.board.hosts
        self.calls, self.refused, self.lock = Counter(), 0, Lock()

    def answer(self, call):
        answer = self.board.answer(call)
        day = self.world.now.astimezone(PACIFIC).date()
        with self.lock:
            self.calls[call.params["key"][0], day, bucket_of(call)] += 1
            self.refused += answer.status in (403, 429)
        return answer


def bucket_of(call):
    return endpoint_of(Request(call.method, f"https://{call.host}{call.path}")).bucket


def run(scale):
    """`scale` makes both keys and what they read smaller, by a person's own cap; 3 days remain."""
    most, channels = round(MOST * scale), {key: max(3, round(n * scale)) for key, n in READ.items()}
    accounts = TENANTS * channels["full"] + channels["free"] + SPARE
    world = World(start=MIDNIGHT - DAY, accounts=accounts)
    world.advance(MIDNIGHT - WARM - world.now)
    board = Counting(world)
    with simulated_clock(), serving(board) as server, workers(server.address) as crew:
        profiles = populate(board, channels, most)
        plans = live(world, crew, profiles)
        return report(board, profiles, plans, most)


# --- The stage -----------------------------------------------------------------------------------
@contextmanager
def simulated_clock():
    """`now()` in PostgreSQL means what `set_clock` says; nothing of other benchmarks is due."""
    order(CLOCK, "TRUNCATE monitoring_jobs, job_executions, platforms_spending CASCADE")
    valkey().flushall()
    try:
        yield
    finally:
        order(NO_CLOCK, "TRUNCATE monitoring_jobs, job_executions CASCADE")


def order(*statements):
    """Tell the database's owner's connection; the others are opened anew, to see it."""
    name = settings.DATABASES["default"]["NAME"]
    with connections["owner"].cursor() as cursor:
        for statement in statements:
            cursor.execute(statement.format(database=name))
    connections.close_all()
    connections["default"].close_pool()


def set_clock(moment):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE simulated.clock SET moment = %s", [moment])


@contextmanager
def workers(address):
    """Processes that wait for packs."""
    environment = os.environ | {"SIMULATOR_URL": address}
    command = [sys.executable, "-m", "tests.benchmarks.governor_worker"]
    crew = [
        subprocess.Popen(command, cwd=BASE_DIR, env=environment, text=True, stdin=PIPE, stdout=PIPE)
        for _ in range(WORKERS)
    ]
    try:
        for worker in crew:
            worker.stdout.readline()  # it is ready
        yield crew
    finally:
        for worker in crew:
            worker.stdin.close()
            worker.wait(60)
            worker.stdout.close()


def populate(board, channels, most):
    """Tenants who watch channels, all due at once: key -> profiles."""
    now, platform = board.world.now, registry.get("youtube")
    session = local_session(board.answer, board.hosts)
    accounts = board.world.accounts("youtube")
    handles = [a.handle_at(now) for a in accounts if a.state_at(now + DAYS * DAY) == "active"]
    found = platform.resolve(client(platform, session), handles)
    facts = iter([told for told in found.values() if isinstance(told, Facts)])
    board.calls.clear()
    profiles = {"full": [], "free": []}
    for number in range(TENANTS + 1):
        key = "full" if number < TENANTS else "free"
        person = User.objects.create(email=f"g{number}@example.org")
        with tenant(person.pk):
            profile = actions.save_profile(
                by=person, platform=platform, name="Main key", simulated=True,
                credentials=fields.parse(platform, {"api_key": KEYS[key]}),
            )  # fmt: skip
            profile.daily_units = most
            profile.save()
            for _ in range(channels[key]):
                follow(profile, next(facts), now)
        profiles[key].append(profile)
    return profiles


def follow(profile, facts, now):
    entity, _ = actions.watch(profile=profile, facts=facts, now=now)
    MonitoringJob.objects.create(
        owner_id=profile.owner_id, entity=entity, platform="youtube",
        interval_minutes=60, every_seconds=3600, next_run_at=now,
    )  # fmt: skip


# --- The days ------------------------------------------------------------------------------------
def live(world, crew, profiles):
    """Run until the last day is over: for each day what was forecast as it began."""
    plans = []
    while world.now < MIDNIGHT + DAYS * DAY:
        now = world.now
        set_clock(now)
        if now.minute % GOVERN_MINUTES == 0:
            governor.govern(now=now)
        if (now - MIDNIGHT) % DAY == timedelta(0):
            plans.append(plan(profiles, now))
        if now == MIDNIGHT + FLUSH:
            valkey().flushall()
        packs = []
        dispatch.drain(packs.append, now=now)
        work(crew, packs, now)
        world.advance(MINUTE)
    return plans


def plan(profiles, now):
    """Units that are forecast for each key: as the governor stretches, and as the jobs ask."""
    full, free = profiles["full"][0], profiles["free"][0]
    with tenant(full.owner_id):
        full.refresh_from_db()
    with tenant(free.owner_id):
        asked = forecast(free, [], now=now)
    units = next(line.used for line in asked.lines if line.label == "Units")
    return {"full": full.plan["units"]["units"], "free": units, "stretch": full.plan["stretch"]}


def work(crew, packs, now):
    """Let the workers run these packs at once, and wait for them."""
    busy = [crew[number % WORKERS] for number in range(len(packs))]
    for worker, pack in zip(busy, packs, strict=True):
        ids = [claimed.execution_id for claimed in pack]
        order = {"now": now.timestamp(), "owner": pack[0].owner_id, "ids": ids}
        worker.stdin.write(json.dumps(order) + "\n")
        worker.stdin.flush()
    for worker in busy:
        if worker.stdout.readline() != "done\n":
            raise RuntimeError("A worker died.")


# --- What came of it -----------------------------------------------------------------------------
def report(board, profiles, plans, most):
    dates = [(MIDNIGHT + number * DAY).astimezone(PACIFIC).date() for number in range(DAYS)]
    sent = {key: [board.calls[KEYS[key], day, "units"] for day in dates] for key in KEYS}
    booked = {key: [spent(profiles[key][0], day) for day in dates] for key in KEYS}
    off = {
        key: max(abs(plan[key] / units - 1) for plan, units in zip(plans, sent[key], strict=True))
        for key in KEYS
    }
    every = statistics.mean(plan["stretch"] for plan in plans) * 60
    figures = {
        "cap": most,
        "full_units_asked_to_cap": every / 60,
        "full_effective_minutes": every,
        "full_units_a_day_forecast": statistics.mean(plan["full"] for plan in plans),
        "full_units_a_day": statistics.mean(sent["full"]),
        "free_units_a_day_forecast": statistics.mean(plan["free"] for plan in plans),
        "free_units_a_day": statistics.mean(sent["free"]),
        "refused_by_the_platform": board.refused,
        "put_off_runs": put_off(),
    }
    ratios = {
        "most_units_in_a_day": max(sent["full"]),
        "most_units_not_in_the_ledger": max(
            s - b for key in KEYS for s, b in zip(sent[key], booked[key], strict=True)
        ),
        "forecast_off_full": off["full"],
        "forecast_off_free": off["free"],
    }
    met = (
        ratios["most_units_in_a_day"] <= most
        and ratios["most_units_not_in_the_ledger"] <= 0
        and board.refused == 0
        and max(off.values()) <= FORECAST
    )
    return Report("governor", figures, ratios, met)


def spent(profile, day):
    rows = ledger.spendings([profile.fingerprint], since=day)
    return sum(row.spent for row in rows if (row.bucket, row.day) == ("units", day))


def put_off():
    with system():
        return JobExecution.objects.filter(status=JobExecution.Status.RATE_LIMITED).count()
