"""The face that every platform's folder shows, and what passes through it.

A platform is a frozen dataclass, not a base class: a folder that forgets a part fails at import
and in mypy, not in production.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from platforms.errors import PlatformError

# One row of content: column -> value. None means that the platform does not tell.
Row = dict[str, Any]


class Budget(Protocol):
    """What a client asks before each call, and tells after it. Raises instead of waiting."""

    def take(self, bucket: str, *, cost: int = 1) -> None:
        """Spend calls or units. Raises RateLimited, QuotaSpent or CreditsSpent."""

    def lower(self, bucket: str, *, remaining: int) -> None:
        """The platform counts fewer remaining calls than we do."""

    def block(self, bucket: str, *, seconds: float) -> None:
        """The platform answered 429: stop all workers on this bucket."""

    def charge(self, kind: str, ids: Iterable[str]) -> None:
        """The platform returned these resources and bills them, each once a day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One watched account to collect. `newest_id`: the newest item we know; `due_ids`: items whose
    figures are to be read again."""

    entity_id: int
    external_id: str
    handle: str
    newest_id: str | None = None
    due_ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a platform tells about an account. None: not told or hidden, which is not 0."""

    external_id: str
    handle: str
    title: str = ""
    audience: int | None = None
    contents: int | None = None
    views: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A part of what was collected, ready to be stored; keys are entity ids.

    `rows`: whole items. `figures`: items we know already, with their figures only. `vanished`:
    items that the platform no longer shows. `failed`: accounts that could not be read, and why.
    """

    facts: Mapping[int, Facts] = field(default_factory=dict)
    rows: Sequence[Row] = ()
    figures: Sequence[Row] = ()
    vanished: Mapping[int, Sequence[str]] = field(default_factory=dict)
    failed: Mapping[int, PlatformError] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Platform:
    """One platform. `poll_minutes`: the range of intervals that a person may choose."""

    slug: str
    label: str
    entity_noun: str
    poll_minutes: range
