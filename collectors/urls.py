"""Addresses of monitors, runs and the first steps."""

from django.urls.resolvers import URLPattern

urlpatterns: list[URLPattern] = []
