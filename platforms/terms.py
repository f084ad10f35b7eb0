"""What each platform allows and charges: data with a date, in `<platform>/terms.toml`.

Platforms change their terms without notice and sell other plans, so an installation may lay a file
of the same form over ours: `TERMS_DIR/<platform>.toml`; its values win one by one.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from platforms.limits import Window

V = TypeVar("V")

SEEN_HOURS = 24  # when an item was last seen is exact to a day (platforms.models.Content)


@dataclass(frozen=True)
class Quota:
    """Units or calls a day, counted from midnight in `zone` (IANA)."""

    per_day: int
    zone: str


def end_of_day(moment: datetime, zone: str) -> datetime:
    """The next midnight of a zone, in UTC. Such a day has 23 to 25 hours."""
    tomorrow = moment.astimezone(ZoneInfo(zone)).date() + timedelta(days=1)
    return datetime.combine(tomorrow, time(), ZoneInfo(zone)).astimezone(UTC)


@dataclass(frozen=True, kw_only=True)
class Duties:
    """What a platform demands of copies of what it shows. None, or 0 in a file: nothing.

    - `recheck_hours`: items are asked for again so often, to follow deletions. At least 24.
    - `erase_hours`: an account in one of `gone_states` is erased within so long, words and names.
    - `refresh_or_delete_days`: what was not seen again for so long is deleted.
    - `figures_days`: figures that newer ones have replaced are deleted after so long.
    - `tombstone_days`: what is left of an erased item, its id and figures, goes after so long.
    - `access_end_days`: all is deleted so long after the last credential was refused or removed.
    - `keep_days`: nothing is kept for longer after its publication. An installation's own wish.
    - `history_days`: months of figures are dropped, for all tenants. An installation's own wish.
    - `lifted_by`: an agreement that lifts `refresh_or_delete_days` and `figures_days` for those
      whose external ids are in `agreed`; "*" is everybody.
    """

    as_of: date | None = None
    source: str = ""
    recheck_hours: int | None = None
    erase_hours: int | None = None
    gone_states: tuple[str, ...] = ()
    refresh_or_delete_days: int | None = None
    figures_days: int | None = None
    tombstone_days: int | None = None
    access_end_days: int | None = None
    keep_days: int | None = None
    history_days: int | None = None
    lifted_by: str = ""
    agreed: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Terms:
    """One platform's terms.

    `buckets`: name -> Window or Quota. `costs`: call -> units, where it is not 1. `prices`: kind of
    resource -> dollars for one, charged once a UTC day. `batch`: call -> largest number of ids or
    items in it. `every`: part -> minutes between two readings.
    """

    as_of: date
    source: str
    buckets: Mapping[str, Window | Quota]
    costs: Mapping[str, int]
    prices: Mapping[str, Decimal]
    batch: Mapping[str, int]
    every: Mapping[str, int]
    duties: Duties = Duties()

    @property
    def daily(self) -> bool:
        """Whether the platform counts by days, and not only by windows."""
        return any(isinstance(bucket, Quota) for bucket in self.buckets.values())


def load(slug: str, *, overlay: Path | None = None) -> Terms:
    """Read a platform's terms. `overlay`: folder of an installation's own files."""
    found = _read(Path(__file__).parent / slug / "terms.toml")
    own = overlay / f"{slug}.toml" if overlay else None
    return parse(_over(found, _read(own)) if own and own.exists() else found)


def parse(found: Mapping[str, Any]) -> Terms:
    """Terms from a parsed TOML file.

    Raises KeyError, TypeError or ValueError for one of another form.
    """
    return Terms(
        as_of=found["as_of"],
        source=found["source"],
        buckets=_frozen({name: _bucket(b) for name, b in found["buckets"].items()}),
        costs=_frozen(found.get("costs", {})),
        prices=_frozen({kind: Decimal(p) for kind, p in found.get("prices", {}).items()}),
        batch=_frozen(found.get("batch", {})),
        every=_frozen(found.get("every", {})),
        duties=_duties(found.get("duties", {})),
    )


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text())


def _over(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    return below | {
        key: _over(below[key], value) if isinstance(below.get(key), dict) else value
        for key, value in above.items()
    }


def _bucket(found: Mapping[str, Any]) -> Window | Quota:
    return Quota(**found) if "per_day" in found else Window(**found)


def _duties(found: Mapping[str, Any]) -> Duties:
    told: dict[str, Any] = {
        name: tuple(v) if isinstance(v, list) else v or None for name, v in found.items()
    }
    numbers = {n: v for n, v in told.items() if n.endswith(("_hours", "_days")) and v is not None}
    wrong = [name for name, value in numbers.items() if type(value) is not int or value < 0]
    if wrong:
        raise ValueError(f"These are no numbers of hours or days: {', '.join(wrong)}.")
    if numbers.get("recheck_hours", SEEN_HOURS) < SEEN_HOURS:
        raise ValueError(f"recheck_hours is at least {SEEN_HOURS}.")
    return Duties(**told)


def _frozen(values: Mapping[str, V]) -> Mapping[str, V]:
    return MappingProxyType(dict(values))
