"""When each watched account is read, and what became of every run."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from accounts.owned import Owned, OwnedQuerySet
from collectors.imports.models import Import, ImportProblem
from platforms import registry
from platforms.models import Entity

__all__ = ["Import", "ImportProblem", "JobExecution", "MonitoringJob"]


class MonitoringJob(Owned):
    """The schedule of one entity.

    `interval_minutes` is what its owner asked for, `every_seconds` what it gets: adaptive jobs and
    a short budget stretch it. `run_token` fences: a worker whose token is no longer the job's has
    lost its lease, and what it still wants to write is refused. `busy`: a run is under way or
    waits for a worker.
    """

    class Pause(models.TextChoices):
        """Why it does not run."""

        RUNS = "", "Runs"
        BY_PERSON = "by_person", "Paused by you"
        CREDENTIAL = "credential", "The credential needs attention"
        CREDIT = "credit", "No credit left"
        NO_CREDENTIAL = "no_credential", "No credential"
        FAILURES = "failures", "Failed too often"
        HISTORY = "history", "Its history is being loaded"

    # One index for "mine" and for "whose turn is it"; every claim writes each index there is.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False
    )
    entity = models.OneToOneField(Entity, models.CASCADE, related_name="job")
    platform = models.CharField(max_length=16, choices=registry.choices)
    interval_minutes = models.PositiveIntegerField()
    every_seconds = models.PositiveIntegerField()
    adaptive = models.BooleanField(default=False)
    paced_seconds = models.PositiveIntegerField(
        null=True, help_text="The interval that an adaptive job's account calls for."
    )
    items_a_day = models.FloatField(null=True, help_text="What its account publishes of late.")
    next_run_at = models.DateTimeField(null=True, db_default=Now())
    pause_reason = models.CharField(
        max_length=16, choices=Pause.choices, blank=True, default=Pause.RUNS
    )
    run_token = models.BigIntegerField(default=0)
    busy = models.BooleanField(default=False)
    failures = models.PositiveSmallIntegerField(default=0, help_text="In a row.")
    skipped = models.PositiveIntegerField(default=0, help_text="Slots that met a run under way.")
    last_success_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "monitoring_jobs"
        constraints = [
            models.CheckConstraint(
                condition=Q(pause_reason="", next_run_at__isnull=False)
                | (~Q(pause_reason="") & Q(next_run_at__isnull=True)),
                name="monitoring_job_paused_or_due",
            ),
            models.CheckConstraint(
                condition=Q(every_seconds__gte=1), name="monitoring_job_interval_positive"
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_run_at"], name="monitoring_job_due",
                condition=Q(next_run_at__isnull=False),
            ),
            models.Index(
                fields=["owner", "next_run_at"], name="monitoring_job_due_by_owner"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Job {self.pk}"


class JobExecution(Owned):
    """One run of one job, or a slot that was not run.

    `due_at` names the slot: a second run of the same slot stores the same rows. `lease_until`: the
    run is lost when nobody renewed it by then. Money in millionths of a dollar.
    """

    class Status(models.TextChoices):
        """The states of a run; the first two are open."""

        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        SUCCESS = "success", "Success"
        PARTIAL = "partial", "Partly done"
        FAILED = "failed", "Failed"
        RATE_LIMITED = "rate_limited", "Put off"
        SKIPPED = "skipped", "Skipped"
        LOST = "lost", "Lost"

    OPEN = (Status.QUEUED, Status.RUNNING)

    # The job's own key vouches for the owner; a check here would cost each claim a tenth.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="+", db_index=False,
        db_constraint=False,
    )  # fmt: skip
    job = models.ForeignKey(
        MonitoringJob, models.CASCADE, related_name="executions", db_index=False
    )
    run_token = models.BigIntegerField()
    due_at = models.DateTimeField()
    attempt = models.PositiveSmallIntegerField(default=1, db_default=1)
    status = models.CharField(max_length=16, choices=Status.choices)
    asked_by_person = models.BooleanField(default=False, db_default=False)
    queued_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    created = models.PositiveIntegerField(default=0, db_default=0)
    changed = models.PositiveIntegerField(default=0, db_default=0)
    unchanged = models.PositiveIntegerField(default=0, db_default=0)
    calls = models.FloatField(
        default=0, db_default=0, help_text="Its share of the calls of a packed run."
    )
    units = models.FloatField(default=0, db_default=0)
    microdollars = models.BigIntegerField(default=0, db_default=0)
    refused = models.PositiveSmallIntegerField(
        default=0, db_default=0, help_text="Writes that came after another worker had taken over."
    )
    error_code = models.CharField(max_length=32, blank=True, default="", db_default="")
    error_text = models.CharField(max_length=500, blank=True, default="", db_default="")

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "job_executions"
        constraints = [
            models.UniqueConstraint(
                fields=["job", "due_at", "attempt"], name="job_execution_once_a_slot"
            ),
            models.UniqueConstraint(
                fields=["job"], name="job_execution_one_open",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(
                fields=["lease_until"], name="job_execution_open",
                condition=Q(status__in=["queued", "running"]),
            ),
            models.Index(fields=["owner", "-due_at"], name="job_execution_by_time"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"Run {self.pk}"


class Custody(Owned):
    """What we owe for what we hold of one account; collectors/policies keeps it.

    `look_at`: when items that were not seen for long are asked for again; NULL: the platform cannot
    be asked. `visit_at`: when it is next seen to that nothing is kept for too long. `gone_since`:
    since when the platform does not show the account. `access_ended_at`: since when no credential
    reads it. `forget_asked_at`: its owner wants all of it deleted.
    """

    entity = models.OneToOneField(Entity, models.CASCADE, related_name="+", primary_key=True)
    look_at = models.DateTimeField(null=True)
    visit_at = models.DateTimeField()
    gone_since = models.DateTimeField(null=True)
    access_ended_at = models.DateTimeField(null=True)
    forget_asked_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "custodies"
        verbose_name_plural = "custodies"
        indexes = [
            models.Index(fields=["look_at"], name="custody_to_look_at"),
            models.Index(fields=["visit_at"], name="custody_to_visit"),
        ]

    def __str__(self) -> str:
        return f"Custody of {self.pk}"
