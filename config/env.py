"""Typed readers of the environment. `NAME_FILE` names a file that holds the value of `NAME`.

A value that cannot be used raises ImproperlyConfigured with one sentence that names the variable.
"""

import os
import re
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured
from environ import Env

BASE_DIR = Path(__file__).resolve().parent.parent
SWITCH = {"1": True, "true": True, "yes": True, "on": True} | {
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
KINDS = {bool: "on or off", int: "a whole number", float: "a number"}
SITE = "https://stats.example.org"
REDIS = "redis://:password@host:6379/0"
POSTGRES = "postgresql://user:password@host:5432/name"
MAIL = "smtp+tls://user:password@host:587, or consolemail://"
SCHEMES = {
    SITE: ("http", "https"),
    REDIS: ("redis", "rediss", "unix"),
    POSTGRES: ("postgresql", "postgres"),
    MAIL: tuple(Env.EMAIL_SCHEMES),
}
ASSIGNMENT = re.compile(r"(?:export )?[A-Za-z_][A-Za-z_0-9]*=")


class Environment(Env):  # type: ignore[misc]  # django-environ ships no types
    """django-environ's readers, strict.

    An empty value counts as none. `$NAME` is no reference to another variable: it would tear a
    secret that begins with a dollar sign.
    """

    def get_value(
        self,
        var: str,
        cast: Any = None,
        default: Any = Env.NOTSET,
        parse_default: bool = False,  # noqa: FBT001, FBT002  django-environ's signature
    ) -> Any:
        """Return the value as `cast`, or the default as it is."""
        text = _text(var)
        if not text:
            if default is self.NOTSET:
                raise ImproperlyConfigured(f"{var} is missing. Set {var} or {var}_FILE.")
            return self.parse_value(default, cast) if parse_default and default else default
        try:
            return self.parse_value(text, cast)
        except ValueError:
            _refuse(var, f"{KINDS.get(cast, 'readable')}, not {text!r}")

    @classmethod
    def parse_value(cls, value: str, cast: Any) -> Any:
        """Read a switch by its words, and a list without the spaces around its items."""
        if cast is bool:
            if value.lower() not in SWITCH:
                raise ValueError(value)
            return SWITCH[value.lower()]
        if cast is list:
            return [item.strip() for item in value.split(",") if item.strip()]
        return super().parse_value(value, cast)

    def number(self, var: str, default: int, *, least: int = 0, most: int = 2**31) -> int:
        """Return a whole number from `least` to `most`."""
        number: int = self.int(var, default=default)
        if not least <= number <= most:
            _refuse(var, f"from {least} to {most}, not {number}")
        return number

    def one_of(self, var: str, *words: str) -> str:
        """Return one of the words; the first is the default."""
        word: str = self.str(var, default=words[0])
        if word not in words:
            _refuse(var, f"{', '.join(words[:-1])} or {words[-1]}, not {word!r}")
        return word

    def site(self, var: str, default: str) -> str:
        """Return the address of a web site, without a slash at its end."""
        return self._url(var, default, SITE).rstrip("/")

    def redis(self, var: str, default: str) -> str:
        """Return the address of a Redis or Valkey server."""
        return self._url(var, default, REDIS)

    def database(self, var: str, default: str = "") -> Any:
        """Return Django's settings of a PostgreSQL database, {} without value and default."""
        url = self._url(var, default, POSTGRES)
        return self.db_url_config(url) if url else {}

    def mail(self, var: str) -> Any:
        """Return Django's EMAIL_* settings, {} when the variable is not set."""
        url = self._url(var, "", MAIL)
        return self.email_url_config(url) if url else {}

    def _url(self, var: str, default: str, example: str) -> str:
        url: str = self.str(var, default="")
        if url and not _is_url(url, SCHEMES[example]):
            # The value is not shown: it may hold a password.
            _refuse(var, f"an address such as {example}")
        return url or default


def _text(name: str) -> str:
    value, file = os.environ.get(name, ""), os.environ.get(f"{name}_FILE", "")
    if value and file:
        raise ImproperlyConfigured(f"Both {name} and {name}_FILE are set. Keep one of them.")
    if not file:
        return value.strip()
    try:
        # Editors and `echo` end a file with a newline, which is no part of a secret.
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is not text"
        raise ImproperlyConfigured(
            f"{name}_FILE names {file}, which cannot be read: {reason}."
        ) from None


def _is_url(url: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(url)
        # libpq takes several hosts: one:5432,two:5432
        ports = [urlsplit(f"//{host}").port for host in parts.netloc.rpartition("@")[2].split(",")]
    except ValueError:
        return False
    return 0 not in ports and parts.scheme in schemes


def _refuse(name: str, wanted: str) -> NoReturn:
    raise ImproperlyConfigured(f"{name} must be {wanted}.") from None


def _read_dotenv(path: Path) -> None:
    """Take over what the file sets and the environment does not."""
    if not path.is_file():
        return
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        # Asked here because django-environ prints such a line, and with it perhaps a secret.
        if line.strip() and not line.startswith("#") and not ASSIGNMENT.match(line):
            raise ImproperlyConfigured(f"{path}, line {number}: write NAME=value.")
    Environment.read_env(path)


_read_dotenv(Path(os.environ.get("TIDEWATCH_DOTENV", BASE_DIR / ".env")))
env = Environment()
VAR_DIR = Path(env.str("TIDEWATCH_VAR", default=str(BASE_DIR / "var"))).resolve()
