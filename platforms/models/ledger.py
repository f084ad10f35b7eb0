"""What was spent of daily quotas and of money. Valkey may be lost, a day's quota must not be.

These rows belong to a credential, not to a tenant: whoever holds the same credential shares what it
may still spend. They hold no name and no content, and no page shows them but through a profile.
"""

from uuid import uuid4

from django.db import models
from django.db.models.functions import Now


class Spending(models.Model):
    """Units, calls or millionths of a dollar that a credential spent from one bucket in one day.

    `day` is the platform's: Pacific for YouTube, UTC for money.
    """

    pk = models.CompositePrimaryKey("fingerprint", "bucket", "day")
    fingerprint = models.CharField(max_length=32)
    bucket = models.CharField(max_length=48)
    day = models.DateField()
    spent = models.BigIntegerField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(spent__gte=0), name="spending_not_negative")
        ]

    def __str__(self) -> str:
        return f"{self.bucket} on {self.day}: {self.spent}"


class Charge(models.Model):
    """A resource that the platform has billed on this UTC day, and bills no second time."""

    pk = models.CompositePrimaryKey("fingerprint", "day", "kind", "external_id")
    fingerprint = models.CharField(max_length=32)
    day = models.DateField()
    kind = models.CharField(max_length=16)
    external_id = models.CharField(max_length=64)

    def __str__(self) -> str:
        return f"{self.kind} {self.external_id} on {self.day}"


class Hold(models.Model):
    """The most that a call may bill, in millionths of a dollar, from before it until its answer.

    What a platform billed is not known of an answer that never came whole, so its hold stays.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    fingerprint = models.CharField(max_length=32)
    day = models.DateField(help_text="In UTC, as for all money.")
    most = models.BigIntegerField()
    made_at = models.DateTimeField(db_default=Now())

    class Meta:
        indexes = [models.Index(fields=["fingerprint", "day"], name="hold_of_a_month")]
        constraints = [
            models.CheckConstraint(condition=models.Q(most__gt=0), name="hold_holds_something")
        ]

    def __str__(self) -> str:
        return f"held on {self.day}: {self.most}"
