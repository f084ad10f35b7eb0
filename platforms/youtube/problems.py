"""What YouTube says went wrong, in Google's older form and its newer one (google.rpc.ErrorInfo).

No part spoils the others: a reason that is not understood would stop a good key.
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field, OnErrorOmit, ValidationError

from platforms.youtube.records import Record, seconds_of


def _seconds_or_none(value: Any) -> int | None:
    try:
        return seconds_of(str(value))
    except ValueError:
        return None


def _or_empty(value: Any) -> Any:
    return value if isinstance(value, Mapping) else {}


Hint = Annotated[str, BeforeValidator(lambda value: value if isinstance(value, str) else "")]


class Fault(Record):
    """One reason of an error."""

    domain: Hint = ""
    reason: Hint = ""
    metadata: Annotated[Mapping[str, Any], BeforeValidator(_or_empty)] = Field(default_factory=dict)
    retry_delay: Annotated[int | None, BeforeValidator(_seconds_or_none)] = None


def _listed(value: Any) -> Any:
    return value if isinstance(value, list) else [value]


Faults = Annotated[tuple[OnErrorOmit[Fault], ...], BeforeValidator(_listed)]


class Problem(Record):
    """The body of an error, all of it optional. `status`: a word such as RESOURCE_EXHAUSTED."""

    message: Hint = ""
    status: Hint = ""
    errors: Faults = ()
    details: Faults = ()

    @classmethod
    def of(cls, body: Any) -> "Problem":
        """What an answer says went wrong; nothing, where it says so in no form that we know."""
        try:
            return cls.model_validate(body["error"])
        except (ValidationError, TypeError, KeyError, IndexError):
            return cls()
