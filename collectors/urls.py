"""Addresses of monitors, runs and the first steps."""

from django.urls import path

from collectors.views import demo

urlpatterns = [
    path("demo/", demo.demo, name="demo"),
    path("demo/leave/", demo.leave, name="demo_leave"),
]
