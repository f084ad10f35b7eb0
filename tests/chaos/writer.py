"""A client that writes without a pause and knows which of its writes were acknowledged."""

import threading
import time

import psycopg

RECONNECT_SECONDS = 0.05
INSERT = """
INSERT INTO platforms_entity
    (owner_id, platform, external_id, handle, title, state, audience_hidden, read_at,
     created_at, updated_at)
VALUES (%s, 'reddit', %s, 'chaos', '', 'active', false, '{}', now(), now())
ON CONFLICT DO NOTHING
"""
# Past every index: one that lost an entry would hide a row, or let a second one in.
READ_THE_TABLE_ITSELF = """
SET LOCAL enable_indexscan = off; SET LOCAL enable_indexonlyscan = off;
SET LOCAL enable_bitmapscan = off
"""


class Writer:
    """Writes the rows 0, 1, 2 ... of one tenant, each in a transaction of its own.

    A write whose outcome is unknown, because the connection broke, is tried again: that must
    neither lose it nor make a second row of it.
    """

    def __init__(self, *, url, tenant):
        """`url`: of the app's role; `tenant`: id of the person whose rows these are."""
        self._url, self._tenant = url, tenant
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._write_on, name="chaos-writer", daemon=True)
        self.acknowledged = 0  # rows below this number are committed
        self.failure = None  # what ended it before its time

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        self._thread.join()

    def has_written(self, number):
        """Whether this row is committed. Raises what ended the writer before its time."""
        if self.failure:
            raise self.failure
        return self.acknowledged > number

    def numbers(self):
        """Numbers of all rows in the table, sorted, a doubled row twice."""
        with self._connect() as connection, connection.transaction():
            self._enter_tenant(connection)
            connection.execute(READ_THE_TABLE_ITSELF)
            rows = connection.execute("SELECT external_id FROM platforms_entity").fetchall()
        return sorted(int(number) for (number,) in rows)

    def _write_on(self):
        while not self._stop.is_set():
            try:
                self._write_until_it_breaks()
            except psycopg.OperationalError:
                time.sleep(RECONNECT_SECONDS)
            except psycopg.Error as error:
                self.failure = error
                return

    def _write_until_it_breaks(self):
        with self._connect() as connection:
            while not self._stop.is_set():
                with connection.transaction():
                    self._enter_tenant(connection)
                    connection.execute(INSERT, [self._tenant, str(self.acknowledged)])
                self.acknowledged += 1

    def _connect(self):
        return psycopg.connect(self._url, connect_timeout=2, autocommit=True)

    def _enter_tenant(self, connection):
        setting = "SELECT set_config('tidewatch.tenant', %s, true)"
        connection.execute(setting, [str(self._tenant)])
