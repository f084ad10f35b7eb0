"""What a cell says: numbers, moments, words. Every reader raises ValueError with a sentence.

Cells are text, or what JSON knows. An empty cell is None: absent, which is not 0. Nothing is
calculated: a cell that begins with "=" is text like any other.
"""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

from platforms.store.words import cleaned

BIGGEST = 2**63 - 1  # a bigint of the database
EARLIEST = datetime(2005, 1, 1, tzinfo=UTC)  # none of the platforms is older
LONGEST_NUMBER = 40
ABSENT = {"", "null", "none", "nan", "n/a", "na", "-", "–", "\\n"}  # noqa: RUF001  ui.md's dash
TRUE, FALSE = {"true", "t", "1", "yes", "y"}, {"false", "f", "0", "no", "n"}
_GROUPED = re.compile(r"[-+]?\d{1,3}(?:,\d{3})+|[-+]?\d{1,3}(?:[ \u00a0\u202f'’]\d{3})+", re.ASCII)  # noqa: RUF001
_DOTTED = re.compile(r"[-+]?\d{1,3}(?:\.\d{3}){2,}", re.ASCII)
_WHOLE = re.compile(r"([-+]?\d+)(?:\.0*)?", re.ASCII)
_UNCLEAR = re.compile(r"[-+]?\d{1,3}\.\d{3}", re.ASCII)
# With a sign: 1e0134 is an id of Reddit.
_SCIENTIFIC = re.compile(r"[-+]?\d(?:[.,]\d+)?e\+\d+", re.ASCII | re.IGNORECASE)
_EPOCH = re.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{12,13}|\d{15,16}", re.ASCII)
_BY_PARTS = re.compile(
    r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4}|\d{2}),?"
    r"(?:[ T]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]m)?)?",
    re.ASCII | re.IGNORECASE,
)
_NAMED_MONTH = ("%a %b %d %H:%M:%S %z %Y", "%d %b %Y", "%b %d, %Y", "%d %B %Y", "%B %d, %Y")
_ISO_TIME = re.compile(r"P(?:(\d+)D)?T?(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:\.\d+)?S)?", re.ASCII)


@dataclass(frozen=True)
class Dates:
    """How a file writes moments. `zone`: of those that name none. `day_first`: 3/4 is 3 April."""

    now: datetime
    zone: tzinfo = UTC
    day_first: bool = False


def plain(value: Any) -> str:
    """A cell as text, without what spreadsheets put around it: a leading ', ="…", spaces."""
    if value is None or isinstance(value, dict | list):
        return ""
    text = str(value).strip()
    if len(text) > 3 and text.startswith('="') and text.endswith('"'):
        text = text[2:-1]
    return text.removeprefix("'").strip()


def absent(value: Any) -> bool:
    """Whether a cell says nothing."""
    return value is None or (isinstance(value, str | float) and plain(value).lower() in ABSENT)


def whole(value: Any, *, least: int | None = None) -> int | None:
    """A whole number, also with thousands separators."""
    if absent(value):
        return None
    number = _whole(value)
    if abs(number) > BIGGEST:
        raise ValueError("The number is larger than any figure can be.")
    if least is not None and number < least:
        raise ValueError("A count cannot be negative.")
    return number


def _whole(value: Any) -> int:
    if isinstance(value, bool | dict | list):
        raise ValueError("This is no number.")  # noqa: TRY004  one kind of error for all cells
    text = plain(value)
    if len(text) > LONGEST_NUMBER:
        raise ValueError("This is no number.")
    if _UNCLEAR.fullmatch(text) and not text.endswith(".000"):
        raise ValueError("This could be thousands or a fraction. Write it without the dot.")
    if _GROUPED.fullmatch(text) or _DOTTED.fullmatch(text) or _UNCLEAR.fullmatch(text):
        return int(re.sub(r"[^\d+-]", "", text))
    if found := _WHOLE.fullmatch(text):
        return int(found[1])
    if _SCIENTIFIC.fullmatch(text):
        raise ValueError("A spreadsheet has rounded this number. Export the file with all digits.")
    raise ValueError("This is no whole number.")


def share(value: Any) -> float | None:
    """A share from 0 to 1; 97% and 0,97 as well."""
    if absent(value):
        return None
    text = plain(value)
    percent = text.endswith("%")
    try:
        number = float(text.rstrip("% ").replace(",", "."))
    except ValueError:
        raise ValueError("This is no share: a number from 0 to 1, or percent.") from None
    number = number / 100 if percent else number
    if not 0 <= number <= 1:
        raise ValueError("A share lies between 0 and 1.")
    return number


def flag(value: Any) -> bool | None:
    """Yes or no."""
    if absent(value):
        return None
    word = plain(value).lower()
    if word not in TRUE | FALSE:
        raise ValueError("This is neither yes nor no.")
    return word in TRUE


def words(value: Any) -> str:
    """Text as it is. The ' that protects a formula in a spreadsheet is taken off."""
    if isinstance(value, dict | list):
        raise ValueError("This is no text.")  # noqa: TRY004
    text = "" if value is None else cleaned(str(value))
    protected = len(text) > 1 and text[0] == "'" and text[1] in "=+-@\t\r"
    return text[1:] if protected else text


def listed(value: Any) -> list[str]:
    """Words in a list of JSON, or with | between them."""
    if isinstance(value, list):
        return [words(each) for each in value]
    text = words(value)
    if text in {"", "[none]"}:
        return []
    return [part.strip().strip('"') for part in text.split("|")]


def identity(value: Any) -> str:
    """An id or a name. A number that a spreadsheet has rounded is none."""
    text = plain(value)
    if isinstance(value, bool | float) or _SCIENTIFIC.fullmatch(text):
        raise ValueError("A spreadsheet has rounded this id. Export the file with ids as text.")
    if not text:
        raise ValueError("There is no id.")
    return text


def seconds(value: Any) -> int | None:
    """A length: seconds, 1:02:03, or PT1H2M3S."""
    if absent(value):
        return None
    text = plain(value)
    found = _ISO_TIME.fullmatch(text)
    if found and any(found.groups()):
        days, hours, minutes, rest = (int(part or 0) for part in found.groups())
        return whole(((days * 24 + hours) * 60 + minutes) * 60 + rest)
    if re.fullmatch(r"\d{1,4}(?::\d{2}){1,2}", text, re.ASCII):
        total = 0
        for part in text.split(":"):
            total = total * 60 + int(part)
        return total
    return whole(value, least=0)


# --- Moments --------------------------------------------------------------------------------------
def moment(value: Any, dates: Dates) -> datetime | None:
    """A moment between 2005 and now, in UTC."""
    if absent(value):
        return None
    text = plain(value)
    found = None if len(text) > LONGEST_NUMBER or isinstance(value, bool) else _moment(text, dates)
    if found is None:
        raise ValueError("This is no date that can be read.")
    return possible(_in_utc(found, dates), dates.now)


def possible(found: datetime, now: datetime) -> datetime:
    """The moment, if a file can mean it. Figures of the future would hide all that are read."""
    if not EARLIEST <= found <= now + timedelta(days=1):
        raise ValueError(f"The year {found.year} cannot be meant: 2005 until now are possible.")
    return found


def _in_utc(found: datetime, dates: Dates) -> datetime:
    try:
        return (found if found.tzinfo else found.replace(tzinfo=dates.zone)).astimezone(UTC)
    except (OverflowError, ValueError):
        raise ValueError(f"The year {found.year} cannot be meant.") from None


def _moment(text: str, dates: Dates) -> datetime | None:
    if _EPOCH.fullmatch(text):
        whole_part = text.partition(".")[0]
        scale = {9: 1, 10: 1, 12: 10**3, 13: 10**3}.get(len(whole_part), 10**6)
        return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=_micro(text, scale))
    if found := _BY_PARTS.fullmatch(text):
        return _by_parts(found, dates)
    return _iso(text) or _with_names(text)


def _micro(text: str, scale: int) -> int:
    whole_part, _, fraction = text.partition(".")
    return int(whole_part) * (10**6 // scale) + int(f"{fraction:0<6}"[:6])


def _by_parts(found: re.Match[str], dates: Dates) -> datetime | None:
    """3/4/2017 10:20. With dots the day is always first; two digits of a year need slashes."""
    first, mark, second, year, hour, minute, second_, half = found.groups()
    if len(year) < 4 and mark != "/":
        return None
    day, month = (first, second) if dates.day_first or mark == "." else (second, first)
    hours = int(hour or 0)
    if half:
        hours = hours % 12 + (12 if half.lower() == "pm" else 0)
    full_year = int(year) + (2000 if len(year) < 4 else 0)
    try:
        return datetime(  # noqa: DTZ001  its zone is given by who asked
            full_year, int(month), int(day), hours, int(minute or 0), int(second_ or 0)
        )
    except ValueError:
        raise ValueError("There is no such date. Are day and month the other way round?") from None


def _iso(text: str) -> datetime | None:
    name = re.sub(r" ?(?:UTC|GMT)$", "Z", text)
    try:
        # Digits alone are no date: "20170304" might as well be a count.
        return None if text.isdigit() else datetime.fromisoformat(name)
    except ValueError:
        return None


def _with_names(text: str) -> datetime | None:
    for form in _NAMED_MONTH:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  its zone is given by who asked
        except ValueError:
            continue
    try:
        return parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def day_first(texts: list[str]) -> bool:
    """Whether a column of dates such as 16/10/17 names the day first; the month, if both fit."""
    parts = [found for text in texts if (found := _BY_PARTS.fullmatch(text.strip()))]
    most = 12
    return any(int(found[1]) > most for found in parts) and not any(
        int(found[3]) > most for found in parts
    )


def protected(text: str) -> str:
    """Text for a cell of a spreadsheet, which takes none of it for a formula."""
    return f"'{text}" if text[:1] in set("=+-@\t\r") and text else text
