"""Who wants the same rows takes them in the same order: the second waits, and both come through."""

from datetime import UTC, datetime

import pytest

from accounts.tenancy import acting_for, tenant
from collectors.models import MonitoringJob
from platforms import actions, registry, store
from platforms.contract import Facts, Page
from platforms.credentials import fields
from platforms.models import ApiProfile, Entity
from platforms.models.entities import WAITING
from tests.factories.collectors import JobFactory
from tests.factories.platforms import CREDENTIALS, EntityFactory, ProfileFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])
NOW = datetime.now(UTC)


@pytest.fixture
def key(alice):
    with tenant(alice.pk):
        return ProfileFactory(owner=alice)


@pytest.fixture
def source(alice, key):
    with tenant(alice.pk):
        return EntityFactory(owner=alice, profile=key)


def facts(entity):
    return Facts(account=entity.external_id, handle=entity.handle, title="Tide", figures={})


def test_a_credential_is_deleted_while_sources_are_added_with_it(page, beside, alice, key, source):
    with tenant(alice.pk):
        ApiProfile.objects.select_for_update(no_key=True).get()  # as who adds begins
        gone = beside(lambda: page.post(f"/credentials/{key.pk}/delete/").status_code)
        actions.watch_all(profile=key, found=[facts(source)], now=NOW)
    assert gone.result() == 302
    with tenant(alice.pk):
        assert not ApiProfile.objects.exists()
        assert Entity.objects.get().profile is None


def test_settings_are_saved_while_a_run_stores(page, beside, alice, source):
    with tenant(alice.pk):
        JobFactory(entity=source)
    address, wanted = f"/sources/{source.pk}/settings/", {"minutes": 90, "credential": ""}
    with tenant(alice.pk):
        list(MonitoringJob.objects.select_for_update())  # as a run holds it that stores
        saved = beside(lambda: page.post(address, wanted).status_code)
        told = Page(accounts=[facts(source)])
        store.save(told, owner_id=alice.pk, platform="youtube", slot=NOW, now=NOW)
    assert saved.result() == 302
    with tenant(alice.pk):
        job = MonitoringJob.objects.select_related("entity").get()
        assert (job.interval_minutes, job.entity.profile, job.entity.title) == (90, None, "Tide")


def test_a_history_finds_its_account_while_a_file_is_imported(beside, alice, key, source):
    with tenant(alice.pk):
        waiting = EntityFactory(owner=alice, external_id=f"{WAITING}@ebb", handle="@ebb")
    found = [facts(source), Facts(account="UC" + "b" * 22, handle="@ebb", title="", figures={})]

    def watch():
        with acting_for(alice.pk):
            return actions.watch_all(profile=key, found=found, now=NOW)

    with tenant(alice.pk):
        Entity.objects.select_for_update(no_key=True).get(pk=source.pk)
        watched = beside(watch)
        Entity.objects.select_for_update(no_key=True).get(pk=waiting.pk)
    assert [new for _, new in watched.result()] == [False, False]
    with tenant(alice.pk):
        assert Entity.objects.get(pk=waiting.pk).external_id == "UC" + "b" * 22


def test_a_name_and_a_secret_that_change_at_once_both_do(page, beside, alice, key):
    with tenant(alice.pk):
        profile = ApiProfile.objects.select_for_update(no_key=True).get()
        before, other = profile.fingerprint, another_key()
        named = beside(
            lambda: page.post(f"/credentials/{key.pk}/edit/", {"name": "Another"}).status_code
        )
        actions.replace_credential(profile=profile, credentials=other)
    assert named.result() == 302
    with tenant(alice.pk):
        stored = ApiProfile.objects.get()
        assert (stored.name, stored.fingerprint != before) == ("Another", True)


def test_a_credential_that_is_deleted_stays_so(page, beside, alice, key):
    with tenant(alice.pk):
        ApiProfile.objects.get().delete()
        named = beside(
            lambda: page.post(f"/credentials/{key.pk}/edit/", {"name": "Another"}).status_code
        )
    assert named.result() == 404
    with tenant(alice.pk):
        assert not ApiProfile.objects.exists()


def another_key():
    """Another YouTube key than the one of the factory."""
    other = {"api_key": CREDENTIALS["youtube"]["api_key"][::-1]}
    return fields.parse(registry.get("youtube"), other)
