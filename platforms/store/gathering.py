"""Pages laid together: of each account and item, all that was told, the last word last."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from operator import itemgetter
from typing import Any

from platforms.contract import Facts, Page, Row
from platforms.errors import Gone, PlatformError

Key = tuple[Any, ...]  # the told part of a model's KEY; an account's id comes first
GIVEN = ("owner", "platform")  # parts of a KEY that no row tells


@dataclass(frozen=True)
class Told:
    """`rows`: model -> key -> row; what vanished has a row too. `gone`: model -> keys of that."""

    facts: dict[str, Facts] = field(default_factory=dict)
    rows: dict[type[Any], dict[Key, Row]] = field(default_factory=lambda: defaultdict(dict))
    gone: dict[type[Any], set[Key]] = field(default_factory=lambda: defaultdict(set))
    failed: dict[str, PlatformError] = field(default_factory=dict)
    read: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))

    def accounts(self) -> set[str]:
        """Every account of which something is told."""
        return {*self.facts, *self.failed, *self.read, *self._publishing()}

    def answering(self) -> set[str]:
        """The accounts of which the platform said something, be it that they are gone."""
        gone = {account for account, error in self.failed.items() if isinstance(error, Gone)}
        return {*self.facts, *self.read, *self._publishing(), *gone}

    def _publishing(self) -> Iterator[str]:
        for model, rows in self.rows.items():
            if belongs_to_entity(model):
                yield from {key[0] for key in rows}


def belongs_to_entity(model: type[Any]) -> bool:
    """Whether rows of this model are an account's, and not the tenant's at large."""
    return "entity" in model.KEY


def key_columns(model: type[Any]) -> list[str]:
    """The columns of a row that say which one it is."""
    return ["account" if name == "entity" else name for name in model.KEY if name not in GIVEN]


def gather(pages: Iterable[Page]) -> Told:
    """Lay pages together. An item that one page tells twice, or two pages tell, is one row."""
    told = Told()
    for page in pages:
        _lay_accounts(told, page)
        for model, rows in page.rows.items():
            _lay(told.rows[model], rows, key_columns(model))
        for model, keys in page.vanished.items():
            told.gone[model].update(keys)
    for model, gone in told.gone.items():
        for account, external_id in gone:
            row = {"account": account, "external_id": external_id}
            told.rows[model].setdefault((account, external_id), row)
    return told


def _lay_accounts(told: Told, page: Page) -> None:
    for facts in page.accounts:
        told.facts[facts.account] = _merged(told.facts.get(facts.account), facts)
    told.failed.update(page.failed)
    for part, accounts in page.read.items():
        for account in accounts:
            told.read[account].add(part)


def _lay(known: dict[Key, Row], rows: Iterable[Row], columns: list[str]) -> None:
    key_of = itemgetter(*columns)
    for row in rows:
        key = key_of(row)
        before = known.get(key)
        known[key] = row if before is None else before | row


def _merged(before: Facts | None, facts: Facts) -> Facts:
    """A name or title that is '' was not told."""
    if before is None:
        return facts
    return replace(
        facts,
        handle=facts.handle or before.handle,
        title=facts.title or before.title,
        figures={**before.figures, **facts.figures},
    )


@dataclass(frozen=True, kw_only=True)
class Run:
    """For whom, of which platform, for which moment, and when is stored."""

    owner: int
    platform: str
    slot: datetime
    now: datetime

    def given(self) -> dict[str, Any]:
        """The values that every statement takes."""
        return {"owner": self.owner, "platform": self.platform, "slot": self.slot, "now": self.now}


Held = Mapping[str, int]  # account -> id of its entity
