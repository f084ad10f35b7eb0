"""Addresses of monitors, runs and the first steps."""

from django.urls import path
from django.urls.resolvers import URLPattern

from collectors import api

_jobs = [
    path("api/jobs/", api.JobList.as_view(), name="api_jobs"),
    path("api/jobs/bulk/", api.JobBulk.as_view(), name="api_job_bulk"),
    path("api/jobs/<int:pk>/", api.JobDetail.as_view(), name="api_job"),
    path("api/jobs/<int:pk>/pause/", api.JobAction.as_view(action="pause"), name="api_job_pause"),
    path(
        "api/jobs/<int:pk>/resume/", api.JobAction.as_view(action="resume"), name="api_job_resume"
    ),
    path("api/jobs/<int:pk>/run/", api.JobAction.as_view(action="run"), name="api_job_run"),
    path("api/jobs/<int:pk>/executions/", api.JobExecutions.as_view(), name="api_job_executions"),
    path("api/executions/", api.ExecutionList.as_view(), name="api_executions"),
    path("api/executions/<int:pk>/", api.ExecutionDetail.as_view(), name="api_execution"),
]

urlpatterns: list[URLPattern] = [*_jobs]
