"""Visits each account in custody every few hours, and removes what may no longer be kept.

A visit that is cut short, killed or made twice does no harm: each batch finds what is left. What
takes long goes on in the next round.
"""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from functools import partial
from time import monotonic

from django.db import DatabaseError, transaction
from django.db.models import Q

from accounts.tenancy import acting_for
from collectors.models import Custody, MonitoringJob
from collectors.policies import custody, emptying
from collectors.policies.emptying import Batch
from collectors.policies.rules import Rules, rules_of
from platforms.models import ApiProfile, Comment, Entity, EntitySnapshot

log = logging.getLogger(__name__)

SECONDS = 20.0  # of a round; other short tasks wait for the same workers

Verdict = ApiProfile.Verdict
REFUSED = (Verdict.WRONG, Verdict.EXPIRED, Verdict.NOT_APPROVED)
NOTHING = Q(pk__in=[])


def visit_due(*, now: datetime, seconds: float = SECONDS) -> int:
    """Visit accounts whose turn it is, until none is left or the time is up; how many."""
    until = monotonic() + seconds
    visited = 0
    while monotonic() < until and (turns := custody.claim_visits(now=now)):
        for turn in turns:
            if monotonic() < until:
                _guarded(turn.entity_id, turn.owner_id, now, until)
                visited += 1
    if visited:
        log.info("%d accounts were visited", visited)
    return visited


def _guarded(entity_id: int, owner_id: int, now: datetime, until: float) -> None:
    """One account's trouble is not the others'; its turn comes again after the lease."""
    try:
        with acting_for(owner_id):
            visit(entity_id, now=now, until=until)
    except DatabaseError:
        log.exception("The visit of account %d failed", entity_id)


def visit(entity_id: int, *, now: datetime, until: float) -> bool:
    """Do what is due for one account, as its owner. False: the time was up before it was done."""
    with transaction.atomic():
        held = _noted(entity_id, now)
    if held is None:
        return True
    if held.forget_asked_at:
        done = _forget(held.entity, until)
    else:
        done = emptying.finish(_due(held, now), entity=held.entity, until=until)
    with transaction.atomic():
        own = Custody.objects.filter(pk=entity_id)
        own.update(visit_at=now + custody.EVERY if done else now)
    return done


def _noted(entity_id: int, now: datetime) -> Custody | None:
    """The custody, with what has become of account and credential since the last visit."""
    rows = Custody.objects.select_for_update(of=("self",)).select_related("entity__profile")
    held = rows.filter(pk=entity_id).first()
    if held:
        gone = held.entity.state in rules_of(held.entity).gone_states
        held.gone_since = (held.gone_since or now) if gone else None
        if _watched(held.entity):  # also one that was to be forgotten: its owner added it again
            held.forget_asked_at = None
        held.access_ended_at = None if _readable(held.entity) else held.access_ended_at or now
        held.save(update_fields=["gone_since", "access_ended_at", "forget_asked_at"])
    return held


def _readable(entity: Entity) -> bool:
    return entity.profile is not None and entity.profile.verdict not in REFUSED


def _forget(entity: Entity, until: float) -> bool:
    """Delete an account and all that is held of it."""
    if not emptying.finish(emptying.everything(entity), entity=entity, until=until):
        return False
    with transaction.atomic():
        # Whoever stores something for it holds its row; what came last goes with the row itself.
        locked = Entity.objects.select_for_update().filter(pk=entity.pk).first()
        if locked and not _watched(locked):
            locked.delete()
    return True


def _watched(entity: Entity) -> bool:
    return MonitoringJob.objects.filter(entity=entity).exists()


def _due(held: Custody, now: datetime) -> Iterator[Batch]:
    """What is to be done, one after the other; each is a batch to be repeated."""
    entity, rules = held.entity, rules_of(held.entity)
    if _since(held.access_ended_at, rules.access_end, now):
        yield from emptying.everything(entity)
        yield partial(emptying.names, entity)
    if _since(held.gone_since, rules.erase_after, now):
        yield partial(emptying.tombstones, entity, now)
        yield partial(emptying.names, entity)
    yield partial(emptying.old_items, entity, _old_items(rules, now))
    yield partial(emptying.old_newest, entity, _old_items(rules, now), now)
    for model in emptying.tables_of_entities():
        if hasattr(model, "WORDS"):
            yield partial(emptying.rows, entity, model, _old_rows(model, rules, now))
    yield from _old_figures(entity, rules, now)


def _since(moment: datetime | None, span: timedelta | None, now: datetime) -> bool:
    return moment is not None and span is not None and moment + span <= now


def _old_items(rules: Rules, now: datetime) -> Q:
    old = NOTHING
    if rules.unseen:
        old |= Q(last_seen_at__lt=now - rules.unseen)
    return old | _at_their_end(rules, now)


def _old_rows(model: object, rules: Rules, now: datetime) -> Q:
    limit = rules.comments if model is Comment else rules.unseen
    old = Q(last_seen_at__lt=now - limit) if limit else NOTHING
    return old | _at_their_end(rules, now)


def _at_their_end(rules: Rules, now: datetime) -> Q:
    old = NOTHING
    if rules.tombstone:
        old |= Q(removed_at__lt=now - rules.tombstone)
    if rules.keep:
        old |= Q(published_at__lt=now - rules.keep)
    return old


def _old_figures(entity: Entity, rules: Rules, now: datetime) -> Iterator[Batch]:
    if rules.replaced:
        yield partial(emptying.replaced_figures, entity, now - rules.replaced)
    if rules.keep:
        yield partial(emptying.replaced_figures, entity, now - rules.keep)
    if rules.unseen and entity.checked_at and entity.checked_at < now - rules.unseen:
        yield partial(emptying.names, entity)
        yield partial(emptying.rows, entity, EntitySnapshot, Q())
