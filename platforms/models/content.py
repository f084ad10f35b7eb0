"""The shapes of what is published, and what belongs to no single platform."""

from collections.abc import Iterable
from datetime import datetime
from typing import ClassVar

from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry
from platforms.models.checks import not_negative
from platforms.models.entities import Entity


class Content(Owned):
    """Abstract: one post, video or stream. Each platform adds its words and figures.

    `COUNTERS`: columns whose change makes a snapshot. `SNAPSHOT`: its model. `ONCE`: columns that
    are written when the item is first seen and never again. `ASK_BY`: the column whose value the
    platform wants to be asked with. `DUE`: which items are asked for again, where age does not say.

    `last_seen_at` is exact to a day, or to `SEEN_TO`: an unchanged item is not written for the sake
    of a time-stamp.
    `figures_at`: since when the counters stand as they are. NULL: they were never read; a counter
    that is NULL although they were read is withheld by the platform.
    `removed_at`: the platform no longer shows it; its words are erased then.

    The database checks no foreign keys here: two checks a row would double the cost of storing it.
    The only writer, the store, holds the entity's row while it writes, and row level security
    holds the owner.
    """

    KEY: ClassVar[tuple[str, ...]] = ("entity", "external_id")
    COUNTERS: ClassVar[tuple[str, ...]]
    SNAPSHOT: ClassVar[type["Snapshot"]]
    ONCE: ClassVar[tuple[str, ...]] = ()
    WORDS: ClassVar[tuple[str, ...]]
    ASK_BY: ClassVar[str] = "external_id"
    DUE: ClassVar[models.Q | None] = None
    SEEN_TO: ClassVar[str] = "day"

    owner = models.ForeignKey(
        "accounts.User", models.CASCADE, "+", db_constraint=False, db_index=False
    )
    entity = models.ForeignKey(Entity, models.CASCADE, "+", db_constraint=False, db_index=False)
    external_id = models.CharField(max_length=64)
    published_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    figures_at = models.DateTimeField(null=True)
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

    A platform's table adds `pk = CompositePrimaryKey("item_id", "taken_at")`, `item` (a foreign key
    without a database constraint) and the counters. No foreign keys in the database: this is the
    largest table, its only writer is the store, and it is partitioned by month.
    """

    owner = models.ForeignKey(
        "accounts.User", models.CASCADE, "+", db_constraint=False, db_index=False
    )
    taken_at = models.DateTimeField()

    objects = OwnedQuerySet.as_manager()

    class Meta:
        abstract = True
        indexes = [BrinIndex(fields=["taken_at"], name="%(class)s_by_moment", autosummarize=True)]

    def __str__(self) -> str:
        return f"{self.pk}"


class Comment(Owned):
    """A comment under an item, where the platform lets us read them and a person asks for it."""

    KEY: ClassVar[tuple[str, ...]] = ("entity", "external_id")
    WORDS: ClassVar[tuple[str, ...]] = ("text", "author")

    entity = models.ForeignKey(Entity, models.CASCADE, related_name="comments")
    item_external_id = models.CharField(max_length=64, help_text="The item that it stands under.")
    parent_external_id = models.CharField(max_length=64, blank=True)
    external_id = models.CharField(max_length=64)
    text = models.TextField()
    author = models.CharField(max_length=128, blank=True)
    score = models.BigIntegerField(null=True, help_text="Likes, or votes up minus votes down.")
    published_at = models.DateTimeField()
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entity", "external_id"], name="comment_once_per_entity"
            )
        ]
        indexes = [models.Index(fields=["owner", "published_at"], name="comment_by_time")]

    def __str__(self) -> str:
        return self.external_id


class Ranking(Owned):
    """A place in a platform's own list at a moment: trending topics, most watched games."""

    KEY: ClassVar[tuple[str, ...]] = ("owner", "platform", "place", "taken_at", "rank")

    platform = models.CharField(max_length=16, choices=registry.choices)
    place = models.CharField(max_length=64, help_text="Such as 'woeid:1' or 'games'.")
    taken_at = models.DateTimeField(db_default=Now())
    rank = models.PositiveIntegerField()
    name = models.CharField(max_length=255)
    external_id = models.CharField(max_length=64, blank=True)
    volume = models.BigIntegerField(null=True, help_text="Posts or viewers, where it is told.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "platform", "place", "taken_at", "rank"],
                name="ranking_once_a_moment",
            ),
            models.CheckConstraint(condition=not_negative("volume"), name="ranking_not_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.place} {self.rank}: {self.name}"


class DirtyHour(Owned):
    """An hour of an entity whose content or figures changed: its sums must be computed again.

    A list that grows at one end, so that marking an hour costs little and nobody waits: an hour may
    stand in it several times. Who computes deletes the rows first and reads the content after that,
    in a later statement of the same transaction; then no change is missed.
    """

    owner = models.ForeignKey(
        "accounts.User", models.CASCADE, "+", db_constraint=False, db_index=False
    )
    entity = models.ForeignKey(Entity, models.CASCADE, "+", db_constraint=False, db_index=False)
    hour = models.DateTimeField(help_text="Its beginning, in UTC.")

    objects = OwnedQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.entity_id} at {self.hour:%Y-%m-%d %H}"

    @staticmethod
    def mark(owner_id: int, moments: Iterable[tuple[int, datetime]]) -> None:
        """Mark the hours of moments: (entity, moment in UTC)."""
        hours = {(entity, at.replace(minute=0, second=0, microsecond=0)) for entity, at in moments}
        DirtyHour.objects.bulk_create(
            DirtyHour(owner_id=owner_id, entity_id=entity, hour=hour)
            for entity, hour in sorted(hours)
        )
