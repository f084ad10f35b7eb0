"""Lines of all processes on one screen, each with the name of its process in front."""

import os
import sys

OWN_NAME = "tidewatch"
COLOURS = (36, 32, 33, 35, 34, 31)


class Console:
    """Standard output. Once nobody reads it any more, lines are dropped and the product runs on."""

    def __init__(self) -> None:
        self._prefixes: dict[str, bytes] = {}
        self._coloured = sys.stdout.isatty() and not os.environ.get("NO_COLOR")

    def say(self, text: str) -> None:
        """Write a line of our own."""
        self.write(OWN_NAME, text.encode())

    def write(self, name: str, line: bytes) -> None:
        """Write one line, without its end, of a process."""
        try:
            sys.stdout.buffer.write(self._prefix(name) + line + b"\n")
            sys.stdout.buffer.flush()
        except OSError:
            _speak_to_nobody()

    def _prefix(self, name: str) -> bytes:
        if name not in self._prefixes:
            text = f"{name:{len(OWN_NAME)}} | "
            colour = COLOURS[len(self._prefixes) % len(COLOURS)]
            self._prefixes[name] = (
                f"\x1b[{colour}m{text}\x1b[0m" if self._coloured else text
            ).encode()
        return self._prefixes[name]


def _speak_to_nobody() -> None:
    """The terminal or the pipe is gone: point elsewhere, for Python's last flush too."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
