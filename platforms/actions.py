"""What people do with credentials and with what they watch."""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter

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
from platforms.models.entities import WAITING
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


def change_profile(
    *, profile: ApiProfile, name: str, monthly_dollars: Decimal | None, daily_units: int | None
) -> None:
    """Give a credential another name, and other caps of a month and a day. Raises NameTaken."""
    profile.name, profile.monthly_dollars = name, monthly_dollars
    profile.daily_units = daily_units
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
    (watched,) = watch_all(profile=profile, found=[facts], now=now)
    return watched


@transaction.atomic
def watch_all(
    *, profile: ApiProfile, found: Sequence[Facts], now: datetime
) -> list[tuple[Entity, bool]]:
    """Begin to watch accounts with this credential: each of them, and whether it is new.

    One that was watched before keeps its history, whoever read it then.
    """
    owner, platform = profile.owner_id, profile.platform
    _adopt(profile, found)
    accounts = [facts.account for facts in found]
    own = Entity.objects.filter(owner=owner, platform=platform, external_id__in=accounts)
    known = set(own.values_list("external_id", flat=True))
    Entity.objects.bulk_create(
        [
            Entity(
                owner_id=owner,
                platform=platform,
                external_id=facts.account,
                handle=facts.handle,
                title=facts.title,
            )
            for facts in sorted(found, key=attrgetter("account"))
            if facts.account not in known
        ],
        ignore_conflicts=True,  # another request may have been faster
    )
    store.save(Page(accounts=found), owner_id=owner, platform=platform, slot=now, now=now)
    own.update(profile=profile)  # after the store, which locks the rows in order
    watched = {entity.external_id: entity for entity in own.select_related("profile")}
    return [(watched[facts.account], facts.account not in known) for facts in found]


def archive_of(*, owner_id: int, platform: Platform, name: str, handle: str) -> Entity:
    """A source for a file's history, which nobody collects; it is not saved here.

    `name`: as the file calls it. Where that is no id of the platform, the source waits under its
    handle until the account is watched.
    """
    is_id = platform.account_id is not None and platform.account_id.fullmatch(name)
    return Entity(
        owner_id=owner_id, platform=platform.slug, handle=handle[:128],
        external_id=name if is_id else _waiting_id(handle), title="" if is_id else name[:255],
    )  # fmt: skip


def _waiting_id(handle: str) -> str:
    return f"{WAITING}{handle.lower()}"[:64]


def _adopt(profile: ApiProfile, found: Sequence[Facts]) -> None:
    """Give histories that wait under their accounts' names the ids, unless those have a source."""
    own = Entity.objects.filter(owner=profile.owner_id, platform=profile.platform)
    names = {_waiting_id(facts.handle): facts.account for facts in found}
    # All in one order, the known ones too: the store takes those next.
    both = own.filter(external_id__in=[*names, *names.values()]).order_by("pk")
    ids = dict(both.select_for_update(no_key=True).values_list("external_id", "pk"))
    for waiting, account in names.items():
        if waiting in ids and account not in ids:
            own.filter(pk=ids[waiting]).update(external_id=account)


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
