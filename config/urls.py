"""Addresses: one include per app."""

from django.contrib import admin
from django.urls import include, path

from config.frame.help import components, help_page
from config.frame.offline import offline, worker

urlpatterns = [
    path("admin/", admin.site.urls),
    path("health/", include("config.health.views")),
    path("offline/", offline, name="offline"),
    path("worker.js", worker, name="worker"),
    path("help/", help_page, name="help"),
    path("help/components/", components, name="components"),
    path("", include("accounts.urls")),
    path("", include("collectors.urls")),
    path("", include("platforms.urls")),
]

handler400 = "config.frame.errors.bad_request"
handler403 = "config.frame.errors.permission_denied"
handler404 = "config.frame.errors.page_not_found"
handler429 = "config.frame.errors.too_many_requests"  # allauth looks it up here, too
handler500 = "config.frame.errors.server_error"
