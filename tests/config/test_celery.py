"""Tasks run for the tenant, and log under the request, that sent them."""

import queue
import time
from contextlib import contextmanager

import pytest
from celery.contrib.testing.worker import start_worker
from celery.exceptions import QueueNotFound
from django.conf import settings
from django.db import connection, transaction
from django.test import RequestFactory
from kombu import Connection

from accounts import tenancy
from config.celery import app
from config.health import heartbeat
from config.logs.lines import in_request, request_id
from config.web.middleware import identify
from platforms.models import Entity
from tests.factories.platforms import EntityFactory
from tests.stack import free_port

# The worker has connections of its own, so what the tests write must be committed.
pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

REPORTS = queue.Queue()
QUEUE = "default"


@app.task(name="tests.report")
def report(word=""):
    """Tell the test what a task sees."""
    with transaction.atomic():
        seen = sorted(Entity.objects.values_list("external_id", flat=True))
    REPORTS.put((word, tenancy.current(), request_id(), seen))


@app.task(name="tests.fail")
def fail():
    REPORTS.put("fails")
    raise ValueError("api_key=S3cr3tS3cr3t was refused")


@app.task(name="tests.pass_on")
def pass_on():
    report.delay("from a task")


@pytest.fixture(autouse=True)
def _empty():
    with app.connection_for_write() as broker:
        broker.default_channel.queue_purge(QUEUE)
    REPORTS.queue.clear()


@pytest.fixture
def worker():
    """A worker in a thread, with the real broker between us."""
    with start_worker(app, pool="solo", queues=[QUEUE], perform_ping_check=False) as worker:
        yield worker


@contextmanager
def a_request(**headers):
    request = RequestFactory().get("/", headers=headers)
    identify(request)
    with in_request(request):
        yield request


def next_report():
    return REPORTS.get(timeout=10)


def waiting():
    with app.connection_for_read() as broker:
        return broker.default_channel.client.llen(QUEUE)


@pytest.fixture
def watched(alice, bob):
    """One channel of each."""
    for person, channel in ((alice, "UC-alice"), (bob, "UC-bob")):
        with tenancy.tenant(person.pk):
            EntityFactory(owner=person, external_id=channel)


def test_a_task_sees_the_rows_of_its_sender_only(worker, watched, alice, bob):
    for person, channel in ((alice, "UC-alice"), (bob, "UC-bob")):
        with tenancy.acting_for(person.pk):
            report.delay()
        assert next_report() == ("", person.pk, None, [channel])


def test_a_task_of_nobody_sees_no_rows_even_after_one_of_somebody(worker, watched, alice):
    with tenancy.acting_for(alice.pk):
        report.delay()
    report.delay()
    assert next_report()[3] == ["UC-alice"]
    assert next_report() == ("", None, None, [])


def test_a_task_knows_the_request_that_sent_it(worker, alice):
    with a_request(**{"X-Request-ID": "given-id-1"}), tenancy.acting_for(alice.pk):
        report.delay()
    assert next_report()[1:3] == (alice.pk, "given-id-1")


def test_a_task_sent_by_a_task_keeps_both(worker, alice):
    with a_request(**{"X-Request-ID": "given-id-1"}), tenancy.acting_for(alice.pk):
        pass_on.delay()
    assert next_report()[:3] == ("from a task", alice.pk, "given-id-1")


def test_a_task_sent_in_a_transaction_that_is_rolled_back_is_never_sent():
    with transaction.atomic():
        report.delay_on_commit("never")
        transaction.set_rollback(True)
    assert waiting() == 0


def test_a_task_sent_in_a_transaction_waits_for_its_end():
    with transaction.atomic():
        report.delay_on_commit("later")
        assert waiting() == 0
    assert waiting() == 1


def test_a_task_belongs_to_whom_it_was_sent_for_and_not_to_who_committed(worker, alice, bob):
    with tenancy.acting_for(bob.pk), transaction.atomic(), tenancy.acting_for(alice.pk):
        report.delay_on_commit()
    assert next_report()[1] == alice.pk


def test_an_absent_broker_costs_the_request_neither_its_work_nor_its_time(alice):
    began = time.monotonic()
    with Connection(f"redis://127.0.0.1:{free_port()}/0") as absent, transaction.atomic():
        alice.name = "Committed"
        alice.save()
        report.apply_async_on_commit(connection=absent)
    assert time.monotonic() - began < 2
    alice.refresh_from_db()
    assert alice.name == "Committed"


def test_a_misspelt_queue_is_an_error():
    with pytest.raises(QueueNotFound):
        report.apply_async(queue="outbux")


def test_a_task_writes_one_line_under_its_request(worker, lines, alice):
    with a_request(**{"X-Request-ID": "given-id-1"}), tenancy.acting_for(alice.pk):
        sent = report.delay()
    next_report()
    line = task_line(lines)
    assert line["task_id"] == sent.id
    assert (line["task"], line["state"]) == ("tests.report", "SUCCESS")
    assert (line["request_id"], line["user_id"]) == ("given-id-1", alice.pk)
    assert 0 < line["duration"] < 5


def test_a_failed_task_leaves_its_traceback_under_its_request_and_no_secret(worker, lines):
    with a_request(**{"X-Request-ID": "given-id-1"}):
        fail.delay()
    next_report()
    line = task_line(lines)
    assert line["state"] == "FAILURE"
    (failure,) = [line for line in lines if line["level"] == "error"]
    assert "ValueError" in failure["exception"]
    assert (failure["task"], failure["request_id"]) == ("tests.fail", "given-id-1")
    assert "S3cr3tS3cr3t" not in lines.raw


def task_line(lines):
    """The line comes after the task, so after its report."""
    for _ in range(50):
        found = [line for line in lines if line["event"] == "task"]
        if found:
            return found[0]
        time.sleep(0.1)
    return pytest.fail("There is no line.")


def test_a_called_task_is_a_function(alice, watched):
    with tenancy.acting_for(alice.pk):
        report("called")
    assert next_report() == ("called", alice.pk, None, ["UC-alice"])


def test_a_worker_survives_a_lost_connection(worker, alice):
    connection.close_pool()  # threads of other tests may still hold its connections
    report.delay("before")
    next_report()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE pid <> pg_backend_pid() AND usename = current_user AND datname = %s",
            [connection.settings_dict["NAME"]],
        )
    report.delay("after")
    assert next_report()[0] == "after"


def test_a_worker_gives_signs_of_life_and_says_when_it_leaves():
    with start_worker(app, pool="solo", queues=[QUEUE], perform_ping_check=False) as worker:
        assert worker.hostname in heartbeat.workers()
    assert worker.hostname not in heartbeat.workers()


def test_time_limits_are_nested():
    soft, hard = settings.CELERY_TASK_SOFT_TIME_LIMIT, settings.CELERY_TASK_TIME_LIMIT
    visibility = settings.CELERY_BROKER_TRANSPORT_OPTIONS["visibility_timeout"]
    assert 10 < soft < hard < 120 < visibility
    assert app.conf.task_acks_late is False
    assert app.conf.worker_enable_remote_control is False
    assert app.conf.accept_content == ["json"]


@pytest.mark.chaos
def test_the_whole_product_ticks(stack):
    """Beat, broker and the worker processes, as they are run."""
    code = (
        "from config.health import heartbeat as h\n"
        "print(h.seconds_since_tick(), *(name.split('@')[0] for name in h.workers()))"
    )
    for _ in range(40):
        age, *names = stack.command("shell", "--no-imports", "-c", code).stdout.split()
        if age != "None" and len(names) == 3:
            break
        time.sleep(0.5)
    assert float(age) < 10
    assert names == ["analyst", "collector", "worker"]
