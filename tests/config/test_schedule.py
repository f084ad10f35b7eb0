"""What beat sends by itself."""

import pytest
from django.core.checks import run_checks
from django.test import override_settings
from django_celery_beat.models import IntervalSchedule, PeriodicTask
from django_celery_beat.schedulers import DatabaseScheduler

from config.celery import app
from config.schedule import SCHEDULE, forget_removed_entries

ENTRY = SCHEDULE["system: tick"]


def complaints(**changes):
    with override_settings(CELERY_BEAT_SCHEDULE={"trial": ENTRY | changes}):
        return {message.id for message in run_checks()}


def test_the_check_passes_the_schedule():
    assert run_checks() == []
    assert complaints() == set()


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"task": "nobody.tasks.nothing"}, "tidewatch.E001"),
        ({"options": {"queue": "dispatsh", "expire_seconds": 5}}, "tidewatch.E002"),
        ({"options": {"queue": "dispatch"}}, "tidewatch.E003"),
    ],
)
def test_the_check_names_a_wrong_entry(changes, complaint):
    assert complaints(**changes) == {complaint}


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_beat_copies_the_schedule_with_queues_and_ends():
    DatabaseScheduler(app=app).sync()
    rows = PeriodicTask.objects.values_list("name", "queue", "expire_seconds")
    assert sorted(rows) == [
        ("system: clean up", "default", 21600),
        ("system: clear expired sessions", "default", 21600),
        ("system: dispatch what is due", "dispatch", 5),
        ("system: fit intervals into limits", "default", 300),
        ("system: look for what vanished", "default", 300),
        ("system: remove what may not be kept", "default", 300),
        ("system: sweep up lost imports", "default", 10),
        ("system: sweep up lost runs", "dispatch", 10),
        ("system: tick", "dispatch", 5),
    ]


def test_entries_that_left_the_schedule_are_forgotten_and_those_of_staff_are_kept(db):
    every = IntervalSchedule.objects.create(every=1, period="hours")
    for name in ("system: old", "of the staff", "system: tick"):
        PeriodicTask.objects.create(name=name, task="x", interval=every)
    forget_removed_entries()
    names = PeriodicTask.objects.values_list("name", flat=True)
    assert sorted(names) == ["of the staff", "system: tick"]
