"""Credentials of people, sealed."""

from django.db import models

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry

MOST_UNITS = 1_000_000_000  # a day


class ApiProfile(Owned):
    """One credential for one platform; a person may have several.

    `sealed`: field -> sealed value in base64 (accounts/crypto.py). `hints`: field -> its last four
    characters, or the whole value of a field that is no secret. `fingerprint`: a keyed hash of the
    credential; profiles that hold the same credential share its limits. `plan`: 'units' (bucket ->
    a day), 'dollars' (a day), 'stretch' (of the jobs' intervals) and 'short' (what there is too
    little of, '' for nothing).
    """

    class Verdict(models.TextChoices):
        """What the key doctor found."""

        UNTESTED = "untested", "Not tested yet"
        VALID = "valid", "Valid"
        EXPIRED = "expired", "Expired"
        WRONG = "wrong", "Wrong"
        NOT_ENABLED = "not_enabled", "API not enabled"
        NOT_APPROVED = "not_approved", "Not approved"
        OUT_OF_QUOTA = "out_of_quota", "Out of quota"
        OUT_OF_CREDIT = "out_of_credit", "Out of credit"
        UNREACHABLE = "unreachable", "Platform unreachable"

    # Until a person changes something, it reads nothing.
    REFUSED = (Verdict.EXPIRED, Verdict.WRONG, Verdict.NOT_ENABLED, Verdict.NOT_APPROVED)

    platform = models.CharField(max_length=16, choices=registry.choices)
    name = models.CharField(max_length=80)
    sealed = models.JSONField(default=dict)
    hints = models.JSONField(default=dict)
    fingerprint = models.CharField(max_length=32)
    simulated = models.BooleanField(default=False, help_text="Speaks to the simulator: demo data.")
    monthly_dollars = models.DecimalField(
        max_digits=9, decimal_places=2, null=True, blank=True,
        help_text="The most to spend in a calendar month (UTC), where the platform charges.",
    )  # fmt: skip
    daily_units = models.PositiveIntegerField(
        null=True, blank=True,
        help_text="The most units or calls to spend in a day; empty: what the platform allows.",
    )  # fmt: skip
    plan = models.JSONField(
        default=dict, help_text="What its running jobs need in a day, as the governor found."
    )
    verdict = models.CharField(max_length=16, choices=Verdict.choices, default=Verdict.UNTESTED)
    verdict_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "api_profiles"
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "platform", "name"], name="api_profile_name_once"
            ),
            models.CheckConstraint(
                condition=models.Q(monthly_dollars__gte=0), name="api_profile_dollars_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.platform}: {self.name}"

    @property
    def option(self) -> str:
        """Its name in a list to choose from, with what is wrong with it."""
        refused = self.verdict in self.REFUSED
        return f"{self.name} ({self.get_verdict_display()})" if refused else self.name
