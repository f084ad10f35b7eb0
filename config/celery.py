"""Celery: messages carry ids; the context of the sender travels in their headers."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

app = Celery("tidewatch")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
