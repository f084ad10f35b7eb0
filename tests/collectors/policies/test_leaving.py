"""A source that its owner forgets leaves nothing; what must be erased is erased for everybody."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command

from accounts.owned import Owned
from accounts.tenancy import system, tenant
from collectors.models import JobExecution, MonitoringJob
from collectors.policies import emptying, leaving
from platforms.models import ApiProfile, Entity, EntitySnapshot
from tests.collectors.policies.rounds import DAY, NOW, held, visits
from tests.factories.collectors import JobFactory

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def rows(person):
    """Table -> rows of this person, where there are any."""
    owned = [model for model in apps.get_models() if issubclass(model, Owned)]
    with tenant(person.pk):
        counts = {m._meta.db_table: m.objects.count() for m in owned if not m._meta.proxy}
    return {table: count for table, count in counts.items() if count}


@pytest.fixture
def source(hold, publish, comment):
    """An account with rows in every table, and a job."""

    def make(person, slug="youtube", count=5):
        entity = hold(person, slug)
        for item in publish(entity, count, figures=[NOW - DAY, NOW]):
            comment(item)
        with tenant(person.pk):
            EntitySnapshot.objects.create(owner=person, entity=entity, taken_at=NOW)
            job = JobFactory(entity=entity)
            JobExecution.objects.create(
                owner=person, job=job, run_token=1, due_at=NOW, status="success"
            )
        return entity

    return make


def forget(entity):
    with tenant(entity.owner_id):
        leaving.forget(entity, now=NOW)


@pytest.mark.parametrize("slug", ["youtube", "twitter", "twitch", "reddit"])
def test_a_forgotten_source_leaves_nothing_but_its_credential(alice, bob, source, slug):
    other = source(bob, slug)
    entity = source(alice, slug)
    forget(entity)
    with tenant(alice.pk):
        assert not MonitoringJob.objects.exists(), "it ends at once"
    visits()
    assert rows(alice) == {ApiProfile._meta.db_table: 1}
    assert len(held(other).items) == 5
    with tenant(bob.pk):
        assert MonitoringJob.objects.count() == 1


def test_a_large_one_goes_in_batches_and_a_killed_worker_is_taken_over(alice, source, monkeypatch):
    monkeypatch.setattr(emptying, "ITEMS", 2)
    entity = source(alice, count=9)
    forget(entity)
    assert visits(seconds=0) == 0
    assert held(entity).custody.forget_asked_at == NOW
    forget(entity)
    visits()
    assert held(entity).entity is None
    assert rows(alice) == {ApiProfile._meta.db_table: 1}


def test_one_that_is_added_again_meanwhile_is_kept(alice, source):
    entity = source(alice)
    forget(entity)
    with tenant(alice.pk):
        JobFactory(entity=Entity.objects.get())
    visits()
    assert held(entity).custody.forget_asked_at is None
    assert len(held(entity).items) == 5


def test_one_that_was_never_read_can_be_forgotten_too(alice, hold):
    entity = hold(alice, "reddit")
    with tenant(alice.pk):
        Entity.objects.update(read_at={})
    forget(entity)
    visits()
    assert held(entity).entity is None


def test_a_post_is_erased_for_every_person_who_holds_a_copy(alice, bob, source):
    sources = [source(person, "twitter") for person in (alice, bob)]
    out = StringIO()
    call_command("erase", "twitter", "i1", "i3", "nobody", stdout=out)
    assert out.getvalue() == "Erased 4 copies.\n"
    for entity in sources:
        now = held(entity)
        assert now.shown == ["i0", "i2", "i4"]
        assert now.words == ["tide", "", "tide", "", "tide"]
        assert [each.text for each in now.comments] == ["Ahoy", "", "Ahoy", "", "Ahoy"]
    call_command("erase", "twitter", "i1", stdout=out)
    assert out.getvalue().endswith("Erased 0 copies.\n")


def test_an_account_is_erased_for_every_person_who_follows_it(alice, bob, source):
    sources = [source(person, "reddit") for person in (alice, bob)]
    with system():
        Entity.objects.update(external_id="t2_x")
    out = StringIO()
    call_command("erase", "--account", "reddit", "t2_x", stdout=out)
    assert out.getvalue() == "Erased of 2 sources.\n"
    for entity in sources:
        now = held(entity)
        assert (now.shown, any(now.words), now.names, now.entity.title) == ([], False, 0, "")
