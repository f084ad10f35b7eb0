"""Storing posts: the whole of `store.save`, against the usual ways and against plain COPY.

Everybody writes the same posts of about 140 characters into the table `tweets`, each way as a
tenant of its own, through row level security and as the app's role, in turn, 5,000 posts of 100
accounts at a time. Ours also compares, keeps the figures' history and marks the hours to sum up;
its peers only insert or overwrite. Plain COPY goes into a twin of the table without policies, and
can neither meet a known row nor change one: the limit.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from operator import itemgetter

import psycopg
import sqlalchemy
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import connection, connections, transaction
from sqlalchemy.dialects import postgresql

from accounts.tenancy import TENANT, tenant
from platforms.contract import Page
from platforms.models import Entity
from platforms.store import items, save
from platforms.store.gathering import Run
from platforms.store.statement import Plan, Shape, Writer, plan
from platforms.twitter.models import FIGURES, Tweet
from tests.benchmarks.report import Report, alternate

ACCOUNTS, BATCH, CHUNKS, SMALL = 100, 5000, 10, 100
SLOT = datetime(2026, 4, 10, 12, tzinfo=UTC)
WORDS = ("tide", "harbour", "signal", "launch", "today", "wave", "release", "thread", "why", "sea")
MOMENTS = ("first_seen_at", "last_seen_at", "figures_at")
COLUMNS = (
    "external_id", "current_id", "published_at", "text", "lang", "conversation_id", "kind",
    "followers", *FIGURES,
)  # fmt: skip
TWIN = "tweets_copied"
KEPT = ("text", "lang", "conversation_id", "kind", "last_seen_at", "figures_at", *FIGURES)
AT_LEAST = {"new_to_copy": 0.45, "new_to_bulk_create": 3.5, "unchanged_to_bulk_create": 6.0}
AT_MOST = {"with_snapshots_to_alone": 1.2}
BYTES = 120  # of a snapshot of five figures of four bytes; X tells six, and they need eight


def run(scale: float) -> Report:
    """Targets: AT_LEAST, AT_MOST. Figures: rows a second, milliseconds of a page of 100."""
    chunks = max(2, int(CHUNKS * scale))
    ways = {"ours": ours, "bulk_create": bulk_create, "sqlalchemy": Alchemy().upsert}
    limits = {"copy": copy, "copy_binary": copy_binary}
    people = {name: Person(name) for name in (*ways, *limits, "alone", *SMALL_WAYS)}
    _twin()
    figures = {}
    for phase, version, slot in (("new", 0, 0), ("changed", 1, 1), ("unchanged", 1, 2)):
        some = ways | limits if phase == "new" else ways
        seconds = _phase(some, people, chunks, version=version, slot=SLOT + timedelta(hours=slot))
        figures |= {f"{phase}_{name}": BATCH / value for name, value in seconds.items()}
    figures |= _statements(people["alone"], chunks)
    figures |= _small_pages(people)
    figures["snapshot_bytes"] = _snapshot_bytes()
    return _report(figures)


def _report(figures: dict[str, float]) -> Report:
    ratios = {"new_to_copy": figures["new_ours"] / figures["new_copy"]}
    for phase in ("new", "changed", "unchanged"):
        ratio = figures[f"{phase}_ours"] / figures[f"{phase}_bulk_create"]
        ratios[f"{phase}_to_bulk_create"] = ratio
    measured = ratios | figures
    reached = [measured[name] >= least for name, least in AT_LEAST.items()]
    kept = [measured[name] <= most for name, most in AT_MOST.items()]
    notes = [
        f"  a snapshot of six figures takes {figures['snapshot_bytes']:.0f} bytes, not {BYTES}"
    ]
    return Report("ingest", figures, ratios, met=all(reached + kept), notes=notes)


# --- What is written, and for whom ----------------------------------------------------------------
class Person:
    """A tenant with all the accounts. `entities`: account -> id."""

    def __init__(self, name: str) -> None:
        user = get_user_model().objects.create(email=f"ingest-{name}@example.org")
        self.pk = user.pk
        with tenant(self.pk):
            made = Entity.objects.bulk_create(
                Entity(owner=user, platform="twitter", external_id=str(n), handle=f"h{n}")
                for n in range(ACCOUNTS)
            )
        self.entities = {entity.external_id: entity.pk for entity in made}


Ways = dict[str, Callable[[Person, list[dict], datetime], None]]


def posts(start: int, *, number: int, version: int, accounts: int = ACCOUNTS) -> list[dict]:
    """So many posts of accounts in turn, one in 37 minutes each; a version has other figures."""
    return [_post(start + n, str(n % accounts), n // accounts, version) for n in range(number)]


def _post(n: int, account: str, place: int, version: int) -> dict:
    text = " ".join(WORDS[(n * step + step) % len(WORDS)] for step in range(1, 23))
    id_ = str(1_800_000_000_000_000_000 + n * 4096)
    figures = {name: (n * (rank + 1)) % 9973 for rank, name in enumerate(FIGURES)}
    figures["like_count"] += version
    return {
        "account": account, "external_id": id_, "current_id": id_, "conversation_id": id_,
        "published_at": SLOT - timedelta(minutes=37 * place + n % 37), "text": text[:140],
        "lang": "en", "kind": "post", "followers": 1000 + n, **figures,
    }  # fmt: skip


def _phase(
    ways: Ways, people: dict[str, Person], chunks: int, *, slot: datetime, **what: int
) -> dict[str, float]:
    """Median seconds of a chunk, each way in turn; before the first there is one for warming.

    `what`: as for `posts`.
    """
    size = what.setdefault("number", BATCH)
    waiting = {name: [posts(n * size, **what) for n in range(chunks + 1)] for name in ways}

    def one(name: str) -> Callable[[], None]:
        return lambda: ways[name](people[name], waiting[name].pop(), slot)

    for name in ways:
        one(name)()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE tweets")  # as in a table that has been in use
    return alternate(chunks, **{name: one(name) for name in ways})


# --- The ways ------------------------------------------------------------------------------------
def ours(person: Person, rows: list[dict], slot: datetime) -> None:
    """The product's."""
    with tenant(person.pk):
        page = Page(rows={Tweet: rows})
        save(page, owner_id=person.pk, platform="twitter", slot=slot, now=slot)


def bulk_create(person: Person, rows: list[dict], slot: datetime) -> None:
    """Django's."""
    given = {"owner_id": person.pk} | dict.fromkeys(MOMENTS, slot)
    tweets = [
        Tweet(entity_id=person.entities[row["account"]], **given, **{c: row[c] for c in COLUMNS})
        for row in rows
    ]
    with tenant(person.pk):
        Tweet.objects.bulk_create(
            tweets, batch_size=1000, update_conflicts=True,
            unique_fields=["entity", "external_id"], update_fields=KEPT,
        )  # fmt: skip


class Alchemy:
    """SQLAlchemy's core, the way of its that is the fastest here: many rows of one statement."""

    def __init__(self) -> None:
        with connection.cursor() as cursor:
            dsn = cursor.connection.info.dsn
        self.engine = sqlalchemy.create_engine(
            "postgresql+psycopg://",
            creator=lambda: psycopg.connect(dsn),
            poolclass=sqlalchemy.StaticPool,
        )
        table = sqlalchemy.Table("tweets", sqlalchemy.MetaData(), autoload_with=self.engine)
        insert = postgresql.insert(table)
        kept = {name: insert.excluded[name] for name in KEPT}
        self.statement = insert.on_conflict_do_update(
            index_elements=["entity_id", "external_id"], set_=kept
        )

    def upsert(self, person: Person, rows: list[dict], slot: datetime) -> None:
        """Insert, or overwrite what is known."""
        given = {"owner_id": person.pk} | dict.fromkeys(MOMENTS, slot)
        values = [
            {"entity_id": person.entities[row["account"]], **given, **{c: row[c] for c in COLUMNS}}
            for row in rows
        ]
        with self.engine.begin() as alchemy:
            tell = sqlalchemy.text("SELECT set_config(:name, :value, true)")
            alchemy.execute(tell, {"name": TENANT, "value": str(person.pk)})
            alchemy.execute(self.statement, values)


def copy(person: Person, rows: list[dict], slot: datetime) -> None:
    """COPY as everybody knows it, row by row, straight into the twin."""
    with _copying("") as sending:
        for values in _values(person, rows, slot):
            sending.write_row(values)


def copy_binary(person: Person, rows: list[dict], slot: datetime) -> None:
    """COPY in binary form: the fastest there is."""
    with _copying("(FORMAT BINARY)") as sending:
        sending.set_types(_types(("owner", *MOMENTS, "entity", *COLUMNS)))
        for values in _values(person, rows, slot):
            sending.write_row(values)


@contextmanager
def _copying(form: str) -> Iterator[psycopg.Copy]:
    columns = ", ".join(("owner_id", *MOMENTS, "entity_id", *COLUMNS))
    statement = f"COPY {TWIN} ({columns}) FROM STDIN {form}"
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(statement) as sending:
        yield sending


def _values(person: Person, rows: list[dict], slot: datetime) -> Iterator[tuple]:
    given, cells = (person.pk, slot, slot, slot), itemgetter(*COLUMNS)
    for row in rows:
        yield *given, person.entities[row["account"]], *cells(row)


def _types(names: tuple[str, ...]) -> list[str]:
    types = [Tweet._meta.get_field(name).db_type(connection) for name in names]
    return [re.sub(r"varchar\(\d+\)", "varchar", type_) for type_ in types]


def _twin() -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"CREATE TABLE {TWIN} (LIKE tweets INCLUDING ALL)")
        cursor.execute(f"GRANT INSERT ON {TWIN} TO {settings.APP_ROLE}")
        cursor.execute(f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {settings.APP_ROLE}")


SMALL_WAYS: Ways = {"page_of_100": ours, "page_of_100_bulk_create": bulk_create}


# --- Parts of ours -------------------------------------------------------------------------------
class Alone(Writer):
    """The statement without the figures' history."""

    def snapshots(self) -> list[tuple[str, str]]:
        """None."""
        return []


def _statements(person: Person, chunks: int) -> dict[str, float]:
    """What the history adds to storing new posts: the same statement with it and without."""
    shape = Shape(Tweet, tuple(sorted(COLUMNS)), gone=False)
    whole = plan(shape)
    alone = replace(whole, store=Alone(shape).statement())
    run = Run(owner=person.pk, platform="twitter", slot=SLOT, now=SLOT)
    cells = itemgetter(*sorted(COLUMNS))
    chunked = [posts(n * BATCH, number=BATCH, version=0) for n in range(4 * chunks + 2)]
    waiting = [[(person.entities[row["account"]], *cells(row)) for row in rows] for rows in chunked]

    def write(way: Plan) -> None:
        with tenant(person.pk):
            list(items.write(way, waiting.pop(), run))

    write(whole)
    write(alone)
    seconds = alternate(2 * chunks, whole=lambda: write(whole), alone=lambda: write(alone))
    return {"with_snapshots_to_alone": seconds["whole"] / seconds["alone"]}


def _small_pages(people: dict[str, Person]) -> dict[str, float]:
    """Milliseconds of a page of 100 posts of one account, ours and Django's."""
    figures = {}
    for phase, version, hours in (("new", 0, 0), ("changed", 1, 1), ("unchanged", 1, 2)):
        slot = SLOT + timedelta(hours=hours)
        seconds = _phase(
            SMALL_WAYS, people, 40, version=version, slot=slot, number=SMALL, accounts=1
        )  # fmt: skip
        figures |= {f"{name}_{phase}_ms": 1000 * value for name, value in seconds.items()}
    return figures


def _snapshot_bytes() -> float:
    """Of a row with its share of all indexes."""
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM tweet_snapshots")
        cursor.execute(
            "SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits"
            " WHERE inhparent = 'tweet_snapshots'::regclass"
        )
        (size,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM tweet_snapshots")
        (rows,) = cursor.fetchone()
    return float(size) / rows
