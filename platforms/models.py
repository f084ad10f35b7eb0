"""What is watched."""

from django.db import models

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry


class Entity(Owned):
    """One watched account: a channel, an X account, a subreddit.

    Two users may watch the same account; each has a row of their own.
    """

    platform = models.CharField(max_length=16, choices=registry.choices)
    external_id = models.CharField(
        max_length=64, help_text="The platform's own id, which survives a rename."
    )
    handle = models.CharField(
        max_length=128, help_text="The name in the address, which may change."
    )
    title = models.CharField(max_length=255, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "platform", "external_id"], name="entity_once_per_owner"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}:{self.handle}"
