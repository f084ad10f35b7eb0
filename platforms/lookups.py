"""Accounts looked up by their names, and remembered for a while.

A look-up costs calls, and with X money. What a preview has found is still there when the accounts
are added, and two requests at once ask for a name once. It is kept in Valkey, beside the count of
what was spent: without that no call may be made anyway, and nothing has to be tidied up.
"""

import json
import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any

import redis

from platforms import registry
from platforms.contract import Budget, Facts, Found, Platform
from platforms.credentials.connection import as_it_is, connect, terms, valkey
from platforms.errors import Gone, Malformed, PlatformError, Refused, Unavailable
from platforms.models import ApiProfile
from platforms.payment import Holding, Priced
from platforms.spending.budget import counted

KEPT_SECONDS = 15 * 60
CLAIM_SECONDS = 60  # whoever has not answered by then is thought dead
PATIENCE = 5.0  # seconds after which nothing more is begun; twice that, and no call is made
ASKING_AGAIN = 0.2  # seconds, while another request looks a name up
_ERRORS = {error.code: error for error in (Gone, Malformed, Refused)}  # those of a single name


@dataclass(frozen=True)
class LookedUp:
    """Handle -> facts or why not. One that is missing is still to be looked up.

    `stopped`: what ended it before its time.
    """

    found: Found
    stopped: PlatformError | None = None


def look_up(
    profile: ApiProfile,
    handles: Sequence[str],
    *,
    patience: float = PATIENCE,
    metered: Callable[[Budget], Budget] = as_it_is,
) -> LookedUp:
    """Look handles up, as many as there is time for; a second call goes on with the rest.

    A person waits, so it may spend what is kept of a daily quota, and ends after `patience`
    seconds. Call it outside transactions, as `connect` wants it.
    """
    work = _LookUp(profile, patience, metered)
    try:
        work.run(handles)
    except PlatformError as error:
        return LookedUp(work.found, error)
    return LookedUp(work.found)


def price(platform: Platform) -> Decimal:
    """Dollars for each account that is looked up; 0 where that is free."""
    return terms(platform.slug).prices.get(platform.naming_billed_as, Decimal())


def remembered(profile: ApiProfile, handles: Sequence[str]) -> Found:
    """What is known of handles already; nothing is asked and nothing spent."""
    try:
        return Memory.of(profile).recall(handles)
    except PlatformError:  # the memory is away
        return {}


@dataclass
class _LookUp:
    """One look-up of many handles."""

    profile: ApiProfile
    patience: float
    metered: Callable[[Budget], Budget]
    found: dict[str, Facts | PlatformError] = field(default_factory=dict)
    began: float = field(default_factory=time.monotonic)

    def __post_init__(self) -> None:
        self.platform = registry.get(self.profile.platform)
        self.memory = Memory.of(self.profile)

    @cached_property
    def client(self) -> Any:
        """Made for the first call; most previews find all that they need in the memory."""

        def patient(budget: Budget) -> Budget:
            return self.metered(_Patient(budget, self.began + 2 * self.patience))

        return connect(self.profile, reserve=True, metered=patient)

    def run(self, handles: Sequence[str]) -> None:
        """Ask until all have an answer, or the time is over. Raises what stops it."""
        while missing := [handle for handle in handles if handle not in self.found]:
            self.found |= self.memory.recall(missing)
            missing = [handle for handle in missing if handle not in self.found]
            for pack in self.platform.packs(terms(self.platform.slug), missing):
                if time.monotonic() > self.began + self.patience:
                    return
                if mine := self.memory.claim(pack):
                    self.ask(mine)
            if any(handle not in self.found for handle in missing):
                time.sleep(ASKING_AGAIN)

    def ask(self, handles: Sequence[str]) -> None:
        """Ask the platform for handles that nobody else asks for just now."""
        told: Found = {}
        try:
            told = self.platform.resolve(self.client, handles)
        finally:
            self.memory.keep(told, asked=handles)
        left_out = Malformed(f"{self.platform.label} said nothing of it.")
        self.found |= {handle: told.get(handle, left_out) for handle in handles}


@dataclass(frozen=True)
class Memory:
    """What was found for one person, on one platform, with real or with demo credentials."""

    store: redis.Redis
    place: str

    @classmethod
    def of(cls, profile: ApiProfile) -> "Memory":
        """The memory that serves a credential; another one of the same person shares it."""
        world = "demo" if profile.simulated else "real"
        return cls(valkey(), f"tw:lookup:{profile.owner_id}:{profile.platform}:{world}")

    def recall(self, handles: Sequence[str]) -> dict[str, Facts | PlatformError]:
        """What is known of these handles."""
        with counted():
            kept = self.store.mget([self._key(handle) for handle in handles]) if handles else []
        answers = zip(handles, kept, strict=True)
        return {handle: _read(json.loads(answer)) for handle, answer in answers if answer}

    def claim(self, handles: Sequence[str]) -> list[str]:
        """Those of the handles that are now ours to ask for."""
        with counted(), self.store.pipeline() as pipe:
            for handle in handles:
                pipe.set(self._key(handle), b"", nx=True, ex=CLAIM_SECONDS)
            granted = pipe.execute()
        return [handle for handle, ours in zip(handles, granted, strict=True) if ours]

    def keep(self, told: Found, *, asked: Iterable[str]) -> None:
        """Remember answers, and give up the claim where there is none to remember."""
        # The answers are good, and must not be lost because they cannot be remembered.
        with suppress(redis.RedisError), self.store.pipeline() as pipe:
            for handle in asked:
                answer = _written(told.get(handle))
                if answer is None:
                    pipe.delete(self._key(handle))
                else:
                    pipe.set(self._key(handle), json.dumps(answer), ex=KEPT_SECONDS)
            pipe.execute()

    def _key(self, handle: str) -> str:
        return f"{self.place}:{handle.lower()}"


@dataclass(frozen=True)
class _Patient:
    """A Budget that ends with the patience of the person who waits."""

    budget: Budget
    until: float

    def take(self, bucket: str, *, cost: int = 1, priced: Priced | None = None) -> Holding | None:
        """Pay for a call, if there is still time for one."""
        if time.monotonic() > self.until:
            raise Unavailable("The platform answers very slowly just now.")
        return self.budget.take(bucket, cost=cost, priced=priced)

    def lower(self, bucket: str, *, remaining: int) -> None:
        """Pass on."""
        self.budget.lower(bucket, remaining=remaining)

    def block(self, bucket: str, *, seconds: float) -> None:
        """Pass on."""
        self.budget.block(bucket, seconds=seconds)

    def charge(self, kind: str, ids: Iterable[str], *, held: Collection[Holding] = ()) -> Decimal:
        """Pass on."""
        return self.budget.charge(kind, ids, held=held)


def _written(answer: Facts | PlatformError | None) -> dict[str, Any] | None:
    """An answer as JSON; None for what may be otherwise a moment later."""
    if isinstance(answer, Facts):
        return asdict(answer)
    if answer and answer.code in _ERRORS:
        return {"code": answer.code, **vars(answer)}
    return None


def _read(answer: Mapping[str, Any]) -> Facts | PlatformError:
    told = dict(answer)
    code = told.pop("code", None)
    return _ERRORS[code](**told) if code else Facts(**told)
