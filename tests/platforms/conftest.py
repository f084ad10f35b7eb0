"""Actors of the platforms' tests."""

from contextlib import ExitStack

import pytest
from django.conf import settings

from accounts.tenancy import tenant
from platforms import registry
from platforms.simulation.wire import as_json
from tests.factories.platforms import EntityFactory
from tests.platforms.connections import Board, serving


@pytest.fixture(params=settings.PLATFORMS)
def platform(request):
    return registry.get(request.param)


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


@pytest.fixture
def platforms(settings):
    """Let demo profiles lead to one answer, over real HTTP."""
    with ExitStack() as servers:

        def serve(content, status=200):
            board = Board(lambda _: as_json(content, status=status))
            settings.SIMULATOR_URL = servers.enter_context(serving(board)).address

        yield serve
