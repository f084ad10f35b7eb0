"""Reads one pack (under way)."""

from collections.abc import Sequence


def run(execution_ids: Sequence[int]) -> None: ...
