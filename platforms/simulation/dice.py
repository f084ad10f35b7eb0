"""Chance that repeats itself: the same key always throws the same numbers, in every process."""

import hashlib
import math
from random import Random

_FULL = float(2**64)


def dice(*key: object) -> Random:
    """A generator of its own for this key."""
    return Random("/".join(map(str, key)))  # noqa: S311  repeatable, and nothing secret


def unit(*key: object) -> float:
    """One number in [0, 1): a quarter of the price of `dice`."""
    digest = hashlib.blake2b("/".join(map(str, key)).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / _FULL


def wander(*key: object, at: float) -> float:
    """A smooth path in [-1, 1] through a random value at each whole number."""
    knot = math.floor(at)
    share = at - knot
    share = share * share * (3 - 2 * share)
    return 2 * ((1 - share) * unit(*key, knot) + share * unit(*key, knot + 1)) - 1


def poisson(mean: float, chance: float, most: int) -> int:
    """The count whose share of a Poisson distribution `chance` falls into, at most `most`."""
    term = total = math.exp(-mean)
    count = 0
    while chance > total and count < most:
        count += 1
        term *= mean / count
        total += term
    return count
