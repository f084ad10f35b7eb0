"""What becomes of each name that was typed."""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from collectors.adding.pasted import names_in
from platforms import registry
from platforms.contract import Facts, Platform
from platforms.errors import Gone, PlatformError
from platforms.models import Entity

OPEN, NEW, MONITORED, REPEATED = "waiting", "new", "monitored", "repeated"
UNASKED = "unasked"  # its look-up costs money, and nobody has asked for it yet
MALFORMED, ELSEWHERE, UNREAD = "malformed", "elsewhere", "unread"
_STOPPED = ("bad", "circle-alert")
_SIGNS = {  # state -> kind and icon of its pill; those of Gone are not among them
    OPEN: ("info", "clock"),
    UNASKED: ("mute", "clock"),
    NEW: ("ok", "check"),
    MONITORED: ("mute", "minus"),
    REPEATED: ("mute", "minus"),
}
_WORDS = {
    OPEN: "Not looked up yet",
    UNASKED: "Not looked up yet",
    NEW: "New",
    MONITORED: "Already monitored",
    REPEATED: "Repeated",
    UNREAD: "Not read",
    **dict(Entity.State.choices),
}


@dataclass(frozen=True, kw_only=True)
class Line:
    """One name. `state`: a word of this file or the reason of a Gone. `sentence`: why, '' if plain.

    `word`: the state for people.
    """

    typed: str
    state: str = OPEN
    word: str = ""
    sentence: str = ""
    handle: str = ""
    facts: Facts | None = None

    @property
    def sign(self) -> tuple[str, str]:
        """Kind and icon of its pill."""
        return _SIGNS.get(self.state, _STOPPED)

    @property
    def about(self) -> str:
        """Who it is, and what else is to be said."""
        audience = self.facts.figures.get("audience") if self.facts else None
        parts = [self.facts.title if self.facts else "", self.sentence]
        if audience is not None:
            parts.insert(1, f"audience {audience:,}")
        return " · ".join(part for part in parts if part)

    def now(self, state: str, sentence: str = "", word: str = "") -> "Line":
        """The same line in another state."""
        return replace(self, state=state, word=word or _WORDS[state], sentence=sentence)


def read(platform: Platform, text: str) -> list[Line]:
    """The lines of a text, as far as they can be judged without asking. Raises TooMany."""
    return _once([_read(platform, typed) for typed in names_in(text)])


def _read(platform: Platform, typed: str) -> Line:
    line = Line(typed=typed, word=_WORDS[OPEN])
    try:
        return replace(line, handle=platform.parse_handle(typed))
    except ValueError as mistake:
        if other := _elsewhere(platform, typed):
            sentence = f"Choose {other.label} above to add it."
            return line.now(ELSEWHERE, sentence, f"Link to {other.label}")
        article = "an" if platform.entity_noun[0] in "aeiou" else "a"
        return line.now(MALFORMED, str(mistake), f"Not {article} {platform.entity_noun}")


def _elsewhere(platform: Platform, typed: str) -> Platform | None:
    """The other platform that an address leads to."""
    others = [other for other in registry.every() if other is not platform and "/" in typed]
    return next((other for other in others if _understands(other, typed)), None)


def _understands(platform: Platform, typed: str) -> bool:
    try:
        platform.parse_handle(typed)
    except ValueError:
        return False
    return True


def _once(lines: Iterable[Line]) -> list[Line]:
    """Mark handles and accounts that stand above already."""
    seen: dict[str, str] = {}
    kept = []
    for line in lines:
        names = [line.facts.account] if line.facts else []
        names += [line.handle.lower()] if line.state in (OPEN, NEW) else []
        above = next((seen[name] for name in names if name in seen), None)
        kept.append(line.now(REPEATED, f"The same as {above} above.") if above else line)
        seen |= {name: line.typed for name in names if name not in seen}
    return kept


def known(lines: Iterable[Line], monitored: Container[str]) -> list[Line]:
    """Mark those of which the handle in small letters, or the id, is monitored already."""
    return [
        line.now(MONITORED)
        if line.state == OPEN and (line.handle.lower() in monitored or line.handle in monitored)
        else line
        for line in lines
    ]


def told(
    lines: Iterable[Line],
    found: Mapping[str, Facts | PlatformError],
    monitored: Container[str],
    before: Container[str],
) -> list[Line]:
    """Mark what the platform said. `monitored`, `before`: ids of accounts that are, and were."""
    return _once([_told(line, found.get(line.handle), monitored, before) for line in lines])


def _told(
    line: Line,
    answer: Facts | PlatformError | None,
    monitored: Container[str],
    before: Container[str],
) -> Line:
    if line.state != OPEN or answer is None:
        return line
    if isinstance(answer, Gone):
        return line.now(answer.reason, answer.text)
    if isinstance(answer, PlatformError):
        return line.now(UNREAD, answer.text)
    found = replace(line, facts=answer)
    if answer.account in monitored:
        return found.now(MONITORED)
    again = "It was monitored before. Its history continues." if answer.account in before else ""
    return found.now(NEW, again)


def unasked(lines: Iterable[Line], asked: Container[str]) -> list[Line]:
    """Mark those that are still open, as the platform was asked for other handles only."""
    return [
        line.now(UNASKED) if line.state == OPEN and line.handle not in asked else line
        for line in lines
    ]


def still_open(lines: Sequence[Line]) -> list[str]:
    """Handles that are to be looked up."""
    return [line.handle for line in lines if line.state == OPEN]
