"""Checks of `manage.py check` that Django does not have."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.core import checks
from django.core.checks import CheckMessage, Error, Tags, register

from config.celery import app


@register(Tags.compatibility)
def schedule(**_: Any) -> Iterable[CheckMessage]:
    """Every entry of the schedule names a task, a queue and an end."""
    app.autodiscover_tasks(force=True)
    queues = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
        options = entry.get("options", {})
        if entry["task"] not in app.tasks:
            yield Error(f"{name!r} names the unknown task {entry['task']}.", id="tidewatch.E001")
        if options.get("queue") not in queues:
            yield Error(f"{name!r} names no queue of CELERY_TASK_QUEUES.", id="tidewatch.E002")
        if not options.get("expire_seconds"):
            yield Error(f"{name!r} has no expire_seconds; it could pile up.", id="tidewatch.E003")


@register(Tags.security, deploy=True)
def proxies(**_: Any) -> Iterable[CheckMessage]:
    """The web server speaks plain http, so https ends at a proxy in front of it."""
    if not settings.TRUSTED_PROXIES:
        yield checks.Warning(
            "TRUSTED_PROXIES is 0: the proxy's word that a request came by https is not believed, "
            "so every page redirects to itself, and every visitor has the proxy's address.",
            hint="Set TRUSTED_PROXIES to the number of proxies in front, usually 1.",
            id="tidewatch.W001",
        )
