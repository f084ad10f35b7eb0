"""What people do with credentials and with what they watch."""

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from pydantic import BaseModel

from accounts.models import User
from platforms import store
from platforms.contract import Facts, Page, Platform
from platforms.credentials import doctor, sealing
from platforms.credentials.connection import valkey
from platforms.limits import Limits, Window
from platforms.models import ApiProfile, Entity
from platforms.spending.budget import counted

TESTS = Window(limit=10, seconds=60)  # a person's; each is a call that may cost


class NameTaken(ValueError):
    """The person has another credential of that name for the same platform."""


def save_profile(
    *,
    by: User,
    platform: Platform,
    name: str,
    credentials: BaseModel,
    monthly_dollars: Decimal | None = None,
    simulated: bool = False,
) -> ApiProfile:
    """Keep a credential, sealed. Raises NameTaken."""
    profile = ApiProfile(
        owner=by,
        platform=platform.slug,
        name=name,
        monthly_dollars=monthly_dollars,
        simulated=simulated,
    )
    with transaction.atomic():
        _save(profile)
        sealing.seal(profile, credentials)  # for its id, so it had to have one
        profile.save()
    return profile


def replace_credential(*, profile: ApiProfile, credentials: BaseModel) -> None:
    """Put another credential in its place; what the old one was found to be is forgotten."""
    sealing.seal(profile, credentials)
    profile.verdict, profile.verdict_at = ApiProfile.Verdict.UNTESTED, None
    profile.save()


def change_profile(*, profile: ApiProfile, name: str, monthly_dollars: Decimal | None) -> None:
    """Give a credential another name or another monthly budget. Raises NameTaken."""
    profile.name, profile.monthly_dollars = name, monthly_dollars
    with transaction.atomic():
        _save(profile)


def delete_profile(*, profile: ApiProfile) -> None:
    """Forget a credential. What was collected with it stays; its accounts wait for another."""
    profile.delete()


def test_profile(*, by: User, profile: ApiProfile) -> doctor.Finding:
    """Let the key doctor look, and keep what it found. Outside transactions.

    Raises RateLimited: after too many tests, or where the platform itself asks for a pause.
    """
    with counted():
        Limits(valkey()).take(f"tests:{by.pk}", TESTS)
    found = doctor.examine(profile)
    with transaction.atomic():
        doctor.record(profile, found, now=timezone.now())
    return found


def watch(*, profile: ApiProfile, facts: Facts, now: datetime) -> tuple[Entity, bool]:
    """Begin to watch an account that the platform has found. Returns it, and whether it is new."""
    with transaction.atomic():
        entity, new = Entity.objects.get_or_create(
            owner_id=profile.owner_id,
            platform=profile.platform,
            external_id=facts.account,
            defaults={"handle": facts.handle, "title": facts.title, "profile": profile},
        )
        page = Page(accounts=[facts])
        store.save(page, owner_id=profile.owner_id, platform=profile.platform, slot=now, now=now)
    entity.refresh_from_db()
    return entity, new


def read_with(*, entity: Entity, profile: ApiProfile | None) -> None:
    """Read an account with this credential of its platform from now on; None: with none."""
    if entity.profile_id != (profile.pk if profile else None):
        entity.profile = profile
        entity.save(update_fields=["profile", "updated_at"])


def _save(profile: ApiProfile) -> None:
    try:
        with transaction.atomic():
            profile.save()
    except IntegrityError as error:
        if "api_profile_name_once" not in str(error):
            raise
        raise NameTaken("You have another credential of this name. Choose another name.") from None
