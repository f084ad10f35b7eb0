"""The key doctor: whether a credential works, and what to do where it does not."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from platforms import registry
from platforms.contract import Platform
from platforms.credentials.connection import connect
from platforms.errors import (
    CreditsSpent,
    Gone,
    Malformed,
    PlatformError,
    QuotaSpent,
    RateLimited,
    Refused,
    Unavailable,
)
from platforms.http import HttpClient
from platforms.models import ApiProfile

Verdict = ApiProfile.Verdict

SENTENCES = {
    Verdict.UNTESTED: "Not tested yet.",
    Verdict.VALID: "{platform} accepts this credential.",
    Verdict.EXPIRED: "{platform} says that this credential has expired.",
    Verdict.WRONG: "{platform} does not know this credential.",
    Verdict.NOT_ENABLED: "{platform} knows this credential, but it may not use the API.",
    Verdict.NOT_APPROVED: "{platform} has not approved this application.",
    Verdict.OUT_OF_QUOTA: "The credential works, but its quota is spent.",
    Verdict.OUT_OF_CREDIT: "The credential works, but its account has no credit left.",
    Verdict.UNREACHABLE: "{platform} could not be reached, or gave no usable answer.",
}
_OF_REFUSED = {
    "wrong": Verdict.WRONG,
    "expired": Verdict.EXPIRED,
    "not_enabled": Verdict.NOT_ENABLED,
    "not_approved": Verdict.NOT_APPROVED,
    "forbidden": Verdict.NOT_ENABLED,
}
_OF_ERROR: dict[type[PlatformError], ApiProfile.Verdict] = {
    QuotaSpent: Verdict.OUT_OF_QUOTA,
    CreditsSpent: Verdict.OUT_OF_CREDIT,
    Unavailable: Verdict.UNREACHABLE,
    Malformed: Verdict.UNREACHABLE,
    Gone: Verdict.VALID,  # the platform looked for something, so it knows the credential
}


@dataclass(frozen=True)
class Finding:
    """What the doctor says. `told`: what exactly went wrong, '' where all is well."""

    verdict: ApiProfile.Verdict
    sentence: str
    advice: str
    told: str = ""


def examine(profile: ApiProfile, *, http: HttpClient | None = None) -> Finding:
    """Ask the platform with its cheapest call. Outside transactions, as `connect` wants it.

    Raises RateLimited: it says nothing about the credential, so what was found before stands.
    """
    platform = registry.get(profile.platform)
    try:
        platform.probe(connect(profile, reserve=True, http=http))
    except RateLimited:
        raise
    except PlatformError as error:
        return finding(platform, verdict_of(error), told=str(error))
    return finding(platform, Verdict.VALID)


def finding(platform: Platform, verdict: str, *, told: str = "") -> Finding:
    """A verdict in words: what it means and what to do."""
    known = Verdict(verdict)
    sentence = SENTENCES[known].format(platform=platform.label)
    return Finding(known, sentence, platform.advice.get(known.value, ""), told)


def record(profile: ApiProfile, found: Finding, *, now: datetime) -> None:
    """Keep what was found, unless the credential was replaced meanwhile."""
    same = ApiProfile.objects.filter(pk=profile.pk, fingerprint=profile.fingerprint)
    if same.update(verdict=found.verdict, verdict_at=now):
        profile.verdict, profile.verdict_at = found.verdict, now


def note_refusal(profile: ApiProfile, error: PlatformError, *, now: datetime) -> None:
    """Keep what a call in daily work says of the credential: only Refused says what lasts."""
    if isinstance(error, Refused):
        found = finding(registry.get(profile.platform), verdict_of(error))
        with transaction.atomic():
            record(profile, found, now=now)


def verdict_of(error: PlatformError) -> Any:
    """The verdict on a credential whose call ended so."""
    if isinstance(error, Refused):
        return _OF_REFUSED[error.reason]
    return _OF_ERROR[type(error)]
