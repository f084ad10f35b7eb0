"""Imports of files: the queue of record, how far each has come, and which rows it refused."""

from django.db import models
from django.db.models import Q

from accounts.owned import Owned, OwnedQuerySet
from platforms import registry
from platforms.models import Entity


class Import(Owned):
    """One file on its way into the history.

    `position`: records that are dealt with; what they brought is stored in the same transaction.
    `run_token`, `lease_until`: as of runs (see `leases`). `read_at`: when the figures of a file
    without such a column stood so; only a person knows. `stamp`: the first sight of all that it
    made. `stored_as`: the file, '' once it is deleted. `is_upload`: the file is our own copy.
    """

    class What(models.TextChoices):
        """What the rows are of."""

        POSTS = "posts", "Posts"
        COMMENTS = "comments", "Comments"
        AUDIENCE = "audience", "Figures of accounts"

    class Status(models.TextChoices):
        """The states of an import."""

        DRAFT = "draft", "Not started"
        QUEUED = "queued", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELLED = "cancelled", "Cancelled"
        UNDONE = "undone", "Taken back"

    OPEN = (Status.QUEUED, Status.RUNNING)

    platform = models.CharField(max_length=16, choices=registry.choices)
    what = models.CharField(max_length=16, choices=What.choices, default=What.POSTS)
    entity = models.ForeignKey(
        Entity, models.CASCADE, null=True, related_name="+",
        help_text="The source of the whole file; without one a column names it.",
    )  # fmt: skip
    make_sources = models.BooleanField(default=False, help_text="Of names that are not watched.")
    made_sources = models.JSONField(default=list, help_text="Ids of sources that it made.")
    file_name = models.CharField(max_length=255)
    stored_as = models.TextField(blank=True)
    is_upload = models.BooleanField(default=True)
    digest = models.CharField(max_length=64, help_text="SHA-256 of the file.")
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict, help_text="Field -> column.")
    zone = models.CharField(max_length=64, default="UTC", help_text="Of moments that name none.")
    day_first = models.BooleanField(default=False)
    read_at = models.DateTimeField(null=True)
    status = models.CharField(max_length=16, choices=Status.choices, default=Status.DRAFT)
    run_token = models.BigIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    position = models.BigIntegerField(default=0)
    share_done = models.FloatField(default=0.0)
    created = models.BigIntegerField(default=0)
    changed = models.BigIntegerField(default=0)
    unchanged = models.BigIntegerField(default=0)
    repeated = models.BigIntegerField(default=0, help_text="Told by an earlier row of the file.")
    refused = models.BigIntegerField(default=0)
    removed = models.BigIntegerField(default=0, help_text="Taken back.")
    error_text = models.CharField(max_length=500, blank=True)
    stamp = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "imports"
        indexes = [
            models.Index(
                fields=["lease_until"], name="import_open",
                condition=Q(status__in=["queued", "running"]),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.status in self.OPEN


class ImportProblem(Owned):
    """A row that was refused, and why; of each import the first ones are kept."""

    of = models.ForeignKey(Import, models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    column = models.CharField(max_length=100, blank=True)
    cell = models.CharField(max_length=100, blank=True)
    sentence = models.CharField(max_length=200)

    objects = OwnedQuerySet.as_manager()

    class Meta:
        db_table = "import_problems"

    def __str__(self) -> str:
        return f"Line {self.line}: {self.sentence}"
