"""Addresses of monitors, runs and the first steps."""

from django.db.transaction import non_atomic_requests
from django.urls import path
from django.urls.resolvers import URLPattern

from collectors import api_adding
from collectors.views import adding

_adding = [
    path("monitors/add/", adding.monitor_add, name="monitor_add"),
    path(
        "api/jobs/preview/",
        non_atomic_requests(api_adding.JobPreview.as_view()),
        name="api_job_preview",
    ),
    path("api/jobs/add/", non_atomic_requests(api_adding.JobAdd.as_view()), name="api_job_add"),
]

urlpatterns: list[URLPattern] = [*_adding]
