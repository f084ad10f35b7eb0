"""From a profile to a client that may speak: the one place where a credential is opened.

What is opened lives in the client's pydantic model, whose secrets show nothing of themselves.
"""

import logging
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import redis
from django.conf import settings

from accounts.crypto import SealError
from platforms import registry
from platforms.contract import Budget, Connection, Platform
from platforms.credentials import fields, sealing
from platforms.credentials.tokens import SealedTokens
from platforms.errors import Refused
from platforms.http import HttpClient
from platforms.limits import Limits
from platforms.local_http import detoured_session
from platforms.models import ApiProfile
from platforms.spending.budget import CredentialBudget
from platforms.terms import Terms, load

logger = logging.getLogger(__name__)


def as_it_is(budget: Budget) -> Budget:
    """Nothing between a client and its budget."""
    return budget


def connect(
    profile: ApiProfile,
    *,
    reserve: bool = False,
    http: HttpClient | None = None,
    metered: Callable[[Budget], Budget] = as_it_is,
) -> Any:
    """The platform's client for a profile.

    `reserve`: a person asked for it and may spend what is kept of a daily quota. `http`: another
    way out. `metered`: puts something between the client and its budget. Call it and the client
    outside transactions: what is spent is committed at once (ledger.py). Raises Refused for a
    credential that cannot be opened.
    """
    platform, store = registry.get(profile.platform), valkey()
    found = terms(platform.slug)
    budget = CredentialBudget(
        fingerprint=profile.fingerprint,
        terms=found,
        limits=Limits(store),
        daily_units=profile.daily_units,
        monthly_dollars=profile.monthly_dollars,
        reserve=reserve,
    )
    connection = Connection(
        credentials=_opened(platform, profile),
        http=http or _way_out(profile),
        budget=metered(budget),
        tokens=SealedTokens(store, profile.fingerprint),
        terms=found,
    )
    return platform.client(connection)


def terms(slug: str) -> Terms:
    """A platform's terms, with an installation's own values over ours."""
    return _terms(slug, settings.TERMS_DIR)


@cache
def valkey() -> redis.Redis:
    """The server of limits and tokens, which all workers share."""
    return redis.Redis.from_url(settings.REDIS_URL, **settings.REDIS_OPTIONS)


@cache
def _terms(slug: str, folder: str) -> Terms:
    return load(slug, overlay=Path(folder) if folder else None)


def _way_out(profile: ApiProfile) -> HttpClient:
    session = detoured_session(settings.SIMULATOR_URL) if profile.simulated else None
    return HttpClient(session=session)


def _opened(platform: Platform, profile: ApiProfile) -> Any:
    try:
        return fields.parse(platform, sealing.unseal(profile))
    except SealError as error:
        # Without a traceback: its text is all there is to know.
        logger.error("profile %s cannot be opened: %s", profile.pk, error)  # noqa: TRY400
        text = "This installation can no longer open the credential. Replace it."
    except fields.NotACredential as error:
        text = f"The credential is not complete ({', '.join(error.mistakes)}). Replace it."
    raise Refused(text, reason="wrong")
