"""The form of a benchmark's answer: a table for people, one line of JSON for programs."""

import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import psutil


@dataclass(frozen=True)
class Report:
    """`figures`: every measured number. `ratios`: what the targets speak of. `met`: they hold."""

    name: str
    figures: dict[str, float]
    ratios: dict[str, float]
    met: bool
    notes: list[str] = field(default_factory=list)

    def table(self) -> str:
        """The figures and ratios, a line each."""
        rows = [*self.figures.items(), *self.ratios.items()]
        width = max(len(name) for name, _ in rows)
        lines = [f"  {name:<{width}}  {value:>14,.4g}" for name, value in rows]
        return "\n".join([self.name, *lines, *self.notes, f"  targets met: {self.met}"])

    def line(self) -> str:
        """The last line of the output."""
        keys = ("name", "figures", "ratios", "met")
        return json.dumps({key: getattr(self, key) for key in keys})


def alternate(rounds: int, **ways: Callable[[], object]) -> dict[str, float]:
    """Median seconds of each way, run in turn: a machine that slows down slows all alike."""
    seconds = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            began = time.perf_counter()
            way()
            seconds[name].append(time.perf_counter() - began)
    return {name: statistics.median(times) for name, times in seconds.items()}


def cpu_seconds() -> float:
    """CPU that this process and the database's processes have used."""
    ours = time.process_time()
    servers = [p for p in psutil.process_iter(["name"]) if p.info["name"] == "postgres"]
    return ours + sum(_used(server) for server in servers if _is_ours(server))


def _used(server: psutil.Process) -> float:
    try:
        times = server.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system)


def _is_ours(server: psutil.Process) -> bool:
    try:
        parent = server if "-D" in server.cmdline() else server.parent()
        return parent is not None and os.environ["TIDEWATCH_VAR"] in " ".join(parent.cmdline())
    except psutil.Error:
        return False
