"""Long lists in parts that fit into one call."""

from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


def batches(items: Sequence[T], size: int) -> list[Sequence[T]]:
    """Parts of at most `size` items, in order."""
    return [items[start : start + size] for start in range(0, len(items), size)]
