"""Addresses of monitors, runs, sources and the first steps."""

from django.urls import path

from collectors.views import actions, monitors, runs, sources, welcome

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
]
