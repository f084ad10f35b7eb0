"""Credentials, and what is watched with them."""

from factory import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from accounts.tenancy import tenant
from platforms import registry
from platforms.credentials import fields, sealing
from platforms.models import ApiProfile, Entity

# Of each platform, what its form would accept.
CREDENTIALS = {
    "twitch": {
        "client_id": "a1b2c3d4e5f6g7h8i9j0k1l2m3n4o5",
        "client_secret": "q9w8e7r6t5y4u3i2o1p0a9s8d7f6g5",
    },
    "twitter": {"bearer_token": "AAAAAAAAAAAAAAAAAAAAAMLheAAAAAAA0tbuEEZuAA3D1jHXKKMRUW2"},
    "youtube": {"api_key": "AIzaSyB3x4mpleKeyOfNobody0123456789ab"},
    "reddit": {
        "client_id": "p-jcoLKBynTLew",
        "client_secret": "gko_LXELoV07ZBNUXrvWZfzE3aI",
        "user_agent": "web:org.example.tidewatch:1.0 (by /u/example)",
    },
}


class ProfileFactory(DjangoModelFactory):
    """A sealed credential; `given` holds its parts. Made inside its owner's tenancy."""

    class Meta:
        model = ApiProfile

    platform = "youtube"
    name = Sequence(lambda n: f"Key {n}")

    @classmethod
    def _create(cls, model_class, *args, given=None, **columns):
        profile = super()._create(model_class, *args, **columns)
        platform = registry.get(profile.platform)
        sealing.seal(profile, fields.parse(platform, given or CREDENTIALS[platform.slug]))
        profile.save()
        return profile


class EntityFactory(DjangoModelFactory):
    class Meta:
        model = Entity

    platform = "youtube"
    external_id = Sequence(lambda n: f"UC{n:022d}")
    handle = LazyAttribute(lambda entity: f"@{entity.external_id.lower()}")


def profile_of(person, **fields):
    """A credential of this person."""
    with tenant(person.pk):
        return ProfileFactory(owner=person, **fields)


def entity_of(person, **fields):
    """What this person watches."""
    with tenant(person.pk):
        return EntityFactory(owner=person, **fields)
