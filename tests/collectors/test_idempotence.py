"""Every change of state may come twice, and twice at once: the database ends up the same.

Alice's copy of a situation is changed once, then once more; Bob's equal copy is changed by several
threads at once. All three must be equal, but for ids and moments.
"""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from random import Random
from threading import Barrier

import pytest
from django.db import connection, transaction

from accounts.tenancy import acting_for, system, tenant
from collectors import control, leases, schedule, tasks
from collectors.leases import Outcome
from collectors.models import JobExecution, MonitoringJob
from platforms import registry
from platforms.models import Entity, EntityName, EntitySnapshot
from tests.factories.collectors import JobFactory
from tests.factories.platforms import CREDENTIALS, EntityFactory, ProfileFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

AT_ONCE = 4
PLATFORMS = ["twitch", "twitter", "youtube", "reddit"]
OTHER_IDS = {"id", "pk", "owner", "profile"}  # two copies differ in them
COPIES = ("entity", "job", "item")  # what a row hangs on, by a name that both copies share


def at_once(work):
    """Let several threads, each with a connection of its own, do the same at the same moment."""
    ready = Barrier(AT_ONCE)

    def one(_):
        try:
            ready.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(AT_ONCE) as threads:
        return list(threads.map(one, range(AT_ONCE)))


def dump(person, *more):
    """Table -> the person's rows without ids, and of moments only whether they are there."""
    models = (Entity, EntityName, EntitySnapshot, MonitoringJob, JobExecution, *more)
    with tenant(person.pk):
        return {model.__name__: sorted(map(repr, map(plain, rows(model)))) for model in models}


def rows(model):
    parents = [name for name in COPIES if name in {field.name for field in model._meta.fields}]
    return model.objects.select_related(*parents)


def plain(row):
    return {
        field.name: named(row, field.name)
        for field in row._meta.concrete_fields
        if field.name not in OTHER_IDS
    }


def named(row, name):
    value = getattr(row, name)
    if isinstance(value, datetime):
        return "a moment"
    if isinstance(value, MonitoringJob):
        return value.entity.external_id
    if name == "read_at":
        return sorted(value)
    return getattr(value, "external_id", value)


# --- What people do ----------------------------------------------------------------------------
def situation(person):
    """Jobs that wait, are due, are paused by a person, by us, run, and run while paused."""
    later = datetime.now(UTC) + timedelta(hours=1)
    states = [
        {"next_run_at": later},
        {},
        {"next_run_at": None, "pause_reason": "by_person"},
        {"next_run_at": None, "pause_reason": "failures", "failures": 10},
        {"next_run_at": later, "busy": True, "run_token": 1},
        {"next_run_at": None, "pause_reason": "by_person", "busy": True, "run_token": 1},
    ]
    with tenant(person.pk):
        for number, state in enumerate(states):
            entity = EntityFactory(
                owner=person, platform="twitch", external_id=f"{number}", handle=f"name{number}"
            )
            job = JobFactory(entity=entity, **state)
            if job.busy:
                JobExecution.objects.create(
                    owner=person, job=job, run_token=1, due_at=later, status="running",
                    lease_until=later,
                )  # fmt: skip


def start_all(jobs):
    with transaction.atomic():
        entities = list(Entity.objects.order_by("pk"))
    for entity in entities:
        control.start(entity=entity, interval_minutes=90)


ACTIONS = {
    "start": start_all,
    "pause": control.pause,
    "resume": control.resume,
    "run now": control.run_now,
    "change": lambda jobs: control.change_interval(jobs, minutes=15, adaptive=True),
    "stop": control.stop,
}


@pytest.mark.parametrize("action", ACTIONS)
def test_what_a_person_does_twice_or_at_once_is_done_once(alice, bob, action):
    def do(person):
        with acting_for(person.pk):
            return ACTIONS[action](MonitoringJob.objects.for_user(person))

    for person in (alice, bob):
        situation(person)
    before = dump(alice)
    do(alice)
    once = dump(alice)
    assert once != before
    do(alice)
    assert dump(alice) == once
    at_once(lambda: do(bob))
    assert dump(bob) == once


def test_an_account_that_is_started_by_many_at_once_has_one_job(alice):
    with tenant(alice.pk):
        entity = EntityFactory(owner=alice)

    def start():
        with acting_for(alice.pk):
            return control.start(entity=entity, interval_minutes=60)

    started = at_once(start)
    assert len({job.pk for job, _ in started}) == 1
    assert [new for _, new in started].count(True) == 1


def test_whoever_acts_at_once_waits_for_nobody_for_ever(alice):
    """All actions, claims and ends of runs in all orders: no deadlock, and every job is whole."""
    with tenant(alice.pk):
        entities = [EntityFactory(owner=alice, platform="twitch") for _ in range(40)]
    seeds = iter(range(AT_ONCE))

    def work_through():
        dice = Random(next(seeds))  # noqa: S311  no secret
        for _ in range(12):
            dice.choice([claim_and_finish, *steps])()

    def claim_and_finish():
        with system():
            ids = [each.execution_id for each in schedule.claim(20)]
        with acting_for(alice.pk):
            finish_all(ids)

    def step(action):
        with acting_for(alice.pk):
            action(MonitoringJob.objects.for_user(alice))

    def start_some(_):
        for entity in entities[::4]:
            control.start(entity=entity, interval_minutes=60)

    actions = [control.pause, control.resume, control.run_now, control.stop, start_some, start_some]
    steps = [partial(step, action) for action in actions]
    at_once(work_through)
    with system():
        for job in MonitoringJob.objects.all():
            runs = job.executions.filter(status__in=JobExecution.OPEN).count()
            assert runs == int(job.busy)


def finish_all(ids):
    with transaction.atomic():
        runs = leases.start(ids)
    with transaction.atomic():
        leases.held(runs)
        for run in runs:
            leases.finish(run, Outcome(status=JobExecution.Status.SUCCESS))


# --- What the product does by itself ------------------------------------------------------------
@pytest.fixture
def quick(monkeypatch):
    """The dispatch task makes one round and ends."""
    monkeypatch.setattr(tasks, "TICK_SECONDS", 0.55)


def expire(person):
    with system():
        JobExecution.objects.filter(owner=person, status__in=JobExecution.OPEN).update(
            lease_until=datetime.now(UTC) - timedelta(seconds=1)
        )


def test_a_dispatch_twice_or_at_once_takes_what_is_due_once(alice, bob, quick):
    situation(alice)
    tasks.dispatch_due()
    once = dump(alice)
    assert len(once["JobExecution"]) == 3
    tasks.dispatch_due()
    assert dump(alice) == once
    situation(bob)
    at_once(tasks.dispatch_due)
    assert dump(bob) == once == dump(alice)


def test_a_sweep_twice_or_at_once_buries_and_rings_once(alice, bob, quick):
    situation(alice)
    expire(alice)
    tasks.sweep()
    once = dump(alice)
    assert len(once["JobExecution"]) == 4
    tasks.sweep()
    assert dump(alice) == once
    situation(bob)
    expire(bob)
    at_once(tasks.sweep)
    assert dump(bob) == once == dump(alice)


def test_a_governor_twice_or_at_once_stretches_once(alice, bob):
    def watch_much(person, **credential):
        with tenant(person.pk):
            key = ProfileFactory(owner=person, daily_units=500, **credential)
            for number in range(12):
                channel = {"external_id": f"{number}", "handle": f"name{number}"}
                JobFactory(entity=EntityFactory(owner=person, profile=key, **channel))
            return key.pk

    hers, his = watch_much(alice), watch_much(bob, given=bobs("youtube"))
    tasks.govern([hers])
    once = dump(alice)
    assert "'every_seconds': 3600" not in once["MonitoringJob"][0]
    tasks.govern([hers])
    assert dump(alice) == once
    at_once(lambda: tasks.govern([his]))
    assert dump(bob) == once


@pytest.mark.parametrize("slug", PLATFORMS)
def test_a_collection_twice_or_at_once_stores_once(alice, bob, follow, slug):
    content = registry.get(slug).content
    # Who shares a credential shares what it was billed for: each has one of his own.
    follow(alice, slug)
    follow(bob, slug, given=bobs(slug))

    def collect(person, ids):
        with acting_for(person.pk):
            tasks.collect(ids)

    ids = claimed()
    collect(alice, ids[alice.pk])
    once = dump(alice, content, content.SNAPSHOT)
    assert once[content.__name__]
    collect(alice, ids[alice.pk])
    assert dump(alice, content, content.SNAPSHOT) == once
    at_once(lambda: collect(bob, ids[bob.pk]))
    assert dump(bob, content, content.SNAPSHOT) == once


def bobs(slug):
    parts = CREDENTIALS[slug].items()
    return {name: f"{value[:-1]}7" for name, value in parts if name != "user_agent"} | {
        name: value for name, value in parts if name == "user_agent"
    }


def claimed():
    with system():
        found = schedule.claim(100)
    owners = {each.owner_id for each in found}
    return {
        owner: [each.execution_id for each in found if each.owner_id == owner] for owner in owners
    }
