"""Jobs of alice and bob."""

import pytest

from accounts.tenancy import tenant
from tests.factories.collectors import JobFactory


@pytest.fixture
def watch():
    """Makes jobs of a person: `watch(alice, 3, interval_minutes=30)`."""

    def make(person, count=1, **fields):
        with tenant(person.pk):
            return [JobFactory(entity__owner=person, **fields) for _ in range(count)]

    return make
