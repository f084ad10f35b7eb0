"""A tenant sees its own rows, even where the code forgets to ask."""

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from accounts.rls import inspect
from accounts.tenancy import acting_for, system, tenant
from platforms.models import Entity
from tests.factories.platforms import EntityFactory


@pytest.fixture
def watched(alice, bob):
    """The same channel, watched by alice and by bob."""
    for person in (alice, bob):
        with tenant(person.pk):
            EntityFactory(owner=person, external_id="UC1")


def test_each_tenant_sees_its_own_rows_without_any_filter(watched, alice, bob):
    for person in (alice, bob):
        with tenant(person.pk):
            assert [entity.owner_id for entity in Entity.objects.all()] == [person.pk]


def test_nobody_sees_no_rows(watched, charlie):
    assert Entity.objects.count() == 0
    with tenant(charlie.pk):
        assert Entity.objects.count() == 0
