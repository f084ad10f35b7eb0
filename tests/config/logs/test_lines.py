"""Lines of the log: one JSON object each, with context, without secrets."""

import json
import logging
import subprocess
import sys
import threading

import pytest
import structlog
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from hypothesis import given
from hypothesis import strategies as st

from config.env import BASE_DIR
from config.logs.lines import LOUDEST, hide
from tests.config.lines import Lines

SECRET = "S3cr3tS3cr3tS3cr3t"


def test_a_line_says_when_how_bad_who_and_what(lines):
    logging.getLogger("somebody").warning("Something %s", "odd", extra={"rows": 3})
    line = lines.only()
    assert list(line)[:4] == ["timestamp", "level", "logger", "event"]
    assert line["timestamp"].endswith("Z")
    assert line | {"timestamp": 0} == {
        "timestamp": 0,
        "level": "warning",
        "logger": "somebody",
        "event": "Something odd",
        "rows": 3,
    }


def test_structlog_and_logging_write_alike(lines):
    structlog.get_logger("somebody").info("Something %s", "odd", rows=3)
    logging.getLogger("somebody").info("Something %s", "odd", extra={"rows": 3})
    first, second = (line | {"timestamp": 0} for line in lines)
    assert first == second


def test_an_exception_is_one_field_on_one_line(lines):
    try:
        int(f"postgresql://tw:{SECRET}@db/tw\nrefused")
    except ValueError:
        logging.getLogger("somebody").exception("It failed")
    line = lines.only()
    assert "ValueError: invalid literal" in line["exception"]
    assert "://[redacted]@db/tw" in line["exception"]
    assert "Traceback" in line["exception"]
    assert SECRET not in lines.raw


def test_secrets_do_not_come_out_by_any_way(lines):
    logger = logging.getLogger("somebody")
    logger.info("sent %s", {"Authorization": f"Bearer {SECRET}"})
    logger.info("sent", extra={"client_secret": SECRET, "headers": {"Cookie": f"a={SECRET}"}})
    structlog.get_logger("somebody").info("sent", url=f"https://example.org/?key={SECRET}")
    with structlog.contextvars.bound_contextvars(token=SECRET):
        logger.info("sent")
    assert len(list(lines)) == 4
    assert SECRET not in lines.raw


def test_configured_secrets_do_not_come_out_even_bare(lines):
    hide(SECRET)
    logging.getLogger("somebody").info("what is %s?", SECRET)
    assert lines.only()["event"] == "what is [redacted]?"


@given(message=st.text(), extra=st.dictionaries(st.text(min_size=1), st.text() | st.floats()))
def test_every_line_is_one_json_object(message, extra):
    lines = Lines()
    structlog.get_logger("somebody").info("%s", message, detail=extra)
    assert lines.raw.count("\n") == 1
    assert len(lines.raw.splitlines()) == 1
    assert isinstance(lines.only()["detail"], dict)


def test_a_call_with_wrong_arguments_is_a_line_that_names_it(lines):
    logger = logging.getLogger("alone")
    logger.propagate = False  # pytest's handler would raise
    logger.addHandler(lines.handler)
    logger.error("%d rows", SECRET)
    line = lines.only()
    assert line["template"] == "%d rows"
    assert "TypeError" in line["reason"]


def test_a_thread_that_dies_is_a_line(lines):
    thread = threading.Thread(target=lambda: 1 / 0, name="worker-7")
    thread.start()
    thread.join()
    assert lines.only()["event"] == "Thread worker-7 died"
    assert "ZeroDivisionError" in lines.only()["exception"]


@pytest.mark.parametrize("name", LOUDEST)
def test_loud_libraries_are_quiet(lines, name):
    logging.getLogger(name).info("Headers: {'authorization': '%s'}", SECRET)
    assert lines.raw == ""


def test_a_terminal_may_ask_for_readable_lines(monkeypatch):
    monkeypatch.setenv("DJANGO_LOG_FORMAT", "console")
    lines = Lines()
    logging.getLogger("somebody").info("Something odd, key=%s", SECRET)
    assert "Something odd" in lines.raw
    assert SECRET not in lines.raw
    assert not lines.raw.startswith("{")


def answers(request):
    logging.getLogger("view").info("working")
    return HttpResponse("done")


def fails(request, key):
    raise ValueError("broken")


@csrf_exempt
def form(request):
    return HttpResponse(len(request.POST))


urlpatterns = [
    path("works/", answers),
    path("reset/<str:key>/", fails),
    path("form/", form),
]


@override_settings(ROOT_URLCONF=__name__)
def test_each_line_of_a_request_carries_its_id_and_address(db, lines):
    answer = Client().get("/works/?key=" + SECRET, headers={"X-Request-ID": "given-id-1"})
    assert answer.headers["X-Request-ID"] == "given-id-1"
    view, request = lines
    assert (view["event"], request["event"]) == ("working", "request")
    for line in (view, request):
        assert (line["request_id"], line["ip"]) == ("given-id-1", "127.0.0.1")
    assert request["path"] == "/works/"
    assert request["status"] == 200
    assert 0 <= request["duration"] < 5
    assert SECRET not in lines.raw


@override_settings(ROOT_URLCONF=__name__)
def test_a_failed_request_has_its_traceback_and_no_secret_of_its_address(db, lines):
    Client(raise_request_exception=False).get(f"/reset/{SECRET}/")
    failure, request = lines
    assert "ValueError: broken" in failure["exception"]
    assert request["status"] == 500
    assert request["path"] == "/reset/[redacted]/"
    assert failure["request_id"] == request["request_id"]
    assert SECRET not in lines.raw


@override_settings(ROOT_URLCONF=__name__)
@pytest.mark.parametrize("address", [f"/reset/{SECRET}", f"/reset/{SECRET}/", f"/old/x-{SECRET}/"])
@pytest.mark.parametrize(
    "otherwise",
    [{}, {"ALLOWED_HOSTS": ["other.example.org"]}, {"SECURE_SSL_REDIRECT": True}],
    ids=["known host", "wrong host", "plain http"],
)
def test_a_key_in_an_address_that_led_nowhere_is_hidden(db, lines, address, otherwise):
    with override_settings(**otherwise):
        Client(raise_request_exception=False).get(address)
    assert list(lines)[-1]["path"].count("[redacted]") == 1
    assert SECRET not in lines.raw


@override_settings(ROOT_URLCONF=__name__, DATA_UPLOAD_MAX_NUMBER_FIELDS=2)
@pytest.mark.parametrize(
    ("sent", "reason"),
    [
        ({"headers": {"Host": "scanner.example"}}, "Invalid HTTP_HOST header"),
        ({"data": dict.fromkeys("abc", "1")}, "exceeded settings.DATA_UPLOAD_MAX_NUMBER_FIELDS"),
    ],
)
def test_a_strangers_bad_request_is_one_warning_without_a_traceback(db, lines, sent, reason):
    assert Client().post("/form/", **sent).status_code == 400
    warning, request = lines
    assert warning["level"] == "warning"
    assert reason in warning["event"]
    assert "exception" not in warning
    assert (request["level"], request["status"]) == ("info", 400)


@override_settings(ROOT_URLCONF=__name__)
def test_lines_name_the_person_once_known(db, alice, lines, client):
    client.force_login(alice)
    client.get("/works/")
    assert [line["user_id"] for line in lines] == [alice.pk, alice.pk]


def test_probes_are_quiet(lines):
    Client().get("/health/live")
    assert lines.raw == ""


def test_the_process_of_the_web_server_writes_json_only():
    code = "\n".join(
        [
            "import warnings, logging",
            "from config.logs.gunicorn import GunicornLogger",
            "from gunicorn.config import Config",
            "log = GunicornLogger(Config())",
            f"log.warning('Booting with key={SECRET}')",
            "warnings.warn('old', DeprecationWarning, stacklevel=1)",
        ]
    )
    done = subprocess.run(
        [sys.executable, "-W", "always", "-c", code],
        cwd=BASE_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[0]["logger"] == "gunicorn.error"
    assert lines[-1]["logger"] == "py.warnings"
    assert SECRET not in done.stderr
