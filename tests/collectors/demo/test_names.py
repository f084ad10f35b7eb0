"""Names that a visitor of the demo is told to try."""

from django.utils import timezone

from collectors.demo.world import world_of
from platforms import registry


def test_names_to_add_begin_with_those_that_are_open(demo, client):
    client.post("/demo/")
    world, now = world_of(demo.date_joined), timezone.now()
    for platform, (_, names) in zip(
        registry.every(), client.get("/demo/").context["more"], strict=True
    ):
        states = {
            platform.parse_handle(account.handle_at(now)): account.state_at(now)
            for account in world.accounts(platform.slug)
        }
        told = [states[name] == "active" for name in names]
        assert told == sorted(told, reverse=True)
