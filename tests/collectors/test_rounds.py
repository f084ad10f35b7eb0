"""The dispatch goes round once a second, outlives an outage, and ends soon when it is told to."""

import time

import pytest
from celery.signals import worker_shutting_down
from django.db import connection

from accounts.tenancy import system
from collectors import rounds, stopping, tasks
from collectors.models import JobExecution
from config.backends.database.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def statuses():
    with system():
        return sorted(JobExecution.objects.values_list("status", flat=True))


def after(seconds):
    end = time.monotonic() + seconds
    return lambda: time.monotonic() >= end


def test_what_becomes_due_meanwhile_is_found_in_the_next_round(alice, watch):
    ended, seen = after(1.5), []

    def watch_one_more():
        if not seen:
            seen.append(watch(alice))
        return ended()

    rounds.dispatch_until(watch_one_more)
    assert statuses() == ["queued"]


def test_it_goes_on_when_the_database_is_back(alice, watch, caplog):
    watch(alice)
    connection.close()
    DatabaseWrapper._lost_until = time.monotonic() + 0.5
    rounds.dispatch_until(after(1.5), sweeping=True)
    assert "The dispatch goes on in its next round" in caplog.text
    assert statuses() == ["queued"]


@pytest.fixture
def told_to_stop():
    yield lambda: worker_shutting_down.send(sender="test", sig="TERM", how="Warm", exitcode=0)
    stopping._told[0] = 0


def test_a_worker_that_is_told_to_stop_does_not_wait_for_the_end_of_the_tick(alice, told_to_stop):
    began = time.monotonic()
    told_to_stop()
    tasks.dispatch_due()
    assert time.monotonic() - began < 1
    assert stopping.asked()


def test_processes_of_a_worker_hear_it_too(told_to_stop):
    import os

    child = os.fork()
    if child == 0:
        ended = after(5)
        while not stopping.asked() and not ended():
            time.sleep(0.01)
        os._exit(stopping.asked())
    told_to_stop()
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
