"""Addresses of monitors, runs, imports and the first steps."""

from django.urls import path

from collectors.imports import api as imports_api
from collectors.views import imports

urlpatterns = [
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
