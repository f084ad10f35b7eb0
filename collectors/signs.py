"""How a monitor and a run are shown: the pill, the mark in a strip, and what to do after an error.

The words are those of the pages; the API speaks in the values of the models.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from collectors.models import JobExecution

Status = JobExecution.Status


class State(StrEnum):
    """What a monitor does just now, as its owner sees it."""

    SCHEDULED = "scheduled"
    COLLECTING = "collecting"
    PAUSED = "paused"
    RATE_LIMITED = "rate_limited"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Sign:
    """A pill: its colour, icon and word."""

    kind: str
    icon: str
    word: str


STATES = {
    State.SCHEDULED: Sign("ok", "check", "Scheduled"),
    State.COLLECTING: Sign("info", "loader", "Collecting"),
    State.PAUSED: Sign("mute", "circle-pause", "Paused"),
    State.RATE_LIMITED: Sign("warn", "clock", "Rate limited"),
    State.FAILED: Sign("bad", "circle-alert", "Failed"),
}
RUNS = {
    Status.QUEUED: Sign("mute", "clock", "Waiting"),
    Status.RUNNING: Sign("info", "loader", "Collecting"),
    Status.SUCCESS: Sign("ok", "check", "Succeeded"),
    Status.PARTIAL: Sign("warn", "triangle-alert", "Partly done"),
    Status.FAILED: Sign("bad", "circle-alert", "Failed"),
    Status.RATE_LIMITED: Sign("warn", "clock", "Rate limited"),
    Status.SKIPPED: Sign("mute", "minus", "Skipped"),
    Status.LOST: Sign("bad", "circle-alert", "Lost"),
}


@dataclass(frozen=True, slots=True)
class Advice:
    """An error in two or three words, and what its reader can do. `page`: name of the URL."""

    short: str
    next_step: str
    page: str = ""
    label: str = ""


_BY_ITSELF = "Nothing is to be done: it tries again by itself, and what was read before is kept."
ADVICE = {
    "rate_limited": Advice("Limit reached", "It goes on by itself when the limit allows."),
    "quota_spent": Advice(
        "Quota used up",
        "It goes on by itself when the quota begins anew. Longer intervals use less of it.",
        "credentials", "See what is used",
    ),
    "credits_spent": Advice(
        "No credit left",
        "Buy credit at the platform or raise the monthly budget, then resume the monitor.",
        "credentials", "Open credentials",
    ),
    "refused": Advice(
        "Credential refused",
        "Test the credential: the test says what is wrong with it. Then resume the monitor.",
        "credentials", "Open credentials",
    ),
    "no_credential": Advice(
        "No credential", "Choose a credential in the settings of the source, then resume it."
    ),
    "gone": Advice(
        "Not there any more",
        "It is asked once a day whether it is back. If it is gone for good, stop the monitor: what"
        " was collected stays.",
    ),
    "unavailable": Advice("No answer", _BY_ITSELF),
    "malformed": Advice("Unexpected answer", _BY_ITSELF),
    "too_long": Advice("Took too long", "The rest follows within a minute or two."),
    "crash": Advice("Our own failure", "It tries again by itself. The cause is in the log."),
    "lost": Advice("Worker lost", "Another worker has taken the run over. Nothing was lost."),
    "poison": Advice(
        "Workers lost",
        "Five workers in a row ended while they ran it. It is in the log; tell whoever runs this"
        " installation.",
    ),
}  # fmt: skip
UNKNOWN = Advice("Failed", _BY_ITSELF)


def advice(run: JobExecution) -> Advice | None:
    """What to do about a run; None: nothing is wrong with it."""
    return ADVICE.get(run.error_code, UNKNOWN) if run.error_code else None


# --- Strips ------------------------------------------------------------------------------------
BARS = 12  # of a strip
STEP, TALL = 6, 16  # pixels from bar to bar, and the height of the highest


@dataclass(frozen=True, slots=True)
class Strip:
    """The last runs, oldest first, and the same in a sentence.

    `bars`: colour -> SVG path of all bars of that colour. One path draws many, because a page shows
    fifty strips.
    """

    bars: Mapping[str, str]
    sentence: str
    width: int
    height: int = TALL


_HEIGHTS = {"ok": 9, "warn": 12, "bad": TALL, "none": 2}
_MARKS = {
    Status.SUCCESS: "ok",
    Status.PARTIAL: "warn",
    Status.RATE_LIMITED: "warn",
    Status.FAILED: "bad",
    Status.LOST: "bad",
}
_COUNTED = (
    ((Status.SUCCESS,), "succeeded"),
    ((Status.PARTIAL,), "partly done"),
    ((Status.RATE_LIMITED,), "waited for a limit"),
    ((Status.FAILED, Status.LOST), "failed"),
)


def strip(newest_first: Iterable[JobExecution]) -> Strip:
    """The strip of closed runs; a dot stands for each that is not there yet."""
    runs = list(newest_first)[:BARS]
    kinds = [_MARKS.get(Status(run.status), "none") for run in reversed(runs)]
    paths: dict[str, str] = {}
    for index, kind in enumerate(["none"] * (BARS - len(kinds)) + kinds):
        paths[kind] = paths.get(kind, "") + _bar(index * STEP, _HEIGHTS[kind])
    return Strip(paths, _sentence(runs), BARS * STEP - 2)


def _bar(x: int, height: int) -> str:
    return f"M{x} {TALL - height}h4v{height}h-4z"


def _sentence(runs: Sequence[JobExecution]) -> str:
    counted = [(sum(run.status in statuses for run in runs), words) for statuses, words in _COUNTED]
    told = [f"{count} {words}" for count, words in counted if count]
    return ", ".join(told) if told else "No runs yet"
