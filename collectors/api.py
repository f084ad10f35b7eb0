"""The REST API of jobs and their runs: the same functions as the pages.

`/api/jobs/` and `/api/executions/`. Lists are paged from new to old.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, cast

from django.db.models import Q, QuerySet
from django.http import Http404
from django.shortcuts import get_object_or_404
from django.utils import timezone
from rest_framework import generics, status
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import User
from accounts.owned import OwnedQuerySet
from collectors import caps, control
from collectors.demo.refusals import demand_may_stop
from collectors.models import JobExecution, MonitoringJob
from collectors.serializers import (
    STATES,
    BulkSerializer,
    ExecutionFilter,
    ExecutionSerializer,
    IntervalSerializer,
    JobFilter,
    JobSerializer,
    StartSerializer,
)

Jobs = OwnedQuerySet[MonitoringJob]

ACTIONS: dict[str, Callable[[Jobs], int]] = {
    "pause": control.pause,
    "resume": control.resume,
    "run": control.run_now,
    "stop": control.stop,
}


# --- Jobs --------------------------------------------------------------------------------------
class JobList(generics.ListAPIView[MonitoringJob]):
    """All jobs, by platform, status and entity; a new one begins at once."""

    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[MonitoringJob]:
        """The person's own, as far as they are asked for."""
        asked = _checked(JobFilter(data=self.request.query_params))
        jobs = _own_jobs(self.request).filter(STATES.get(asked.pop("status", ""), Q()))
        return jobs.filter(**asked).select_related("entity")

    def post(self, request: Request) -> Response:
        """Read an entity from now on: 201, or 200 where it had a job, which now runs so."""
        asked = _checked(StartSerializer(data=request.data, context={"request": request}))
        with _refusals_told():
            caps.demand_room_to_start(**asked, now=timezone.now())
            job, new = control.start(**asked)
        return _told(job, status.HTTP_201_CREATED if new else status.HTTP_200_OK)


class JobDetail(generics.RetrieveAPIView[MonitoringJob]):
    """One job."""

    serializer_class = JobSerializer

    def get_queryset(self) -> QuerySet[MonitoringJob]:
        """The person's own."""
        return _own_jobs(self.request).select_related("entity")

    def patch(self, request: Request, pk: int) -> Response:
        """Another interval, adaptive or not; what is not sent stays."""
        job = self.get_object()
        asked = _checked(IntervalSerializer(data=request.data, partial=True))
        with _refusals_told():
            _change(
                _own_jobs(request).filter(pk=pk),
                minutes=asked.get("interval_minutes", job.interval_minutes),
                adaptive=asked.get("adaptive", job.adaptive),
            )
        return _told(self.get_object())

    def delete(self, request: Request, pk: int) -> Response:
        """Stop. What was collected stays."""
        self.get_object()
        control.stop(_own_jobs(request).filter(pk=pk))
        return Response(status=status.HTTP_204_NO_CONTENT)


class JobAction(APIView):
    """Pauses, resumes or runs one job; safe to send twice."""

    action = ""

    def post(self, request: Request, pk: int) -> Response:
        """The job as it then is."""
        own = _own_jobs(request).filter(pk=pk)
        get_object_or_404(own)
        ACTIONS[self.action](own)
        return _told(get_object_or_404(own.select_related("entity")))


class JobBulk(APIView):
    """One action for many jobs, all or none."""

    def post(self, request: Request) -> Response:
        """How many were changed. An id that is not the person's is a 404 for all of them."""
        asked = _checked(BulkSerializer(data=request.data))
        if asked["action"] == "stop":
            demand_may_stop(cast("User", request.user))
        jobs, ids = _own_jobs(request), asked["ids"]
        if ids is not None:
            jobs = jobs.filter(pk__in=ids)
            if jobs.count() < len(ids):
                raise Http404
        with _refusals_told():
            changed = _act(jobs, asked)
        return Response({"changed": changed})


# --- Runs --------------------------------------------------------------------------------------
class ExecutionList(generics.ListAPIView[JobExecution]):
    """Runs, by platform, status, entity and job."""

    serializer_class = ExecutionSerializer
    ordering = ("-due_at", "-id")

    def get_queryset(self) -> QuerySet[JobExecution]:
        """The person's own, as far as they are asked for."""
        asked = _checked(ExecutionFilter(data=self.request.query_params))
        names = {"platform": "job__platform", "entity": "job__entity"}
        return _own_runs(self.request).filter(
            **{names.get(name, name): value for name, value in asked.items()}
        )


class JobExecutions(ExecutionList):
    """Runs of one job."""

    def get_queryset(self) -> QuerySet[JobExecution]:
        """Of one of the person's own."""
        job = get_object_or_404(_own_jobs(self.request), pk=self.kwargs["pk"])
        return super().get_queryset().filter(job=job)


class ExecutionDetail(generics.RetrieveAPIView[JobExecution]):
    """One run."""

    serializer_class = ExecutionSerializer

    def get_queryset(self) -> QuerySet[JobExecution]:
        """The person's own."""
        return _own_runs(self.request)


def _own_jobs(request: Request) -> Jobs:
    return MonitoringJob.objects.for_user(request.user)


def _own_runs(request: Request) -> OwnedQuerySet[JobExecution]:
    return JobExecution.objects.for_user(request.user).select_related("job")


def _checked(serializer: Any) -> dict[str, Any]:
    serializer.is_valid(raise_exception=True)
    found: dict[str, Any] = serializer.validated_data
    return found


def _act(jobs: Jobs, asked: dict[str, Any]) -> int:
    if asked["action"] == "change":
        return _change(jobs, minutes=asked["interval_minutes"], adaptive=asked["adaptive"])
    return ACTIONS[asked["action"]](jobs)


def _change(jobs: Jobs, *, minutes: int, adaptive: bool) -> int:
    caps.demand_room_to_change(jobs, minutes=minutes, adaptive=adaptive, now=timezone.now())
    return control.change_interval(jobs, minutes=minutes, adaptive=adaptive)


@contextmanager
def _refusals_told() -> Iterator[None]:
    try:
        yield
    except (control.IntervalOutOfRange, caps.BeyondCap) as mistake:
        raise ValidationError({"interval_minutes": [str(mistake)]}) from None


def _told(job: MonitoringJob, code: int = status.HTTP_200_OK) -> Response:
    return Response(JobSerializer(job).data, status=code)
