"""The names and links in a text as people paste it."""

import re

MOST = 200
LONGEST = 100_000  # characters; so many names do not need more

_AROUND = "\"'`<>()[]{}«»“”‘’„"  # noqa: RUF001  the quotation marks of this world
_NEW_NAME = re.compile(r"https?://|www\.|@|/?[ru]/", re.IGNORECASE)


class TooMany(ValueError):
    """More than can be added at once; the text is a sentence for people."""


def names_in(text: str) -> list[str]:
    """What stands between blanks, line ends, commas and semicolons, in order.

    Raises TooMany.
    """
    if len(text) > LONGEST:
        raise TooMany(f"This is a very long text. Paste up to {MOST} names or links at once.")
    pieces = [piece for word in text.replace("\0", " ").split() for piece in _pieces(word)]
    names = [name for piece in pieces if re.search(r"\w", name := piece.strip(_AROUND))]
    if len(names) > MOST:
        raise TooMany(f"These are {len(names):,} names. Up to {MOST} can be added at once.")
    return names


def _pieces(word: str) -> list[str]:
    """A word at its commas. Those in the query of a link are part of it."""
    pieces: list[list[str]] = []
    in_query = False
    for piece in re.split(r"[,;]", word):
        if in_query and not _NEW_NAME.match(piece):
            pieces[-1].append(piece)
        else:
            pieces.append([piece])
            in_query = bool({"?", "#"} & set(piece))
    return [",".join(parts) for parts in pieces]
