"""Recorded answers, sent once more through client and mapping: what would be stored, or why not.

Needs neither network nor database: the client's own request ends at the recorded answer.
"""

import json
import logging
from collections.abc import Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from pydantic import BaseModel, SecretStr

from platforms import registry, terms
from platforms.contract import Connection, Page, Platform
from platforms.errors import Malformed, PlatformError
from platforms.http import HttpClient
from platforms.local_http import Handler, local_session
from platforms.models import Entity
from platforms.payment import Holding, Priced
from platforms.replay.recordings import Recording, UnreadableError, read
from platforms.simulation.wire import Answer, Call, as_json

logger = logging.getLogger(__name__)

TREE = PlatformError.__module__
ANY_HOST = ("",)
WORD = "replayed"
TOKEN = {"access_token": WORD, "token_type": "bearer", "expires_in": 3600, "scope": "*"}


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one file. `outcome`: 'stored', 'empty', an error's class, or 'crash'."""

    file: str
    platform: str | None = None
    call: str | None = None
    outcome: str
    rows: list[dict[str, Any]] = field(default_factory=list)
    vanished: list[dict[str, str]] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)
    detail: str = ""

    def line(self) -> str:
        """One line of JSON. What is said only now and then stands there only then."""
        rare = ("vanished", "failed", "detail")
        shown = {k: v for k, v in asdict(self).items() if v or k not in rare}
        return json.dumps(shown, default=_plain)


def replay(folder: Path, *, now: datetime) -> Iterator[Outcome]:
    """Send every `*.json` in a folder and below it through its platform, one after the other."""
    for path in sorted(path for path in folder.rglob("*.json") if path.is_file()):
        yield _outcome(path, path.relative_to(folder).as_posix(), now)


def _outcome(path: Path, name: str, now: datetime) -> Outcome:
    """Whatever happens: a file that cannot be handled never stops the others."""
    told = Outcome(file=name, outcome="crash")
    try:
        recording = read(path)
        told = replace(told, call=recording.call)
        platform = platform_of(recording)
        told = replace(told, platform=platform.slug)
        return _told(told, page_of(recording, platform, now))
    except UnreadableError as error:
        return replace(told, outcome=Malformed.__name__, detail=str(error))
    except PlatformError as error:
        return replace(told, outcome=_class(error), detail=str(error))
    except Exception as error:
        logger.exception("a recording could not be handled", extra={"file": name})
        return replace(told, detail=f"{type(error).__name__}, which was not foreseen.")


def platform_of(recording: Recording) -> Platform:
    """By the address, else by the first word of `call`. Raises UnreadableError."""
    word = recording.call.partition(".")[0]
    for platform in registry.every():
        if platform.slug in recording.host.split("."):
            return platform
    for platform in registry.every():
        if word in (platform.slug, platform.label.lower()):
            return platform
    raise UnreadableError(f"No platform is known for {recording.host or 'its address'}.")


def page_of(recording: Recording, platform: Platform, now: datetime) -> Page:
    """What a recording holds. Raises the PlatformError that it means."""
    with local_session(_answers(recording), ANY_HOST) as session:
        http = HttpClient(session=session, pause=_at_once)
        response = platform.client(_connection(platform, http)).send(recording.request)
        return platform.read(recording.request, response, now)


def _told(blank: Outcome, page: Page) -> Outcome:
    rows = list(rows_of(page))
    failed = {account: _class(error) for account, error in page.failed.items()}
    outcome = "stored" if rows else next(iter(failed.values()), "empty")
    return replace(blank, outcome=outcome, rows=rows, failed=failed, vanished=list(_vanished(page)))


def _class(error: PlatformError) -> str:
    """The class of the tree; a platform's own refinement counts as what it refines."""
    return next(kind.__name__ for kind in type(error).__mro__ if kind.__module__ == TREE)


# --- The connection that ends at the recording ----------------------------------------------------
def _answers(recording: Recording) -> Handler:
    """The recorded answer to the recorded request; a good token to any other call."""
    path = unquote(urlsplit(recording.request.url).path).rstrip("/")

    def handler(call: Call) -> Answer:
        asked = (call.host, unquote(call.path).rstrip("/")) == (recording.host, path)
        return recording.answer if asked else as_json(TOKEN)

    return handler


def _connection(platform: Platform, http: HttpClient) -> Connection:
    return Connection(
        credentials=_placeholder(platform.credentials),
        http=http,
        budget=Unmetered(),
        tokens=Held(),
        terms=terms.load(platform.slug),
    )


def _placeholder(credentials: type[BaseModel]) -> BaseModel:
    """Credentials whose every field says 'replayed'."""
    values = {
        name: SecretStr(WORD) if info.annotation is SecretStr else WORD
        for name, info in credentials.model_fields.items()
        if info.is_required()
    }
    return credentials.model_construct(None, **values)


class Unmetered:
    """A budget that never ends."""

    def take(self, bucket: str, *, cost: int = 1, priced: Priced | None = None) -> None:
        """Grant it."""

    def lower(self, bucket: str, *, remaining: int) -> None:
        """Nothing is counted."""

    def block(self, bucket: str, *, seconds: float) -> None:
        """Nothing is stopped."""

    def charge(self, kind: str, ids: Iterable[str], *, held: Collection[Holding] = ()) -> Decimal:
        """Nothing is billed."""
        del kind, ids, held
        return Decimal(0)


class Held:
    """A token in the hand."""

    def __init__(self) -> None:
        self._token: str | None = WORD

    def get(self) -> str | None:
        """What is held."""
        return self._token

    def put(self, token: str, *, seconds: float) -> None:  # noqa: ARG002  good for as long as this lasts
        """Hold another one."""
        self._token = token

    def forget(self) -> None:
        """Hold none."""
        self._token = None


def _at_once(_seconds: float) -> None:
    """Nobody waits for a recording."""


# --- Rows -----------------------------------------------------------------------------------------
def rows_of(page: Page) -> Iterator[dict[str, Any]]:
    """The rows that a page would store, each with the name of its table."""
    for facts in page.accounts:
        yield {
            "table": Entity._meta.db_table,
            "external_id": facts.account,
            "handle": facts.handle,
            "title": facts.title,
            **facts.figures,
        }
    for model, rows in page.rows.items():
        for row in rows:
            yield {"table": model._meta.db_table, **row}


def _vanished(page: Page) -> Iterator[dict[str, str]]:
    for model, items in page.vanished.items():
        for account, asked in items:
            yield {"table": model._meta.db_table, "account": account, "id": asked}


def _plain(value: object) -> str:
    """Moments in ISO 8601 and UTC; anything else as text."""
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
