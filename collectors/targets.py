"""What a run asks for: each account with what is known of it already.

Figures of older items are read again on a ladder of ages (settings.REFRESH_LADDER): often while an
item is young, ever more rarely, and in the end no more. Whether an item is due needs no column of
its own: it is when a multiple of its rung's interval lies between its last two runs.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.utils.dateparse import parse_datetime
from psycopg import sql

from platforms.contract import Platform, Target
from platforms.models import Entity

Ids = Mapping[int, tuple[str, ...]]  # entity id -> ids as the platform wants to be asked
Ladder = Sequence[tuple[timedelta, timedelta]]  # while younger than the first, each second

_NEWEST = sql.SQL("""
SELECT wanted.id, newest.ask_by
FROM unnest(%(entities)s::bigint[]) AS wanted(id) CROSS JOIN LATERAL (
  SELECT c.{ask_by} AS ask_by FROM {table} c WHERE c.entity_id = wanted.id
  ORDER BY c.published_at DESC LIMIT 1) newest
""")

_DUE = sql.SQL("""
SELECT c.entity_id, c.{ask_by}
FROM {table} c
JOIN monitoring_jobs j ON j.entity_id = c.entity_id
JOIN unnest(%(after)s::float8[], %(until)s::float8[], %(every)s::float8[])
  AS rung(after, until, every)
  ON extract(epoch FROM %(now)s - c.published_at) >= rung.after
 AND extract(epoch FROM %(now)s - c.published_at) < rung.until
WHERE c.entity_id = ANY(%(entities)s) AND c.removed_at IS NULL
  AND c.published_at > %(now)s - make_interval(secs => %(oldest)s)
  AND floor(extract(epoch FROM %(now)s - c.published_at) / rung.every)
    > coalesce(floor(extract(epoch FROM j.last_success_at - c.published_at) / rung.every), -1)
ORDER BY c.entity_id, c.published_at DESC
LIMIT %(most)s
""")

MOST_DUE = 5000  # items of one pack; the rest is due in its next run


def targets(
    entities: Sequence[Entity], *, platform: Platform, now: datetime, ladder: Ladder | None = None
) -> list[Target]:
    """One target for each entity of one platform, in the order given. `ladder`: another than the
    platform's of the settings."""
    newest = _newest(entities, platform)
    due = _due(entities, platform, now, ladder or ladder_of(platform))
    return [
        Target(
            account=entity.external_id,
            handle=entity.handle,
            newest_id=newest.get(entity.pk),
            due_ids=due.get(entity.pk, ()),
            audience=entity.audience,
            read_at=_moments(entity.read_at),
        )
        for entity in entities
    ]


def _moments(read_at: Mapping[str, str]) -> dict[str, datetime]:
    moments = {part: parse_datetime(moment) for part, moment in read_at.items()}
    return {part: moment for part, moment in moments.items() if moment}


def _newest(entities: Sequence[Entity], platform: Platform) -> dict[int, str]:
    return dict(_run(_NEWEST, platform, {"entities": [entity.pk for entity in entities]}))


def _due(entities: Sequence[Entity], platform: Platform, now: datetime, ladder: Ladder) -> Ids:
    ids = [entity.pk for entity in entities]
    asked = platform.content.DUE
    if asked is not None:
        items = platform.content.objects.filter(asked, entity_id__in=ids, removed_at=None)
        rows = items.values_list("entity_id", platform.content.ASK_BY)[:MOST_DUE]
    else:
        rows = _run(_DUE, platform, _rungs(ladder) | {"entities": ids, "now": now})
    due = defaultdict(list)
    for entity_id, item_id in rows:
        due[entity_id].append(item_id)
    return {entity_id: tuple(items) for entity_id, items in due.items()}


def ladder_of(platform: Platform) -> Ladder:
    """The platform's rungs in the settings."""
    ladder: Ladder = settings.REFRESH_LADDER.get(platform.slug, settings.REFRESH_LADDER["default"])
    return ladder


def _rungs(ladder: Ladder) -> dict[str, Any]:
    """The rungs: an item younger than `until` and not younger than `after` is due `every` so many
    seconds."""
    until = [age.total_seconds() for age, _ in ladder]
    return {
        "after": [0.0, *until[:-1]],
        "until": until,
        "every": [every.total_seconds() for _, every in ladder],
        "oldest": until[-1],
        "most": MOST_DUE,
    }


def _run(statement: sql.SQL, platform: Platform, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    content = platform.content
    names = {
        "table": sql.Identifier(content._meta.db_table),
        "ask_by": sql.Identifier(content.ASK_BY),
    }
    with connection.cursor() as cursor:
        cursor.execute(statement.format(**names), values)
        found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
