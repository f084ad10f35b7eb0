"""A file as lines: unpacked, decoded and measured on the way, never as a whole."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

LONGEST_LINE = 2**20  # bytes
MOST_BYTES = 4 * 2**30  # unpacked
MOST_LINES = 50_000_000  # blank ones count: a small packed file may hold billions
LOOKED_AT = 2**16  # bytes at the beginning that tell what a file is
FIRST_BYTES, FIRST_LINES = 2**24, 50_000  # that are read while a person waits
OTHER_ENCODINGS = {
    b"\xff\xfe": "UTF-16",
    b"\xfe\xff": "UTF-16",
    b"PK\x03\x04": "a spreadsheet or a zip archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
    b"SQLite": "a database",
    b"PAR1": "Parquet",
}
AS_UTF8 = "Save it as CSV in UTF-8 and import that."
TOO_LONG = "This line is longer than a million characters."


class Unreadable(ValueError):
    """The file as a whole cannot be read; the sentence says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line with its number. `text` is None where `problem` says why it cannot be read."""

    number: int
    text: str | None
    problem: str = ""


class Opened:
    """A file, plain or packed with gzip. `done`: how far it was read, 0 to 1."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.size = max(1, path.stat().st_size)
        except OSError:
            raise Unreadable("The file is no longer here. Bring it once more.") from None
        self._raw: IO[bytes] | None = None

    @property
    def done(self) -> float:
        """The share of the file's bytes that was read."""
        return min(1.0, self._raw.tell() / self.size) if self._raw else 1.0

    def beginning(self) -> str:
        """The first lines as text. Raises Unreadable for what is no text in UTF-8."""
        with self._bytes() as stream:
            told = _read(stream, LOOKED_AT)
        for mark, name in OTHER_ENCODINGS.items():
            if told.startswith(mark):
                raise Unreadable(f"This file is {name}. {AS_UTF8}")
        if not told.strip():
            raise Unreadable("This file is empty.")
        whole = told if len(told) < LOOKED_AT else told.rpartition(b"\n")[0] or told
        try:
            text = whole.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            if len(told) == LOOKED_AT and error.start > LOOKED_AT - 4:  # cut within a character
                return whole[: error.start].decode("utf-8-sig")
            line = whole.count(b"\n", 0, error.start) + 1
            raise Unreadable(f"Line {line} of this file is not in UTF-8. {AS_UTF8}") from None
        if text.count("\0") > len(text) // 10:  # as in UTF-16 without its mark
            raise Unreadable(f"This file is no text in UTF-8. {AS_UTF8}")
        return text

    def lines(self, *, first: bool = False) -> Iterator[Line]:
        """Every line with its end; `first`: of the beginning alone.

        Raises Unreadable where the file breaks off, and where it is too long.
        """
        number, total, goes_on = 0, 0, False
        with self._bytes() as stream:
            while told := _read_line(stream):
                total += len(told)
                if first and (total > FIRST_BYTES or number >= FIRST_LINES):
                    return
                _demand_length(number, total)
                begins = not goes_on
                goes_on = len(told) == LONGEST_LINE and not told.endswith(b"\n")
                if begins:
                    number += 1
                    yield Line(number, None, TOO_LONG) if goes_on else _line(number, told)

    @contextmanager
    def _bytes(self) -> Iterator[IO[bytes]]:
        try:
            raw = self.path.open("rb")
        except OSError as error:
            raise Unreadable(f"The file cannot be opened: {error.strerror}.") from None
        with raw:
            self._raw = raw
            packed = raw.read(2) == b"\x1f\x8b"
            raw.seek(0)
            try:
                yield cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if packed else raw
            finally:
                self._raw = None


def _read(stream: IO[bytes], size: int) -> bytes:
    try:
        return stream.read(size)
    except (OSError, EOFError, zlib.error):
        raise Unreadable("The packed file is damaged. Pack it again.") from None


def _read_line(stream: IO[bytes]) -> bytes:
    try:
        return stream.readline(LONGEST_LINE)
    except (OSError, EOFError, zlib.error):
        raise Unreadable("The packed file is damaged from here on. Pack it again.") from None


def _demand_length(lines: int, size: int) -> None:
    if size > MOST_BYTES:
        raise Unreadable("This file unpacks to more than 4 GB. Import it in parts.")
    if lines >= MOST_LINES:
        raise Unreadable(f"This file has more than {MOST_LINES:,} lines. Import it in parts.")


def _line(number: int, told: bytes) -> Line:
    try:
        return Line(number, told.decode("utf-8-sig" if number == 1 else "utf-8"))
    except UnicodeDecodeError:
        return Line(number, None, "This line is not in UTF-8.")
