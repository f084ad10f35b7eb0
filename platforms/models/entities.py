"""What is watched: accounts, their names and figures over time."""

from django.db import models
from django.db.models.functions import Now

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry
from platforms.models.checks import not_negative
from platforms.models.profiles import ApiProfile

FIGURES = ("audience", "contents", "views", "following", "listed", "online")
WAITING = "name:"  # before the handle, in place of an id that nobody knows yet


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
        DISABLED = "disabled", "Switched off"

    platform = models.CharField(max_length=16, choices=registry.choices)
    external_id = models.CharField(max_length=64, help_text="The platform's own id.")
    handle = models.CharField(max_length=128, help_text="The name in its address.")
    title = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=16, choices=State.choices, default=State.ACTIVE)
    audience = models.BigIntegerField(null=True, help_text="Followers, subscribers or members.")
    audience_hidden = models.BooleanField(default=False, help_text="The platform withholds it.")
    profile = models.ForeignKey(
        ApiProfile, models.SET_NULL, null=True, blank=True, related_name="entities",
        help_text="The credential that it is read with.",
    )  # fmt: skip
    read_at = models.JSONField(
        default=dict, help_text="Part (such as 'followers') -> when it was last read."
    )
    checked_at = models.DateTimeField(null=True, help_text="Last answer of the platform.")
    facts_at = models.DateTimeField(null=True, help_text="The slot that told name and audience.")
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

    @property
    def waits_for_id(self) -> bool:
        """Whether it is a file's history whose account the platform was not asked for yet."""
        return self.external_id.startswith(WAITING)


_EntityManager = models.Manager.from_queryset(OwnedQuerySet)


class EntitiesOf(_EntityManager[Entity]):
    """The entities of one platform alone, for the proxy that the platform calls them by."""

    def __init__(self, platform: str) -> None:
        super().__init__()
        self._platform = platform

    def get_queryset(self) -> OwnedQuerySet[Entity]:
        """Only this platform's rows."""
        return OwnedQuerySet(self.model, using=self._db).filter(platform=self._platform)


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
    audience = models.BigIntegerField(null=True, help_text="Followers, subscribers or members.")
    contents = models.BigIntegerField(null=True, help_text="Posts or videos it has published.")
    views = models.BigIntegerField(null=True, help_text="Views of all it has published.")
    following = models.BigIntegerField(null=True, help_text="Accounts that it follows.")
    listed = models.BigIntegerField(null=True, help_text="Lists that it stands on.")
    online = models.BigIntegerField(null=True, help_text="Members here now.")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=not_negative(*FIGURES),
                name="entity_snapshot_not_negative",
            )
        ]

    def __str__(self) -> str:
        return f"{self.entity_id} at {self.taken_at:%Y-%m-%d %H:%M}"
