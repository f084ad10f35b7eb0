"""What is watched."""

from factory import LazyAttribute, Sequence
from factory.django import DjangoModelFactory

from platforms.models import Entity


class EntityFactory(DjangoModelFactory):
    class Meta:
        model = Entity

    platform = "youtube"
    external_id = Sequence(lambda n: f"UC{n:022d}")
    handle = LazyAttribute(lambda entity: f"@{entity.external_id.lower()}")
