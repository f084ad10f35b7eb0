"""What passes between a client and a simulated platform. Knows neither HTTP nor Django."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

# timeout: no answer in time; cut: the body breaks off; refused: nobody listens.
Fault = Literal["timeout", "cut", "refused"]


@dataclass(frozen=True, kw_only=True)
class Call:
    """One request. `params` holds each parameter's values in order; header names are lower case."""

    method: str
    host: str
    path: str
    params: Mapping[str, list[str]] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def param(self, name: str, default: str = "") -> str:
        """The first value of a parameter."""
        return self.params.get(name, [default])[0]

    def listed(self, name: str) -> list[str]:
        """All values of a parameter, repeated or separated by commas."""
        return [v for value in self.params.get(name, []) for v in value.split(",") if v]


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One response, or what became of it."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    fault: Fault | None = None


def as_json(content: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Answer:
    """An answer in JSON."""
    return Answer(
        status=status,
        headers={"Content-Type": "application/json; charset=utf-8", **(headers or {})},
        body=json.dumps(content).encode(),
    )


class Simulator(Protocol):
    """One simulated platform."""

    hosts: tuple[str, ...]

    def answer(self, call: Call) -> Answer:
        """Answer as the platform would."""

    def limited(self, call: Call) -> Answer:
        """What the platform answers to this call beyond its limit: status, headers, body."""
