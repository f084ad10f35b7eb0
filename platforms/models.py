"""What is watched, and the shapes of what it publishes."""

from django.db import models
from django.db.models.functions import Now

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry


class Entity(Owned):
    """One watched account: a channel, an X account, a subreddit.

    Two users may watch the same account; each has a row of their own. The platform's id is the
    identity: a rename changes `handle` and is kept in `EntityName`.
    """

    class State(models.TextChoices):
        """What the platform says of it; the words are those of `errors.GoneReason`."""

        ACTIVE = "active", "Active"
        UNKNOWN = "unknown", "Not found"
        DELETED = "deleted", "Deleted"
        SUSPENDED = "suspended", "Suspended"
        PRIVATE = "private", "Private"
        PROTECTED = "protected", "Protected"
        QUARANTINED = "quarantined", "Quarantined"
        BANNED = "banned", "Banned"

    platform = models.CharField(max_length=16, choices=registry.choices)
    external_id = models.CharField(max_length=64, help_text="The platform's own id.")
    handle = models.CharField(max_length=128, help_text="The name in its address.")
    title = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    audience = models.BigIntegerField(null=True, help_text="Followers, subscribers or members.")
    checked_at = models.DateTimeField(null=True, help_text="Last answer of the platform.")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "entities"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "platform", "external_id"], name="entity_once_per_owner"
            ),
            models.CheckConstraint(
                condition=models.Q(audience__gte=0), name="entity_audience_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}:{self.handle}"


class EntityName(Owned):
    """A name that an entity had from a moment on."""

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="names")
    handle = models.CharField(max_length=128)
    title = models.CharField(max_length=255, blank=True)
    since = models.DateTimeField(db_default=Now())

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["entity", "since"], name="entity_name_once_a_moment")
        ]

    def __str__(self) -> str:
        return self.handle


class EntitySnapshot(Owned):
    """The figures of an entity from a moment on, until the next row. None: not told."""

    pk = models.CompositePrimaryKey("entity_id", "taken_at")
    entity = models.ForeignKey(Entity, models.CASCADE, related_name="snapshots")
    taken_at = models.DateTimeField()
    audience = models.BigIntegerField(null=True)
    contents = models.BigIntegerField(null=True, help_text="Posts or videos it has published.")
    views = models.BigIntegerField(null=True, help_text="Views of all it has published.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience__gte=0)
                & models.Q(contents__gte=0)
                & models.Q(views__gte=0),
                name="entity_snapshot_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} at {self.taken_at:%Y-%m-%d %H:%M}"


class Content(Owned):
    """Abstract: one post, video or stream. Each platform adds its words and figures.

    `last_seen_at` is exact to a day: an unchanged item is not written for the sake of a time-stamp.
    `removed_at`: the platform no longer shows it; its words are erased then.
    """

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="+")
    external_id = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "external_id"], name="%(class)s_once_per_entity"
            )
        ]
        # Figures stand in no index, so that changing them is a cheap in-page update.
        indexes = [models.Index(fields=["owner", "published_at"], name="%(class)s_by_time")]

    def __str__(self) -> str:
        return self.external_id


class Snapshot(Owned):
    """Abstract: the figures of one item from a moment on, until the next row.

    No key of its own and no foreign keys in the database: this is the largest table, its only
    writer is the store, and it is partitioned by month.
    """

    owner = models.ForeignKey(
        "accounts.User", models.CASCADE, related_name="+", db_constraint=False, db_index=False
    )
    taken_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.pk}"
