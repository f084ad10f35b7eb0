"""How one call is paid for: held at its worst before each try, settled by what came back.

What a platform bills is known from its answer alone. Calls under way at once would pass a person's
cap, and an answer that breaks off would be billed and counted nowhere. So the most that a try may
bill is held first, and stands until an answer, or its certain absence, tells better.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING
from uuid import UUID

from platforms.http import Response

if TYPE_CHECKING:
    from platforms.contract import Budget


@dataclass(frozen=True, slots=True, kw_only=True)
class Priced:
    """What an answer may bill: at most so many resources of a kind in the terms.

    `ids`: those that an answer bills. `covers`: whether those are all that an earlier try of the
    same call, on the same UTC day, may have billed: then the two are billed as one.
    """

    kind: str
    most: int
    ids: Callable[[Response], Collection[str]]
    covers: Callable[[Response], bool]


@dataclass(frozen=True, slots=True)
class Holding:
    """Money that is held for one try of a call, on a UTC day."""

    id: UUID
    day: date


@dataclass
class Payment:
    """Pays for the tries of one call."""

    budget: "Budget"
    bucket: str
    cost: int
    priced: Priced | None = None
    held: list[Holding] = field(default_factory=list)

    def pay(self) -> None:
        """Before each try. Raises what the budget raises."""
        held = self.budget.take(self.bucket, cost=self.cost, priced=self.priced)
        self.held += [held] if held else []

    def release(self) -> None:
        """The last try was certainly not billed: it was refused, or never reached the platform."""
        if self.held:
            self._charge((), [self.held.pop()])

    def settle(self, response: Response) -> None:
        """Charge what a good answer bills. If it cannot be read, all stays held."""
        if not self.priced:
            return
        ids = self.priced.ids(response)
        covered = self.held if self.priced.covers(response) else self.held[-1:]
        self._charge(ids, [held for held in covered if held.day == self.held[-1].day])

    def _charge(self, ids: Iterable[str], held: Collection[Holding]) -> None:
        if self.priced:
            self.budget.charge(self.priced.kind, ids, held=held)
