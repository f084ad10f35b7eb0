"""Production mode: complete or refused, by every process, with one sentence."""

import os
import subprocess
import sys

import pytest

from config.env import BASE_DIR
from tests.servers import neutral

COMPLETE = {
    "TIDEWATCH_ENV": "production",
    "CREDENTIAL_KEYS": "2026-11:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=",
    "SECRET_KEY": "ko1Baqu3Xeeg2Ohbae4ahngahb6Aih4eiPh9aiph7ahFoh2iesh5Oov8",
    "ALLOWED_HOSTS": "stats.example.org",
    "SITE_URL": "https://stats.example.org",
    "EMAIL_URL": "smtp+tls://tw:pass@mail.example.org:587",
    "TRUSTED_PROXIES": "1",
}
STARTS = [
    ["manage.py", "check"],
    ["manage.py", "migrate"],
    ["manage.py", "serve"],
    ["-m", "gunicorn", "--config", "python:config.web.gunicorn", "config.asgi:application"],
    ["-m", "celery", "--app", "config.celery", "worker"],
    ["-m", "celery", "--app", "config.celery", "beat"],
]
MISTAKES = [
    ({"SECRET_KEY": ""}, "SECRET_KEY is missing"),
    ({"SECRET_KEY": "short"}, "SECRET_KEY is too weak"),
    ({"SECRET_KEY": "a" * 80}, "SECRET_KEY is too weak"),
    ({"SECRET_KEY": "django-insecure-" + COMPLETE["SECRET_KEY"]}, "SECRET_KEY is too weak"),
    ({"CREDENTIAL_KEYS": ""}, "CREDENTIAL_KEYS is missing"),
    ({"CREDENTIAL_KEYS": "2026-11:short"}, "CREDENTIAL_KEYS is missing or of another form"),
    ({"ALLOWED_HOSTS": ""}, "ALLOWED_HOSTS is missing"),
    ({"ALLOWED_HOSTS": "*"}, "ALLOWED_HOSTS must name the hosts"),
    ({"ALLOWED_HOSTS": "other.example.org"}, "ALLOWED_HOSTS must contain the host of SITE_URL"),
    ({"SITE_URL": ""}, "SITE_URL must be the https address"),
    ({"SITE_URL": "http://stats.example.org"}, "SITE_URL must be the https address"),
    ({"SITE_URL": "stats.example.org"}, "SITE_URL must be an address such as"),
    ({"EMAIL_URL": ""}, "EMAIL_URL is missing"),
    ({"EMAIL_URL": "mail.example.org"}, "EMAIL_URL must be an address such as"),
    ({"DEBUG": "on"}, "DEBUG must be off"),
    ({"DEBUG": "maybe"}, "DEBUG must be on or off, not 'maybe'"),
    ({"HEALTH_TOKEN": "short"}, "HEALTH_TOKEN is too weak"),
    ({"PORT": "abc"}, "PORT must be a whole number, not 'abc'"),
    ({"TIDEWATCH_ENV": "staging"}, "TIDEWATCH_ENV must be local or production, not 'staging'"),
    ({"SECRET_KEY": "", "SECRET_KEY_FILE": "/nowhere"}, "SECRET_KEY_FILE names /nowhere"),
    (
        {"PGBOUNCER": "on", "DATABASE_URL": "postgresql://owner:p@127.0.0.1:1/tw"},
        "DATABASE_OWNER_URL is missing",
    ),
]


def run(words, tmp_path, **changes):
    own = {"TIDEWATCH_VAR": str(tmp_path / "var"), "PATH": os.environ["PATH"]}
    env = neutral() | own | COMPLETE | changes
    return subprocess.run(
        [sys.executable, *words],
        cwd=BASE_DIR,
        env={name: value for name, value in env.items() if value},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_complete_environment_passes_the_check_of_a_deployment(tmp_path):
    done = run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert "System check identified no issues (0 silenced)." in done.stdout


def test_secrets_may_come_from_files(tmp_path):
    files = {}
    for name in ("SECRET_KEY", "EMAIL_URL", "DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL"):
        path = tmp_path / name
        value = COMPLETE.get(name, "redis://:pw@127.0.0.1:1/0")
        path.write_text(value if "REDIS" in name or name in COMPLETE else "postgresql://u:p@h/d")
        files |= {name: "", f"{name}_FILE": str(path)}
    done = run(["manage.py", "check", "--deploy", "--fail-level", "WARNING"], tmp_path, **files)
    assert (done.returncode, done.stderr) == (0, "")


def test_without_a_proxy_the_check_says_what_will_go_wrong(tmp_path):
    done = run(["manage.py", "check", "--deploy"], tmp_path, TRUSTED_PROXIES="0")
    assert "tidewatch.W001" in done.stderr + done.stdout


@pytest.mark.parametrize(("changes", "sentence"), MISTAKES)
def test_a_mistake_is_refused_with_one_sentence(tmp_path, changes, sentence):
    done = run(["manage.py", "check"], tmp_path, **changes)
    assert done.returncode != 0
    assert done.stderr.startswith(f"tidewatch: {sentence}")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "var" / "secrets").exists()


@pytest.mark.parametrize("words", STARTS, ids=" ".join)
def test_every_process_refuses(tmp_path, words):
    done = run(words, tmp_path, SECRET_KEY="")
    assert done.returncode != 0
    (line,) = [line for line in done.stderr.splitlines() if "SECRET_KEY" in line]
    assert line.startswith("tidewatch: SECRET_KEY is missing")
    assert "Traceback" not in done.stderr


def test_behind_a_pooler_nobody_serves_as_the_owner_of_the_tables(tmp_path):
    alone = {"PGBOUNCER": "on", "DATABASE_URL": "postgresql://owner:p@127.0.0.1:1/tw"}
    for words in STARTS[2:]:
        done = run(words, tmp_path, **alone, TIDEWATCH_ENV="local")
        assert done.returncode != 0
        assert "tidewatch: DATABASE_OWNER_URL is missing" in done.stderr
