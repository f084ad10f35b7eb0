"""Connects a call to the simulated platform that it is for, through whatever faults are ordered."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from platforms.simulation.faults import Faults, spoil
from platforms.simulation.wire import Answer, Call, Simulator
from platforms.simulation.world import World

Makers = Mapping[str, Callable[[World], Simulator]]  # platform -> its simulator of a world


@dataclass(frozen=True, kw_only=True)
class Switchboard:
    """All simulated platforms of one world."""

    world: World
    simulators: Mapping[str, Simulator]
    faults: Faults = field(default_factory=Faults)

    @property
    def hosts(self) -> list[str]:
        """The addresses that are answered."""
        return [host for simulator in self.simulators.values() for host in simulator.hosts]

    def answer(self, call: Call) -> Answer:
        """The platform's answer, or what an ordered fault makes of it."""
        for platform, simulator in self.simulators.items():
            if call.host in simulator.hosts:
                kind = self.faults.take(platform, call)
                if kind == "429":
                    return simulator.limited(call)
                answer = simulator.answer(call)
                return spoil(kind, answer, slow=self.faults.slow) if kind else answer
        return Answer(fault="refused")


def switchboard(world: World, makers: Makers, faults: Faults | None = None) -> Switchboard:
    """All platforms of a world behind one face."""
    simulators = {platform: make(world) for platform, make in makers.items()}
    return Switchboard(world=world, simulators=simulators, faults=faults or Faults())
