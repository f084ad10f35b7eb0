"""Serves the simulated platforms on this machine, for the demo and for trying things out."""

from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from platforms import registry
from platforms.simulation.server import SimulationServer
from platforms.simulation.switchboard import switchboard
from platforms.simulation.world import World

# The planted effects count from the world's start. It stays the same, so that a simulator that is
# started again knows the same accounts and posts.
START = datetime(2026, 11, 1, tzinfo=UTC)


class Command(BaseCommand):
    """All simulated platforms over HTTP, until Ctrl-C."""

    help = "Serve simulated platforms at http://127.0.0.1:PORT/<host>/<path>, until Ctrl-C."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """Port and world."""
        parser.add_argument("--port", type=int, default=8099, help="0: any that is free.")
        parser.add_argument("--seed", type=int, default=7, help="Another seed is another world.")
        parser.add_argument("--accounts", type=int, default=25, help="Accounts on each platform.")
        parser.add_argument("--speed", type=float, default=1.0, help="Seconds of the world in one.")
        parser.add_argument(
            "--start", type=datetime.fromisoformat, default=START, metavar="DATE",
            help="When the planted effects begin. Another start is another world.",
        )  # fmt: skip

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make the world, let its clock run, serve."""
        world = _world(options)
        world.run(speed=options["speed"])
        board = switchboard(world, registry.simulators())
        try:
            server = SimulationServer(board, port=options["port"])
        except OSError as error:
            raise CommandError(
                f"Port {options['port']} cannot be used: {error.strerror}."
            ) from None
        with server:
            self.stdout.write(f"Simulated platforms at {server.address}, seed {world.seed}.")
            self.stdout.flush()
            try:
                server.serve_forever(poll_interval=0.1)
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")


def _world(options: dict[str, Any]) -> World:
    start: datetime = options["start"]
    start = start if start.tzinfo else start.replace(tzinfo=UTC)
    now = timezone.now()
    return World(seed=options["seed"], accounts=options["accounts"], start=start, now=now)
