"""Addresses of monitors, runs and the first steps."""

from django.urls import path
from django.urls.resolvers import URLPattern

from collectors.views import adding

urlpatterns: list[URLPattern] = [
    path("monitors/add/", adding.monitor_add, name="monitor_add"),
]
