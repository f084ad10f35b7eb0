"""Takes secrets out of whatever is about to be written down.

Two ways to know a secret: by its name (`password`, `Authorization`, `client_secret`) and by its
looks (a bearer token, a JWT, an API key, the password in a URL). When in doubt, it is hidden.
"""

import math
import re
from collections.abc import Iterable, Mapping
from typing import Any

HIDDEN = "[redacted]"
DEEPEST, WIDEST = 8, 200  # levels, items of a collection
READ, LONGEST = 100_000, 16_000  # characters of a text that are looked at, and that are kept
SHORTEST_LITERAL = 6  # a shorter configured value would blank ordinary words

_WORDS = (
    r"password|passwd|passphrase|secret|token|credential|api[-_]?key|private[-_]?key"
    r"|access[-_]?key|session[-_]?(?:id|key)|signature|csrf|jwt"
)
# Their values may hold spaces ("Bearer x", "a=1; b=2"): they reach to the end of line or quote.
_HEADERS = r"authorization|cookie"
_NAME = re.compile(rf"{_WORDS}|{_HEADERS}|^(?:key|auth|pwd|sid)$|[-_]key$", re.IGNORECASE)
_QUOTED = r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|\\"[^"]*"|\\'[^']*'"""
# name=value, name: value, "name": "value", ('name', 'value'), also with escaped quotes
_IS = r"""(?:\\?["']\s{0,3}[:=,]\s{0,3}|\s{0,3}[:=]\s{0,3}|%3D)(?:b(?=["']))?"""

_LOOKS = [
    (re.compile(r"""([a-z][a-z0-9+.-]{0,20}://)[^\s/"'<>]*@""", re.IGNORECASE), rf"\1{HIDDEN}@"),
    (re.compile(r"\beyJ[\w-]{6,2000}\.[\w-]{1,4000}(?:\.[\w-]*)?"), HIDDEN),
    (re.compile(r"\btw_[\w-]{12,}|\bAIza[\w-]{30,}"), HIDDEN),
    (re.compile(rf"((?:{_HEADERS}){_IS})(?:{_QUOTED}|[^\r\n\"']+)", re.IGNORECASE), rf"\1{HIDDEN}"),
    (
        re.compile(
            rf"""((?:(?:{_WORDS})[\w-]{{0,30}}|(?<![a-z0-9])(?:key|auth|pwd|sid)){_IS})"""
            rf"""(?:{_QUOTED}|(?:(?:bearer|basic)\s+)?[^\s&"'<>\\]+)""",
            re.IGNORECASE,
        ),
        rf"\1{HIDDEN}",
    ),
    # After the names: "basic password=x" would lose its name here and keep its value.
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{6,}", re.IGNORECASE), rf"\1 {HIDDEN}"),
]
# Most lines hold nothing of the kind, and one search says so.
_SUSPECT = re.compile(
    rf"://|bearer|basic|eyJ|tw_|AIza|{_WORDS}|{_HEADERS}|key|auth|pwd|sid", re.IGNORECASE
)


def is_secret_name(name: str) -> bool:
    """Whether a value of this name is kept out of logs."""
    return bool(_NAME.search(name))


def redact(text: str, literals: Iterable[str] = ()) -> str:
    """Return the text without secrets. `literals`: values to hide wherever they stand."""
    text = text[:READ]
    for literal in literals:
        text = text.replace(literal, HIDDEN)
    if _SUSPECT.search(text):
        for looks, instead in _LOOKS:
            text = looks.sub(instead, text)
    # Cut after the search: half a secret has no looks. The end of a traceback says most.
    half = LONGEST // 2
    return text if len(text) <= LONGEST else f"{text[:half]} […] {text[-half:]}"


def clean(value: Any, literals: Iterable[str] = (), *, depth: int = DEEPEST) -> Any:
    """Return a copy that JSON can hold, without secrets. Never raises, whatever it is given."""
    if isinstance(value, str | bytes):
        return redact(_decoded(value), literals)
    if depth and isinstance(value, Mapping):
        return dict(_item(pair, literals, depth) for pair in list(value.items())[:WIDEST])
    if depth and isinstance(value, list | tuple | set | frozenset):
        return _items(list(value)[:WIDEST], literals, depth)
    if (
        value is None
        or isinstance(value, int)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    return redact(_described(value), literals)


def _item(pair: tuple[Any, Any], literals: Iterable[str], depth: int) -> tuple[str, Any]:
    name, value = _described(pair[0]), pair[1]
    shown = HIDDEN if value and is_secret_name(name) else clean(value, literals, depth=depth - 1)
    return redact(name, literals), shown


def _items(values: list[Any], literals: Iterable[str], depth: int) -> list[Any]:
    match values:
        # A pair of name and value, as headers are listed.
        case [str() | bytes() as name, _] if is_secret_name(_decoded(name)):
            return [_decoded(name), HIDDEN]
    return [clean(value, literals, depth=depth - 1) for value in values]


def _decoded(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode("utf-8", "replace")


def _described(value: Any) -> str:
    if isinstance(value, str | bytes):
        return _decoded(value)
    try:
        return str(value)
    except Exception:  # noqa: BLE001  a broken __str__ must not cost the log line
        return f"<{type(value).__name__}>"
