"""Addresses of monitors, runs, sources, imports and the first steps."""

from django.db.transaction import non_atomic_requests
from django.urls import path

from collectors import api, api_adding
from collectors.imports import api as imports_api
from collectors.views import actions, adding, demo, imports, monitors, runs, sources, welcome

_adding = [
    path("monitors/add/", adding.monitor_add, name="monitor_add"),
    path(
        "api/jobs/preview/",
        non_atomic_requests(api_adding.JobPreview.as_view()),
        name="api_job_preview",
    ),
    path("api/jobs/add/", non_atomic_requests(api_adding.JobAdd.as_view()), name="api_job_add"),
]

_imports = [
    path("imports/", imports.import_list, name="imports"),
    path("imports/add/", imports.import_add, name="import_add"),
    path("imports/<int:pk>/", imports.import_detail, name="import"),
    path("imports/<int:pk>/cancel/", imports.import_cancel, name="import_cancel"),
    path("imports/<int:pk>/undo/", imports.import_undo, name="import_undo"),
    path("imports/<int:pk>/problems.csv", imports.import_problems, name="import_problems"),
    path("api/imports/", imports_api.ImportList.as_view(), name="api_imports"),
    path("api/imports/<int:pk>/", imports_api.ImportDetail.as_view(), name="api_import"),
    path("api/imports/<int:pk>/start/", imports_api.ImportStart.as_view(), name="api_import_start"),
    path(
        "api/imports/<int:pk>/cancel/",
        imports_api.ImportCancel.as_view(),
        name="api_import_cancel",
    ),
    path("api/imports/<int:pk>/undo/", imports_api.ImportUndo.as_view(), name="api_import_undo"),
]

urlpatterns = [
    path("", welcome.home, name="home"),
    path("welcome/", welcome.welcome, name="welcome"),
    path("monitors/", monitors.monitor_list, name="monitors"),
    path("monitors/do/", actions.act, name="monitors_do"),
    path("runs/", runs.run_list, name="runs"),
    path("runs/<int:pk>/", runs.run_detail, name="run"),
    path("sources/<int:pk>/", sources.source_content, name="source"),
    path("sources/<int:pk>/runs/", sources.source_runs, name="source_runs"),
    path("sources/<int:pk>/settings/", sources.source_settings, name="source_settings"),
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
    path("demo/", demo.demo, name="demo"),
    path("demo/leave/", demo.leave, name="demo_leave"),
    *_adding,
    *_imports,
]
