"""Messages are sent after the commit, for their owner; a lost one is sent again by the sweeper."""

import pytest
from kombu import Connection

from accounts.tenancy import tenant
from collectors import control, dispatch, doorbell
from collectors.models import JobExecution, MonitoringJob
from collectors.schedule import Claimed
from config.celery import app
from tests.stack import free_port

QUEUE = "collect.youtube"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def empty():
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)


def messages():
    """Headers and ids of what waits, taken out."""
    with app.connection_for_read() as broker:
        channel = broker.default_channel
        found = list(iter(lambda: channel.basic_get(QUEUE, no_ack=True), None))
        return [(message.headers, message.decode()[0][0]) for message in found]


def run_now(person):
    with tenant(person.pk):
        return control.run_now(MonitoringJob.objects.for_user(person))


def waiting(person):
    with tenant(person.pk):
        return list(JobExecution.objects.order_by("pk").values_list("pk", flat=True))


def test_a_run_that_is_asked_for_is_rung_for_after_the_commit(
    alice, watch, django_capture_on_commit_callbacks
):
    watch(alice, 3)
    with django_capture_on_commit_callbacks(execute=True):
        run_now(alice)
        assert messages() == []
    ((headers, ids),) = messages()
    assert (headers["task"], headers["tenant"]) == (doorbell.COLLECT, alice.pk)
    assert sorted(ids) == waiting(alice)


def test_what_could_not_be_sent_is_sent_by_the_next_sweep(alice, watch, caplog):
    watch(alice)
    run_now(alice)
    (run,) = waiting(alice)
    absent = Connection(f"redis://127.0.0.1:{free_port()}/0", connect_timeout=0.1)
    doorbell.ring([Claimed(run, alice.pk, "youtube", None)], broker=absent)
    assert "A pack of 1 runs was not sent" in caplog.text
    dispatch.sweep(doorbell.ring)
    assert [ids for _, ids in messages()] == [[run]]
