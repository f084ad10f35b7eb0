"""People whose accounts are collected, made inside the product by its own actions."""

from django.utils import timezone

from accounts.models import User
from accounts.tenancy import tenant
from platforms import actions, registry
from platforms.credentials.connection import connect
from tests.factories.collectors import JobFactory
from tests.factories.platforms import CREDENTIALS, ProfileFactory

SECRETS = {"client_id", "client_secret", "bearer_token", "api_key"}
# Longer than any of these tests: what is due is said by the test alone.
IDLE = timezone.timedelta(days=1)
INTERVAL_MINUTES = 24 * 60


def make(name, *, owners, handles):
    """So many people, who all watch these accounts; their ids. `handles`: platform -> names."""
    people = [User.objects.create_user(f"{name}{n}@example.org") for n in range(owners)]
    for person in people:
        for slug, names in handles.items():
            watch(person, registry.get(slug), names)
    return [person.pk for person in people]


def watch(person, platform, names):
    """Each person has credentials of his own, so that nobody waits for another's limits."""
    with tenant(person.pk):
        profile = ProfileFactory(
            owner=person, platform=platform.slug, simulated=True, given=given(person, platform.slug)
        )
    found = platform.resolve(connect(profile), [platform.parse_handle(name) for name in names])
    now = timezone.now()
    with tenant(person.pk):
        for facts in found.values():
            entity, _ = actions.watch(profile=profile, facts=facts, now=now)
            JobFactory(entity=entity, interval_minutes=INTERVAL_MINUTES, next_run_at=now + IDLE)


def given(person, slug):
    """A credential like any, with the person's number at its end."""
    return {
        part: f"{value[:-4]}{person.pk:04d}" if part in SECRETS else value
        for part, value in CREDENTIALS[slug].items()
    }
