"""Texts as PostgreSQL takes them: without NUL, without halves of characters."""

from collections.abc import Iterable

REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def sound(texts: Iterable[str | None]) -> bool:
    """Whether all of these can be stored as they are; looked at in one piece, as most are."""
    joined = "".join(filter(None, texts))
    if "\0" in joined:
        return False
    try:
        joined.encode()
    except UnicodeEncodeError:
        return False
    return True


def cleaned(text: str) -> str:
    """The text without NUL. Halves of one character are joined; a lone half is replaced."""
    whole = text.replace("\0", "").encode("utf-16", "surrogatepass")
    return whole.decode("utf-16", "replace")
