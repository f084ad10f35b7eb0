"""The demo's workspace: made, looked after, switched off, removed.

Making it may be killed at any point and done again: what is there is left, what is missing is made.
"""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, transaction
from django.db.models.functions import Now

from accounts import demo
from accounts.models import User
from accounts.owned import OwnedQuerySet
from accounts.rls import tenant_tables
from accounts.tenancy import acting_for, tenant
from collectors import control
from collectors.demo.world import WATCHED, credentials, watched, world_of
from collectors.models import MonitoringJob
from platforms import actions, registry
from platforms.contract import Connection, Facts, Platform
from platforms.credentials.connection import terms
from platforms.http import HttpClient
from platforms.local_http import simulated_session
from platforms.models import ApiProfile, Charge, Entity, Hold, Spending
from platforms.replay.exchanges import Held, Unmetered

Pause = MonitoringJob.Pause
CHANGED_MINUTES = 5  # that a visitor sees what they changed; then the next one finds it as it was
ADDED_MINUTES = 60

# More often than people may choose for real accounts: nobody is charged, and somebody looks on.
MINUTES = {"reddit": 1, "twitter": 2, "twitch": 2, "youtube": 5}


def prepare(*, now: datetime, each: int = WATCHED) -> User:
    """See to it that the workspace is there, whole, and at its own pace; its person.

    `each`: sources of each platform.
    """
    user = demo.find() or demo.make(now=now)
    with acting_for(user.pk):
        for platform in registry.every():
            profile = _profile(user, platform)
            for facts in _facts(platform, user.date_joined, each):
                _watch(profile, facts, began=user.date_joined)
    return user


def tend(user: User, *, now: datetime) -> None:
    """Put back what visitors changed a while ago, and let go of what they added."""
    with tenant(user.pk):
        own = MonitoringJob.objects.filter(owner=user).exclude(pause_reason=Pause.HISTORY)
        # The first sources had names before the demo began; those of visitors are found later.
        first = own.filter(entity__in=Entity.objects.filter(names__since__lt=user.date_joined))
        changed = first.filter(updated_at__lt=now - timedelta(minutes=CHANGED_MINUTES))
        for profile in ApiProfile.objects.filter(owner=user, simulated=True).order_by("pk"):
            _put_back(profile, changed)
        added = own.exclude(pk__in=first.values("pk"))
        control.stop(added.filter(created_at__lt=now - timedelta(minutes=ADDED_MINUTES)))


def _put_back(profile: ApiProfile, jobs: OwnedQuerySet[MonitoringJob]) -> None:
    """Let those of the jobs that do not run as they should run so, at once."""
    minutes = _minutes(profile.platform)
    pace = {"interval_minutes": minutes, "adaptive": False, "pause_reason": Pause.RUNS}
    wrong = jobs.filter(platform=profile.platform).exclude(**pace, entity__profile=profile)
    locked = wrong.order_by("pk").select_for_update(of=("self",))
    ids = list(locked.values_list("pk", flat=True))
    MonitoringJob.objects.filter(pk__in=ids).update(
        **pace, every_seconds=minutes * 60, paced_seconds=None, failures=0, next_run_at=Now()
    )
    Entity.objects.filter(job__in=ids).update(profile=profile)


def rest() -> None:
    """Stop collecting for the demo, as nobody answers for its platforms."""
    user = demo.find()
    if user is not None:
        with tenant(user.pk):
            MonitoringJob.objects.filter(owner=user).exclude(pause_reason=Pause.HISTORY).update(
                pause_reason=Pause.BY_PERSON, next_run_at=None
            )


def remove() -> bool:
    """Delete the workspace and all that was collected for it; whether there was one."""
    user = demo.find()
    if user is None:
        return False
    with tenant(user.pk):
        # Runs under way lose their lease by that, and store nothing more.
        control.stop(MonitoringJob.objects.filter(owner=user))
    with tenant(user.pk):
        _erase(user)
    return True


def _erase(user: User) -> None:
    """Delete every row of a tenant, once nobody stores anything any more.

    Foreign keys are checked at the end of the transaction, so the order of the tables is no matter.
    """
    list(Entity.objects.filter(owner=user).order_by("pk").select_for_update())
    owned = ApiProfile.objects.filter(owner=user).values_list("fingerprint", flat=True)
    for book in (Charge, Hold, Spending):
        book.objects.filter(fingerprint__in=list(owned)).delete()
    with connection.cursor() as cursor:
        for table in tenant_tables():
            cursor.execute(f"DELETE FROM {table} WHERE owner_id = %s", [user.pk])  # noqa: S608  ours
    user.delete()


def _profile(user: User, platform: Platform) -> ApiProfile:
    with transaction.atomic():
        own = ApiProfile.objects.filter(owner=user, platform=platform.slug, simulated=True)
        profile = own.first()
        if profile is None:
            profile = actions.save_profile(
                by=user, platform=platform, name=f"Simulated {platform.label}",
                credentials=credentials(platform), simulated=True,
            )  # fmt: skip
            own.update(verdict=ApiProfile.Verdict.VALID, verdict_at=user.date_joined)
    return profile


def _facts(platform: Platform, began: datetime, each: int) -> list[Facts]:
    """What the accounts were called on the first day."""
    world = world_of(began)
    first = began - timedelta(days=settings.DEMO_DAYS)
    world.advance(first - world.now)
    names = [platform.parse_handle(a.handle_at(first)) for a in watched(world, platform, each)]
    with simulated_session(world, registry.simulators()) as session:
        connection = Connection(
            credentials=credentials(platform), http=HttpClient(session=session),
            budget=Unmetered(), tokens=Held(), terms=terms(platform.slug),
        )  # fmt: skip
        found = platform.resolve(platform.client(connection), names)
    return [facts for facts in found.values() if isinstance(facts, Facts)]


def _watch(profile: ApiProfile, facts: Facts, *, began: datetime) -> None:
    """Watch an account and give it a job, which first waits for its history."""
    with transaction.atomic():
        entity = Entity.objects.filter(
            owner_id=profile.owner_id, platform=profile.platform, external_id=facts.account
        ).first()
        if entity is None:
            first = began - timedelta(days=settings.DEMO_DAYS)
            entity, _ = actions.watch(profile=profile, facts=facts, now=first)
        job, _ = MonitoringJob.objects.get_or_create(entity=entity, defaults=_first(entity, began))
        own = MonitoringJob.objects.filter(pk=job.pk).exclude(pause_reason=Pause.HISTORY)
        _put_back(profile, own)


def _first(entity: Entity, began: datetime) -> dict[str, object]:
    """A new job. That of an account whose history is there goes on where that ends."""
    told = {
        "owner_id": entity.owner_id,
        "platform": entity.platform,
        "interval_minutes": _minutes(entity.platform),
        "every_seconds": _minutes(entity.platform) * 60,
    }
    if entity.checked_at and entity.checked_at >= began:
        return told | {"last_success_at": entity.checked_at}
    return told | {"pause_reason": Pause.HISTORY, "next_run_at": None}


def _minutes(platform: str) -> int:
    return MINUTES.get(platform, 5)
