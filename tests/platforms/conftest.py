"""Actors of the platforms' tests."""

import pytest

from accounts.tenancy import tenant
from tests.factories.platforms import EntityFactory


@pytest.fixture
def watched(alice, bob):
    """An X account that alice and bob watch, and channels elsewhere that alice watches."""
    for person in (alice, bob):
        with tenant(person.pk):
            EntityFactory(owner=person, platform="twitter", external_id="11", handle="tide")
    with tenant(alice.pk):
        for platform in ("twitch", "youtube", "reddit"):
            EntityFactory(owner=alice, platform=platform, external_id="11", handle="tide")
        EntityFactory(owner=alice, platform="twitter", external_id="22", handle="ebb")
