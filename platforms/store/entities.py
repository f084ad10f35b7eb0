"""What pages tell of the watched accounts themselves: names, figures, state, what was read."""

import json
from typing import Any

from django.db import connection

from platforms.errors import Gone
from platforms.models import DirtyHour, Entity, EntityName, EntitySnapshot
from platforms.models.entities import FIGURES
from platforms.store.gathering import Held, Run, Told
from platforms.store.words import cleaned


def hold(accounts: set[str], run: Run) -> Held:
    """Lock the rows of these accounts until the transaction ends, in one order for everybody.

    Whoever deletes an entity locks its row as well, so nothing is stored for one that is going.
    Accounts that the owner does not watch are left out.
    """
    watched = Entity.objects.filter(
        owner_id=run.owner,
        platform=run.platform,
        external_id__in=[account for account in accounts if account.isprintable()],
    )
    locked = watched.order_by("pk").select_for_update(no_key=True)
    return dict(locked.values_list("external_id", "pk"))


def note(told: Told, held: Held, run: Run) -> None:
    """Update the accounts and keep the history of their names and figures."""
    answering = told.answering() & held.keys()
    news = [_news(account, told, run) | {"id": held[account]} for account in answering]
    values = {"news": json.dumps(news), **run.given()}
    with connection.cursor() as cursor:
        if told.facts:
            cursor.execute(_HISTORY, values)
        if news:
            cursor.execute(_NOW, values)


def _news(account: str, told: Told, run: Run) -> dict[str, Any]:
    """`state`: None where nothing was said of it. That something was read does not make up for a
    refusal of something else: a protected account still shows its name."""
    facts, error = told.facts.get(account), told.failed.get(account)
    active = Entity.State.ACTIVE if facts or account in told.read else None
    return {
        "handle": cleaned(facts.handle) if facts else "",
        "title": cleaned(facts.title) if facts else "",
        "figures": dict(facts.figures) if facts else {},
        "state": error.reason if isinstance(error, Gone) else active,
        "told": bool(facts or active or isinstance(error, Gone)),
        "read": dict.fromkeys(told.read.get(account, ()), run.now.isoformat()),
    }


def _each(template: str) -> str:
    return ", ".join(template.format(figure) for figure in FIGURES)


_KEPT = _each(
    "CASE WHEN told.figures ? '{0}' THEN (told.figures ->> '{0}')::bigint ELSE last.{0} END AS {0}"
)
_TOLD = f"""
told AS MATERIALIZED (
    SELECT entity.id, news.figures, news.state, news.read,
           news.told AND coalesce(entity.facts_at <= %(slot)s, true) AS newest,
           coalesce(nullif(news.handle, ''), entity.handle)::varchar(128) AS handle,
           coalesce(nullif(news.title, ''), entity.title)::varchar(255) AS title
    FROM jsonb_to_recordset(%(news)s) AS
         news(id bigint, handle text, title text, figures jsonb, state text, told boolean,
              read jsonb)
    JOIN {Entity._meta.db_table} entity USING (id)
)"""
_NAMES, _FIGURES = EntityName._meta.db_table, EntitySnapshot._meta.db_table

# A figure that is missing was not asked for, one that is null is withheld. History is written when
# something differs from the row before; a second run of the same slot corrects its own row.
_HISTORY = f"""
WITH {_TOLD}, named AS (
    INSERT INTO {_NAMES} (owner_id, entity_id, handle, title, since)
    SELECT %(owner)s, told.id, told.handle, told.title, %(slot)s
    FROM told LEFT JOIN LATERAL (
        SELECT * FROM {_NAMES} WHERE entity_id = told.id AND since <= %(slot)s
        ORDER BY since DESC LIMIT 1
    ) last ON true
    WHERE (told.handle, told.title) IS DISTINCT FROM (last.handle, last.title)
    ON CONFLICT (entity_id, since) DO UPDATE SET handle = excluded.handle, title = excluded.title
), figures AS (
    SELECT told.id, last.entity_id IS NULL AS first, ({_each("last.{0}")}) AS before, {_KEPT}
    FROM told LEFT JOIN LATERAL (
        SELECT * FROM {_FIGURES} WHERE entity_id = told.id AND taken_at <= %(slot)s
        ORDER BY taken_at DESC LIMIT 1
    ) last ON true
    WHERE told.figures <> '{{}}'
), noted AS (
    INSERT INTO {_FIGURES} (owner_id, entity_id, taken_at, {_each("{0}")})
    SELECT %(owner)s, id, %(slot)s, {_each("{0}")} FROM figures
    WHERE first OR ({_each("{0}")}) IS DISTINCT FROM before
    ON CONFLICT (entity_id, taken_at) DO UPDATE SET {_each("{0} = excluded.{0}")}
    RETURNING entity_id
)
INSERT INTO {DirtyHour._meta.db_table} (owner_id, entity_id, hour)
SELECT %(owner)s, entity_id, date_bin('1 hour', %(slot)s::timestamptz, 'epoch') FROM noted
"""

# What an older slot tells goes into the history alone.
_NOW = f"""
WITH {_TOLD}
UPDATE {Entity._meta.db_table} entity SET
    handle = CASE WHEN told.newest THEN told.handle ELSE entity.handle END,
    title = CASE WHEN told.newest THEN told.title ELSE entity.title END,
    audience = CASE WHEN told.newest AND told.figures ? 'audience'
        THEN (told.figures ->> 'audience')::bigint ELSE entity.audience END,
    audience_hidden = CASE WHEN told.newest AND told.figures ? 'audience'
        THEN told.figures -> 'audience' = 'null' ELSE entity.audience_hidden END,
    state = CASE WHEN told.newest THEN coalesce(told.state, entity.state) ELSE entity.state END,
    facts_at = CASE WHEN told.newest THEN %(slot)s ELSE entity.facts_at END,
    read_at = entity.read_at || told.read,
    checked_at = greatest(entity.checked_at, %(now)s)
FROM told WHERE entity.id = told.id
"""
