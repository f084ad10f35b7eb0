"""What can go wrong with a platform. The class decides what happens next.

| class | what the collector does |
|---|---|
| RateLimited | tries again after `retry_after` seconds; no failure |
| QuotaSpent | waits until the bucket is full again |
| CreditsSpent | stops the credential until its owner buys credits |
| Refused | stops the credential and tells its owner what to mend |
| Gone | flags the watched account; asks once a day whether it is back |
| Unavailable | was tried again here already; the next run comes later than usual |
| Malformed | records which field surprised us, never the body |

Texts name no secret and quote no answer.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Literal

RefusedReason = Literal["wrong", "expired", "not_enabled", "not_approved", "forbidden"]
GoneReason = Literal[
    "unknown", "deleted", "suspended", "private", "protected", "quarantined", "banned", "disabled"
]


@dataclass
class PlatformError(Exception):
    """Root of the tree. `code` is stored with a run."""

    text: str

    code: ClassVar[str]

    def __str__(self) -> str:
        return self.text


@dataclass
class RateLimited(PlatformError):
    """Too many calls for now. `retry_after`: seconds."""

    retry_after: float

    code = "rate_limited"


@dataclass
class QuotaSpent(PlatformError):
    """A bucket of the day is empty. `until`: the moment it is full again, in UTC."""

    until: datetime

    code = "quota_spent"


@dataclass
class CreditsSpent(PlatformError):
    """The account of the credential has no money left."""

    code = "credits_spent"


@dataclass
class Refused(PlatformError):
    """The credential is not good for this call."""

    reason: RefusedReason

    code = "refused"


@dataclass
class Gone(PlatformError):
    """What was asked for is not there, or not for us."""

    reason: GoneReason

    code = "gone"


@dataclass
class Unavailable(PlatformError):
    """No usable answer: network, time-out, 5xx, a page of an edge server. `status`: if any."""

    status: int | None = None

    code = "unavailable"


@dataclass
class Malformed(PlatformError):
    """The request or the answer is not of the agreed form. `where`: the field's path, or ''."""

    where: str = ""

    code = "malformed"
