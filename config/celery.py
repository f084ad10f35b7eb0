"""Celery: messages carry ids; who sent them, and for whom, travels in their headers."""

import os
from time import perf_counter
from typing import Any

import structlog
from celery import Celery, signals
from celery.contrib.django.task import DjangoTask
from django.conf import settings
from django.db import close_old_connections, transaction

from accounts import tenancy
from config.health.heartbeat import WorkerHeartbeat
from config.logs.lines import configure, request_id
from config.schedule import forget_removed_entries
from config.start.failures import one_sentence

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")

log = structlog.get_logger("tidewatch.task")


# They come every few seconds: their line is written at DEBUG.
QUIET = {"config.tasks.tick", "collectors.tasks.dispatch_due", "collectors.tasks.sweep"}


class Task(DjangoTask[Any, Any]):
    """Runs for the tenant, and logs under the request, that sent it."""

    abstract = True

    def delay_on_commit(self, *args: Any, **kwargs: Any) -> None:  # type: ignore[override]  # returns nothing, whatever the stubs say
        """Send after the commit; never when the transaction is rolled back."""
        self.apply_async_on_commit(args, kwargs)

    def apply_async_on_commit(self, *args: Any, **options: Any) -> None:  # type: ignore[override]
        """Send after the commit, for whom this code works now.

        Robust: the database holds what is due, so an absent broker must not fail the request.
        """
        options["headers"] = sender() | options.get("headers", {})
        transaction.on_commit(lambda: self.apply_async(*args, **options), robust=True)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Run for the sender's tenant; without one every tenant's row is invisible."""
        if self.request.called_directly:
            return self.run(*args, **kwargs)
        with tenancy.acting_for(_header(self, "tenant")):
            return self.run(*args, **kwargs)


def sender() -> dict[str, Any]:
    """Return the headers that say who sends a message, and for whom."""
    return {"request_id": request_id(), "tenant": tenancy.current()}


def _header(task: Any, name: str) -> Any:
    return (task.request.headers or {}).get(name)


with one_sentence():
    settings.SECRET_KEY  # noqa: B018  reads the settings here, not somewhere within Celery

app = Celery("tidewatch", task_cls=Task)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.steps["worker"].add(WorkerHeartbeat)
signals.beat_init.connect(forget_removed_entries)


@signals.setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    """Keep Celery from setting up logging of its own."""
    configure(settings.LOGGING)


@signals.before_task_publish.connect
def _sign(headers: dict[str, Any], **_: Any) -> None:
    for name, value in sender().items():
        headers.setdefault(name, value)


@signals.task_prerun.connect
def _begin(task_id: str, task: Any, **_: Any) -> None:
    close_old_connections()  # a server may have restarted since the last task
    task.request.began = perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(
        task_id=task_id,
        task=task.name,
        request_id=_header(task, "request_id"),
        user_id=_header(task, "tenant"),
    )


@signals.task_postrun.connect
def _end(task: Any, state: str | None = None, **_: Any) -> None:
    write = log.debug if task.name in QUIET else log.info
    write("task", state=state, duration=round(perf_counter() - task.request.began, 4))
    close_old_connections()
    structlog.contextvars.clear_contextvars()
