"""Health: who may know what, and what it says when something is broken."""

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager

import pytest
from django.db import connections
from django.test import Client, override_settings

from config.embedded import servers
from config.embedded.layout import Layout
from config.env import BASE_DIR
from config.health import heartbeat, probes
from config.health import views as health
from tests.servers import neutral, temporary_folder
from tests.stack import free_port

TOKEN = "0123456789abcdef0123456789abcdef"
WITH_TOKEN = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(autouse=True)
def _fresh():
    """Nothing is known yet."""
    health.watch = health.Watch()
    heartbeat.broker.cache_clear()
    yield
    heartbeat.broker.cache_clear()


# Without the fixture `db`, pytest-django refuses whatever asks Django for a connection.
@pytest.mark.parametrize("path", ["/health", "/health/", "/health/live", "/health/ready"])
def test_a_probe_needs_no_host_no_https_and_no_session(path):
    client = Client()
    client.cookies["tidewatch-session"] = "some-session"
    with override_settings(SECURE_SSL_REDIRECT=True, ALLOWED_HOSTS=["stats.example.org"]):
        answer = client.get(path, headers={"Host": "10.1.2.3"})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/json"
    assert answer.headers["X-Request-ID"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


def test_a_probe_is_read_only():
    assert Client().post("/health/live").status_code == 405


def test_live_says_nothing_but_that_it_lives():
    assert Client().get("/health/live").json() == {"status": "ok"}


def test_ready_says_in_words_what_is_wrong_and_serves_on():
    answer = Client().get("/health/ready")
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json()["status"] == "degraded"  # no beat in this test
    checks = answer.json()["checks"]
    assert checks["database"] == checks["cache"] == checks["broker"] == "ok"
    assert checks["beat"] == "failing"


def test_health_says_it_in_one_word():
    assert Client().get("/health").json() == {"status": "degraded"}


def test_a_process_that_is_about_to_go_is_not_ready(monkeypatch):
    monkeypatch.setattr(health, "shutting_down", lambda: True)
    assert Client().get("/health/ready").status_code == 503


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_database_without_the_last_migrations_is_not_ready():
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'sessions' RETURNING applied")
        try:
            assert Client().get("/health/ready").status_code == 503
            with override_settings(HEALTH_TOKEN=TOKEN):
                answer = Client().get("/health/detailed", headers=WITH_TOKEN)
            assert answer.json()["checks"]["database"]["pending"] == ["sessions.0001_initial"]
        finally:
            cursor.execute(
                "INSERT INTO django_migrations (app, name, applied) "
                "VALUES ('sessions', '0001_initial', now())"
            )


@contextmanager
def silent_server():
    """Takes connections and never answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        yield f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


def test_a_broker_that_does_not_answer_costs_a_second_and_not_readiness():
    with silent_server() as url, override_settings(REDIS_URL=url):
        began = time.monotonic()
        answer = Client().get("/health/ready")
        assert time.monotonic() - began < probes.LIMIT_SECONDS + 0.7
    assert answer.status_code == 200
    assert answer.json()["checks"]["broker"] == "failing"
    assert answer.json()["checks"]["database"] == "ok"


@pytest.fixture
def token():
    with override_settings(HEALTH_TOKEN=TOKEN):
        yield


@pytest.mark.usefixtures("db")
def test_visitors_learn_nothing(client):
    assert client.get("/health/detailed").status_code == 404


def test_people_learn_nothing(client, alice):
    client.force_login(alice)
    assert client.get("/health/detailed").status_code == 404


def test_staff_see_everything(client, alice):
    alice.is_staff = True
    alice.save()
    client.force_login(alice)
    answer = client.get("/health/detailed")
    assert answer.status_code == 200
    assert answer.json()["checks"].keys() == probes.PROBES.keys()


@pytest.mark.usefixtures("db", "token")
@pytest.mark.parametrize("given", ["Bearer wrong", "Bearer ", f"Basic {TOKEN}", "Bearer ü"])
def test_a_wrong_token_is_refused(client, given):
    answer = client.get("/health/detailed", headers={"Authorization": given})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.usefixtures("db")
def test_without_a_configured_token_none_is_right(client):
    assert client.get("/health/detailed", headers={"Authorization": "Bearer "}).status_code == 401


@pytest.mark.usefixtures("db", "token")
def test_monitors_see_everything(client):
    checks = client.get("/health/detailed", headers=WITH_TOKEN).json()["checks"]
    assert checks["database"]["version"].startswith("1")
    assert checks["queues"]["waiting"].keys() >= {"dispatch", "collect.twitch", "default"}
    assert checks["disk"]["free_megabytes"] > 0
    assert checks["versions"]["django"].startswith("5.2.")
    assert checks["pool"]["pool_max"] in {0, 20}
    assert checks["beat"]["status"] == "failing"


@pytest.mark.usefixtures("db", "token")
def test_questions_are_not_asked_each_time(client):
    first, second = (client.get("/health/detailed", headers=WITH_TOKEN) for _ in range(2))
    assert first.json() == second.json()


@pytest.mark.usefixtures("db", "token")
def test_a_reason_shows_no_password(client):
    url = f"redis://:S3cr3tS3cr3t@127.0.0.1:{free_port()}/0"
    with override_settings(REDIS_URL=url):
        answer = client.get("/health/detailed", headers=WITH_TOKEN)
    assert answer.json()["checks"]["broker"]["status"] == "failing"
    assert "S3cr3tS3cr3t" not in answer.text


def test_beat_and_workers_are_known_by_their_signs():
    heartbeat.tick()
    heartbeat._sign("worker@trial")
    assert heartbeat.seconds_since_tick() < 2
    assert "worker@trial" in heartbeat.workers()
    assert Client().get("/health/ready").json()["checks"]["beat"] == "ok"
    heartbeat.broker().delete(heartbeat.TICK, heartbeat.WORKERS)


class Site:
    """A web server alone, on servers that nobody starts again but the test."""

    def __init__(self, var, port):
        self.layout = Layout(var)
        self.port = port
        unset = {name: value for name, value in os.environ.items() if name not in neutral()}
        self.env = unset | {"TIDEWATCH_VAR": str(var), "TIDEWATCH_DOTENV": os.devnull}
        self.words = [
            "gunicorn",
            "--config",
            "python:config.web.gunicorn",
            "-b",
            f"127.0.0.1:{port}",
        ]

    @contextmanager
    def running(self):
        with servers.embedded_servers(self.layout):
            migrate = [sys.executable, "manage.py", "migrate", "-v", "0"]
            subprocess.run(migrate, cwd=BASE_DIR, env=self.env, check=True)
            web = subprocess.Popen(
                [sys.executable, "-m", *self.words, "config.asgi:application"],
                cwd=BASE_DIR,
                env=self.env | {"WEB_PROCESSES": "1", "HEALTH_TOKEN": TOKEN},
            )
            try:
                self.until(lambda: self.status("/health/ready") == 200, seconds=30)
                yield self
            finally:
                web.terminate()
                web.wait(20)

    def get(self, path, **headers):
        """Status and body; status 0 while nobody answers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers=headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        except ConnectionError:
            return 0, b""
        finally:
            connection.close()

    def status(self, path):
        return self.get(path)[0]

    def word(self):
        return json.loads(self.get("/health")[1])["status"]

    def until(self, happened, *, seconds):
        """Wait for it; return how long it took."""
        began = time.monotonic()
        while not happened():
            assert time.monotonic() - began < seconds, "It did not happen in time."
            time.sleep(0.2)
        return time.monotonic() - began

    def kill(self, folder, file):
        pid = int((folder / file).read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


@pytest.mark.chaos
def test_a_lost_database_and_a_lost_cache_are_told_apart():
    with ExitStack() as cleaning, Site(temporary_folder(cleaning), free_port()).running() as site:
        site.kill(site.layout.valkey, "valkey.pid")
        site.until(lambda: site.word() == "degraded", seconds=10)
        assert site.status("/health/live") == site.status("/health/ready") == 200
        assert site.status("/login/") == 200
        servers.revive(site.layout, ["REDIS_URL"])

        site.kill(site.layout.postgres / "data", "postmaster.pid")
        lost = site.until(lambda: site.status("/health/ready") == 503, seconds=35)
        assert lost > 4
        assert site.status("/health/live") == 200
        assert site.status("/health") == 503
        status, body = site.get("/health/detailed", **WITH_TOKEN)
        assert (status, json.loads(body)["checks"]["database"]["status"]) == (503, "failing")
        servers.revive(site.layout, ["DATABASE_URL"])
        back = site.until(lambda: site.status("/health/ready") == 200, seconds=10)
        assert back < 4
