"""What every platform tells is stored once, as it was told, and seen by its tenant alone."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.utils import timezone

from accounts.tenancy import system, tenant
from platforms import registry
from platforms.contract import Facts, Target
from platforms.errors import PlatformError
from platforms.models import Entity, EntityName, EntitySnapshot
from platforms.replay.exchanges import page_of, platform_of
from platforms.replay.recordings import read
from platforms.simulation import planted
from platforms.store import save
from tests.factories.platforms import EntityFactory
from tests.platforms.connections import Stage
from tests.platforms.shared import needs_data, recordings

START = datetime(2026, 9, 1, 18, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture(params=settings.PLATFORMS)
def stage(request):
    with Stage(request.param, start=START, accounts=6).opened() as made:
        yield made


def watch(person, platform, accounts):
    """Rows of entities for an owner; account -> handle."""
    with tenant(person.pk):
        return {
            account: EntityFactory(
                owner=person, platform=platform.slug, external_id=account, handle=handle or account
            )
            for account, handle in accounts.items()
            if account
        }


def store(person, platform, pages, *, slot):
    with tenant(person.pk):
        return save(pages, owner_id=person.pk, platform=platform.slug, slot=slot, now=slot)


def sizes(person, platform):
    """How many rows of each kind an owner has."""
    content = platform.content
    models = (content, content.SNAPSHOT, EntitySnapshot, EntityName)
    with tenant(person.pk):
        return {model.__name__: model.objects.count() for model in models}


def accounts_of(stage):
    found = [told for told in stage.resolve().values() if isinstance(told, Facts)]
    return {facts.account: facts.handle for facts in found}


@pytest.mark.django_db
def test_a_poll_stored_twice_changes_nothing_and_no_other_tenant_sees_it(
    stage, alice, bob, charlie
):
    platform, known = stage.platform, accounts_of(stage)
    for person in (alice, bob):
        watch(person, platform, known)
    pages = stage.collect([Target(account=a, handle=h) for a, h in known.items()])
    first = store(alice, platform, pages, slot=stage.now)
    before = sizes(alice, platform)
    assert first.created >= before[platform.content.__name__] > 0
    assert before[platform.content.SNAPSHOT.__name__] > 0
    assert before["EntitySnapshot"] > 0
    again = store(alice, platform, pages, slot=stage.now + timedelta(minutes=15))
    assert (again.created, again.changed, again.removed) == (0, 0, 0)
    assert sizes(alice, platform) == before
    assert sizes(bob, platform)[platform.content.__name__] == 0
    assert set(sizes(charlie, platform).values()) == {0}
    store(bob, platform, pages, slot=stage.now)
    assert sizes(bob, platform) == before
    with system():
        assert platform.content.objects.count() == 2 * before[platform.content.__name__]


@pytest.mark.django_db
def test_what_was_told_stands_in_the_columns_and_the_untold_is_null(stage, alice):
    platform, known = stage.platform, accounts_of(stage)
    watch(alice, platform, known)
    pages = stage.collect([Target(account=a, handle=h) for a, h in known.items()])
    store(alice, platform, pages, slot=stage.now)
    told = {}
    for row in (row for page in pages for row in page.rows.get(platform.content, ())):
        told.setdefault((row["account"], row["external_id"]), {}).update(row)
    counters = platform.content.COUNTERS
    with tenant(alice.pk):
        for item in platform.content.objects.select_related("entity"):
            row = told[item.entity.external_id, item.external_id]
            assert {c: getattr(item, c) for c in counters} == {c: row.get(c) for c in counters}


@pytest.mark.django_db
def test_growth_makes_snapshots_and_a_rename_is_kept(stage, alice):
    platform, known = stage.platform, accounts_of(stage)
    entities = watch(alice, platform, known)
    handle = stage.handles()[planted.RENAME]
    renamed = platform.resolve(stage.client, [handle])[handle].account
    targets = [Target(account=a, handle=h) for a, h in known.items()]
    store(alice, platform, stage.collect(targets), slot=stage.now)
    before = sizes(alice, platform)
    stage.world.advance(3 * DAY)
    store(alice, platform, stage.collect(targets), slot=stage.now)
    after = sizes(alice, platform)
    assert all(after[name] > before[name] for name in before)
    with tenant(alice.pk):
        entity = Entity.objects.get(pk=entities[renamed].pk)
        handles = list(entity.names.order_by("since").values_list("handle", flat=True))
    assert entity.handle != known[renamed]
    assert handles[-1] == entity.handle


@needs_data
@pytest.mark.django_db
@pytest.mark.parametrize("slug", settings.PLATFORMS)
def test_every_recording_can_be_stored_and_stored_again(slug, alice):
    platform, watched, stored = registry.get(slug), set(), 0
    for path in recordings(slug):
        try:
            page = page_of(read(path), platform_of(read(path)), timezone.now())
        except PlatformError:
            continue
        accounts = {facts.account: facts.handle for facts in page.accounts}
        accounts |= {
            row["account"]: "" for rows in page.rows.values() for row in rows if "account" in row
        }
        watch(alice, platform, {a: h for a, h in accounts.items() if a not in watched})
        watched |= accounts.keys()
        slot = START + stored * DAY
        store(alice, platform, page, slot=slot)
        again = store(alice, platform, page, slot=slot + timedelta(hours=1))
        assert (again.created, again.changed, again.removed) == (0, 0, 0), path.name
        stored += 1
    assert stored > 0 or not recordings(slug)
    if recordings(slug):
        assert sizes(alice, platform)[platform.content.__name__] > 50
