"""What stands in the product's database: read past row level security, and past every index."""

import time
from threading import Event, Thread

import psycopg

from config.embedded import postgres
from config.embedded.layout import Layout
from platforms import registry

PATIENCE_SECONDS = 60
PAST_INDEXES = "-c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off"
# By whose clock they were taken, and when: these differ between two runs of the same world.
OWN = {"id", "owner", "entity", "item", "taken_at", "first_seen_at", "last_seen_at", "figures_at"}
WHETHER = {"removed_at", "ended_at"}


class Books:
    """Answers also while the database is being killed: it asks until it is back."""

    def __init__(self, product):
        url = postgres.url(Layout(product.var), postgres.SUPERUSER)
        self._given = {"conninfo": url, "autocommit": True, "connect_timeout": 2}

    def rows(self, statement, **values):
        """The rows of a query, or of a change that is the same when it is made twice."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            try:
                with psycopg.connect(**self._given, options=PAST_INDEXES) as connection:
                    return connection.execute(statement, values).fetchall()
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def value(self, statement, **values):
        """The only value of a query."""
        return self.rows(statement, **values)[0][0]

    # --- Runs -------------------------------------------------------------------------------------
    def make_due(self, people):
        """Make all jobs of these people due now; the slot."""
        return self.value(
            "WITH slot AS (SELECT clock_timestamp() AS at), due AS ("
            " UPDATE monitoring_jobs SET next_run_at = slot.at FROM slot"
            " WHERE owner_id = ANY(%(people)s)) SELECT at FROM slot",
            people=people,
        )

    def running(self, people):
        """How many packs of these people are being read just now."""
        return self.value(
            "SELECT count(DISTINCT (j.owner_id, j.platform)) FROM job_executions e"
            " JOIN monitoring_jobs j ON j.id = e.job_id"
            " WHERE e.status = 'running' AND e.owner_id = ANY(%(people)s)",
            people=people,
        )

    def waiting(self, slots):
        """How many jobs have no success since their slot. `slots`: person -> slot."""
        return self.value(
            "SELECT count(*) FROM unnest(%(people)s::bigint[], %(slots)s::timestamptz[])"
            " AS due(person, slot) JOIN monitoring_jobs j ON j.owner_id = due.person"
            " WHERE NOT EXISTS (SELECT FROM job_executions e WHERE e.job_id = j.id"
            "   AND e.due_at >= due.slot AND e.status = 'success')",
            people=list(slots), slots=list(slots.values()),
        )  # fmt: skip

    def at_rest(self):
        """Whether no worker is in the middle of a transaction."""
        return not self.value(
            "SELECT count(*) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
            " AND usename = 'tidewatch_app' AND state IN ('active', 'idle in transaction')"
        )

    def refused(self):
        """How many writes came too late."""
        return self.value("SELECT sum(refused) FROM job_executions") or 0

    def unfinished(self):
        """Runs that are open, and jobs that are kept for one."""
        return self.value(
            "SELECT (SELECT count(*) FROM job_executions WHERE status IN ('queued', 'running'))"
            " + (SELECT count(*) FROM monitoring_jobs WHERE busy)"
        )

    def successes(self):
        """How often each job has succeeded."""
        return [
            count
            for (count,) in self.rows(
                "SELECT count(e.id) FROM monitoring_jobs j LEFT JOIN job_executions e"
                " ON e.job_id = j.id AND e.status = 'success' GROUP BY j.id"
            )
        ]

    def statuses(self):
        """Status and error of all runs -> how many."""
        return dict(
            self.rows(
                "SELECT concat_ws(' ', status, nullif(error_code, '')), count(*)"
                " FROM job_executions GROUP BY 1 ORDER BY 1"
            )
        )

    # --- What was stored --------------------------------------------------------------------------
    def doubled(self):
        """Rows that stand twice under one name, in any table of content and figures."""
        return [
            (table, *row)
            for platform in registry.every()
            for table, key in (
                (platform.content._meta.db_table, "entity_id, external_id"),
                (platform.content.SNAPSHOT._meta.db_table, "item_id, taken_at"),
                ("platforms_entitysnapshot", "entity_id, taken_at"),
                ("platforms_entity", "owner_id, platform, external_id"),
            )
            for row in self.rows(
                f"SELECT {key}, count(*) FROM {table} GROUP BY {key} HAVING count(*) > 1"  # noqa: S608
            )
        ]

    def told(self, person):
        """All that is known of a person's accounts and of what they published, for comparing."""
        found = {"accounts": self._accounts(person)}
        for platform in registry.every():
            found[platform.slug] = self._items(person, platform.content)
            found[f"{platform.slug} figures"] = self._figures(person, platform.content)
        return found

    def moments(self, person):
        """The first and the last moment that this person's rows were stamped with."""
        stamps = " UNION ALL ".join(
            f"SELECT first_seen_at, last_seen_at FROM {platform.content._meta.db_table}"  # noqa: S608
            " WHERE owner_id = %(person)s"
            for platform in registry.every()
        )
        entities = "SELECT created_at, checked_at FROM platforms_entity WHERE owner_id = %(person)s"
        parts = (
            "SELECT p.at::timestamptz, p.at::timestamptz FROM platforms_entity,"
            " LATERAL jsonb_each_text(read_at) AS p(part, at) WHERE owner_id = %(person)s"
        )
        return self.rows(
            f"SELECT min(a), max(b) FROM ({stamps} UNION ALL {entities} UNION ALL {parts}) s(a, b)",  # noqa: S608
            person=person,
        )[0]

    def _accounts(self, person):
        return self.rows(
            "SELECT e.platform, e.external_id, e.handle, e.title, e.state, e.audience,"
            " array_agg((s.audience, s.contents, s.views, s.following, s.listed, s.online)::text"
            "   ORDER BY s.taken_at)"
            " FROM platforms_entity e LEFT JOIN platforms_entitysnapshot s ON s.entity_id = e.id"
            " WHERE e.owner_id = %(person)s GROUP BY e.id ORDER BY 1, 2",
            person=person,
        )

    def _items(self, person, model):
        columns = ", ".join(
            f"c.{field.column} IS NOT NULL" if field.name in WHETHER else f"c.{field.column}"
            for field in model._meta.concrete_fields
            if field.name not in OWN
        )
        return self.rows(
            f"SELECT e.external_id, {columns} FROM {model._meta.db_table} c"  # noqa: S608
            " JOIN platforms_entity e ON e.id = c.entity_id"
            " WHERE c.owner_id = %(person)s ORDER BY e.external_id, c.external_id",
            person=person,
        )

    def _figures(self, person, model):
        counters = ", ".join(f"s.{name}" for name in model.COUNTERS)
        return self.rows(
            f"SELECT e.external_id, c.external_id, array_agg(ROW({counters})::text"  # noqa: S608
            f"   ORDER BY s.taken_at) FROM {model.SNAPSHOT._meta.db_table} s"
            f" JOIN {model._meta.db_table} c ON c.id = s.item_id"
            " JOIN platforms_entity e ON e.id = c.entity_id"
            " WHERE s.owner_id = %(person)s GROUP BY 1, 2 ORDER BY 1, 2",
            person=person,
        )


class Watchman:
    """Looks all the time how far an open run is past its lease. `longest`: in seconds."""

    def __init__(self, books):
        self._books = books
        self._over = Event()
        self._thread = Thread(target=self._watch, name="chaos-watchman", daemon=True)
        self.longest = 0.0

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._over.set()
        self._thread.join()

    def _watch(self):
        while not self._over.wait(0.5):
            late = self._books.value(
                "SELECT extract(epoch FROM max(now() - lease_until)) FROM job_executions"
                " WHERE status IN ('queued', 'running')"
            )
            self.longest = max(self.longest, float(late or 0))
