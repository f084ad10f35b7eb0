"""Jobs and their runs in the staff's admin: facts to look at, and what may be done with them."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property

from accounts.owned import OwnedQuerySet
from collectors import control
from collectors.models import JobExecution, MonitoringJob

MOST_COUNTED = 10_000


class CappedPaginator(Paginator):
    """Counts no further than people page: to count millions of rows would take seconds."""

    @cached_property
    def count(self) -> int:
        """How many rows there are, or the most that are shown."""
        rows = cast("QuerySet[Any]", self.object_list)
        return rows.order_by()[:MOST_COUNTED].count()


class FactsAdmin(admin.ModelAdmin):
    """Rows that only the product itself writes."""

    paginator = CappedPaginator
    show_full_result_count = False
    ordering = ("-pk",)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """All."""
        del request, obj  # Django's signature
        return tuple(field.name for field in self.opts.fields)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Jobs belong to people; they start them."""
        del request  # Django's signature
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """By the actions alone: a form would write back what workers change meanwhile."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only its owner stops a job."""
        del request, obj  # Django's signature
        return False


@admin.register(MonitoringJob)
class JobAdmin(FactsAdmin):
    """When each account is read."""

    list_display = (
        "entity", "owner", "interval_minutes", "every_seconds", "adaptive", "pause_reason", "busy",
        "next_run_at", "last_success_at", "failures", "skipped",
    )  # fmt: skip
    list_filter = ("platform", "pause_reason", "busy", "adaptive")
    list_select_related = ("entity", "owner")
    search_fields = ("entity__handle", "owner__email")
    actions = ("pause", "resume", "run_now")

    @admin.action(description="Pause", permissions=["change"])
    def pause(self, request: HttpRequest, queryset: QuerySet[MonitoringJob]) -> None:
        """Run no more until somebody resumes them."""
        self._act(request, control.pause, queryset, "paused")

    @admin.action(description="Resume", permissions=["change"])
    def resume(self, request: HttpRequest, queryset: QuerySet[MonitoringJob]) -> None:
        """End every pause."""
        self._act(request, control.resume, queryset, "resumed")

    @admin.action(description="Run now", permissions=["change"])
    def run_now(self, request: HttpRequest, queryset: QuerySet[MonitoringJob]) -> None:
        """Run once, out of turn."""
        self._act(request, control.run_now, queryset, "asked to run now")

    def _act(
        self,
        request: HttpRequest,
        action: Callable[[OwnedQuerySet[MonitoringJob]], int],
        queryset: QuerySet[MonitoringJob],
        done: str,
    ) -> None:
        jobs = MonitoringJob.objects.filter(pk__in=queryset.order_by().values("pk"))
        chosen = jobs.count()
        self.message_user(request, f"{action(jobs):,} of {chosen:,} jobs {done}.")


@admin.register(JobExecution)
class ExecutionAdmin(FactsAdmin):
    """What became of every run."""

    list_display = (
        "id", "entity", "owner", "status", "due_at", "started_at", "completed_at", "created",
        "changed", "calls", "error_code",
    )  # fmt: skip
    list_filter = ("status", "job__platform", "asked_by_person")
    list_select_related = ("job__entity", "owner")

    @admin.display
    def entity(self, run: JobExecution) -> str:
        """What was read."""
        return str(run.job.entity)
