"""Settings that nobody may serve with, in production above all: one sentence, from any process."""

from collections.abc import Callable, Iterator, Mapping
from importlib.util import find_spec
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from django.http.request import validate_host

from accounts.crypto import Keyring

SHORTEST_SECRET, FEWEST_CHARACTERS = 50, 10
SHORTEST_TOKEN = 32

Settings = Mapping[str, Any]


def refuse_unsafe(settings: Settings) -> None:
    """Raise ImproperlyConfigured with the first thing that is wrong, named by its variable."""
    for rule in (*ALWAYS, *(IN_PRODUCTION if settings["PRODUCTION"] else ())):
        for complaint in rule(settings):
            raise ImproperlyConfigured(complaint)


def _secret_key(settings: Settings) -> Iterator[str]:
    key = settings["SECRET_KEY"]
    make_one = "Make one with `openssl rand -base64 48`."
    if not key:
        yield f"SECRET_KEY is missing. Set SECRET_KEY or SECRET_KEY_FILE in production. {make_one}"
    weak = len(key) < SHORTEST_SECRET or len(set(key)) < FEWEST_CHARACTERS
    if weak or key.startswith("django-insecure"):
        yield f"SECRET_KEY is too weak for production. {make_one}"


def _credential_keys(settings: Settings) -> Iterator[str]:
    if settings["CREDENTIAL_KEYS_AWS"]:
        if not find_spec("boto3"):
            yield "CREDENTIAL_KEYS_AWS needs the package boto3: install requirements.txt."
        return
    try:
        Keyring.parse(settings["CREDENTIAL_KEYS"])
    except ValueError:
        yield (
            "CREDENTIAL_KEYS is missing or of another form. Set CREDENTIAL_KEYS or "
            "CREDENTIAL_KEYS_FILE to name:key; make a key with `openssl rand -base64 32`."
        )


def _debug(settings: Settings) -> Iterator[str]:
    if settings["DEBUG"]:
        yield "DEBUG must be off in production: its error pages show settings and data."


def _hosts(settings: Settings) -> Iterator[str]:
    hosts = settings["ALLOWED_HOSTS"]
    if not hosts:
        yield "ALLOWED_HOSTS is missing. Name the hosts that browsers ask for: stats.example.org."
    if "*" in hosts:
        yield "ALLOWED_HOSTS must name the hosts in production; * would accept forged ones."


def _address(settings: Settings) -> Iterator[str]:
    site = urlsplit(settings["SITE_URL"])
    if site.scheme != "https" or not site.hostname:
        yield "SITE_URL must be the https address in production, such as https://stats.example.org."
    elif not validate_host(site.hostname, settings["ALLOWED_HOSTS"]):
        yield f"ALLOWED_HOSTS must contain the host of SITE_URL, {site.hostname}: mails link to it."


def _mail(settings: Settings) -> Iterator[str]:
    if not settings["EMAIL_HOST"] and "Console" in settings["EMAIL_BACKEND"]:
        yield (
            "EMAIL_URL is missing: nobody could verify an address. Set it to "
            "smtp+tls://user:password@host:587, or to consolemail:// to have mails printed."
        )


def _health_token(settings: Settings) -> Iterator[str]:
    if 0 < len(settings["HEALTH_TOKEN"]) < SHORTEST_TOKEN:
        yield f"HEALTH_TOKEN is too weak for production: use at least {SHORTEST_TOKEN} characters."


def _pooler(settings: Settings) -> Iterator[str]:
    users = [database["USER"] for database in settings["DATABASES"].values()]
    if settings["PGBOUNCER"] and len(set(users)) == 1:
        # A pooler hands a connection on without the role, and the owner sees every tenant's rows.
        yield (
            "DATABASE_OWNER_URL is missing: behind PgBouncer the tables' owner and the app must "
            "sign in as different roles. See 'External servers' in docs/operations.md."
        )


Rules = tuple[Callable[[Settings], Iterator[str]], ...]
ALWAYS: Rules = (_pooler,)
IN_PRODUCTION: Rules = (
    _secret_key,
    _credential_keys,
    _debug,
    _hosts,
    _address,
    _mail,
    _health_token,
)
