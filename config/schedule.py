"""What beat sends by itself. django-celery-beat copies it into its tables, where staff can see it.

Every entry names its queue and when its message is worth nothing any more: messages that nobody
took must not pile up. People's jobs are not here: they are rows with a date of their own.
"""

from typing import Any

from celery.schedules import crontab

from config.health.heartbeat import SECONDS

DISPATCH_SECONDS, SWEEP_SECONDS = 5, 10
GOVERN_SECONDS = DUTY_SECONDS = 300
ROUTES = {
    "config.tasks.tick": "dispatch",
    "collectors.tasks.dispatch_due": "dispatch",
    "collectors.tasks.sweep": "dispatch",
    "collectors.tasks.run_import": "export",
    "exports.tasks.*": "export",
}
SCHEDULE: dict[str, dict[str, Any]] = {
    "system: tick": {
        "task": "config.tasks.tick",
        "schedule": SECONDS,
        "options": {"queue": "dispatch", "expire_seconds": int(SECONDS)},
    },
    "system: dispatch what is due": {
        "task": "collectors.tasks.dispatch_due",
        "schedule": DISPATCH_SECONDS,
        "options": {"queue": "dispatch", "expire_seconds": DISPATCH_SECONDS},
    },
    "system: sweep up lost runs": {
        "task": "collectors.tasks.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "dispatch", "expire_seconds": SWEEP_SECONDS},
    },
    "system: look for what vanished": {
        "task": "collectors.tasks.look_for_vanished",
        "schedule": DUTY_SECONDS,
        "options": {"queue": "default", "expire_seconds": DUTY_SECONDS},
    },
    "system: remove what may not be kept": {
        "task": "collectors.tasks.visit_accounts",
        "schedule": DUTY_SECONDS,
        "options": {"queue": "default", "expire_seconds": DUTY_SECONDS},
    },
    "system: clean up": {
        "task": "collectors.tasks.clean_up",
        "schedule": crontab(hour="4", minute="41"),
        "options": {"queue": "default", "expire_seconds": 6 * 3600},
    },
    "system: sweep up lost imports": {
        "task": "collectors.tasks.sweep_imports",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "default", "expire_seconds": SWEEP_SECONDS},
    },
    "system: fit intervals into limits": {
        "task": "collectors.tasks.govern",
        "schedule": GOVERN_SECONDS,
        "options": {"queue": "default", "expire_seconds": GOVERN_SECONDS},
    },
    "system: clear expired sessions": {
        "task": "accounts.tasks.clear_expired_sessions",
        "schedule": crontab(hour="3", minute="17"),
        "options": {"queue": "default", "expire_seconds": 6 * 3600},
    },
}
OURS = "system: "


def forget_removed_entries(**_: Any) -> None:
    """Delete the rows of entries that left SCHEDULE: beat would go on sending them."""
    from django_celery_beat.models import PeriodicTask  # noqa: PLC0415  after Django's set-up

    PeriodicTask.objects.filter(name__startswith=OURS).exclude(name__in=SCHEDULE).delete()
