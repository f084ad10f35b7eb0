"""Servers as another machine has them: reached by TCP, with passwords, or too old."""

import socketserver
import threading
from contextlib import ExitStack, contextmanager

import psycopg
import redis

from config.embedded import postgres, valkey
from config.embedded.binaries import postgres_folder, valkey_server
from config.embedded.layout import Layout
from config.embedded.privileges import postgres_identity
from config.embedded.process import halt, launch
from config.embedded.servers import embedded_servers
from tests.stack import free_port

# guarded: may do nothing but log in. migrator: owns a database and may make roles.
ROLES = (
    # Another machine knows nothing of ours.
    "DROP DATABASE tidewatch",
    "DROP ROLE tidewatch_app, tidewatch_owner",
    "CREATE ROLE guarded LOGIN PASSWORD 'right'",
    "CREATE DATABASE guarded OWNER guarded",
    "CREATE ROLE migrator LOGIN CREATEROLE PASSWORD 'right'",
    "CREATE DATABASE migrated OWNER migrator",
)


@contextmanager
def tcp_postgres(folder):
    """A cluster that asks for passwords. Yields 'host:port'."""
    folder.mkdir(mode=0o755)
    layout, port = Layout(folder), free_port()
    with embedded_servers(layout):
        admin = postgres.url(layout, postgres.SUPERUSER, "postgres")
        with psycopg.connect(admin, autocommit=True) as server:
            for statement in ROLES:
                server.execute(statement)
    data = layout.postgres / "data"
    (data / "pg_hba.conf").write_text("host all all 127.0.0.1/32 scram-sha-256\n")
    options = ["-c", "listen_addresses=127.0.0.1", "-c", f"port={port}"]
    words = [postgres_folder() / "postgres", "-D", data, *options]
    launch(
        postgres.server(layout),
        words,
        answers=lambda: _logs_in(f"postgresql://guarded:right@127.0.0.1:{port}/guarded"),
        identity=postgres_identity(data),
    )
    try:
        yield f"127.0.0.1:{port}"
    finally:
        halt(postgres.server(layout))


def _logs_in(url):
    try:
        psycopg.connect(url).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def tcp_valkey(folder):
    """A server that asks for a password. Yields its address."""
    folder.mkdir()
    layout, port = Layout(folder), free_port()
    layout.valkey.mkdir()
    url = f"redis://:right@127.0.0.1:{port}/0"
    server = valkey.server(layout)
    words = [valkey_server(), "--bind", "127.0.0.1", "--port", str(port), "--requirepass", "right"]
    words += ["--dir", layout.valkey, "--pidfile", server.pid_file, "--save", ""]
    words += ["--proc-title-template", f"{{title}} {layout.valkey_socket}"]
    launch(server, words, answers=lambda: _pings(url))
    try:
        yield url
    finally:
        halt(server)


def _pings(url):
    try:
        with redis.Redis.from_url(url, retry=None) as client:
            return client.ping()
    except redis.RedisError:
        return False


@contextmanager
def old_redis():
    """Something that says it is Redis 6.0. Yields its port."""

    def answer(request):
        if b"PING" in request.upper():
            return b"+PONG\r\n"
        if b"INFO\r\n" in request.upper() and b"SETINFO" not in request.upper():
            return b"$22\r\nredis_version:6.0.16\r\n\r\n"
        return b"-ERR unknown command\r\n" * max(1, request.count(b"SETINFO"))

    with _listening(answer) as port:
        yield port


@contextmanager
def old_postgres():
    """Something that says it is PostgreSQL 14 and lets everybody in. Yields its port."""

    def answer(request):
        if len(request) == 8:  # asks for encryption
            return b"N"
        if request[:1] == b"X":
            return b""
        version = b"server_version\x0014.11\x00"
        status = b"S" + (len(version) + 4).to_bytes(4, "big") + version
        return b"R\0\0\0\x08\0\0\0\0" + status + b"Z\0\0\0\x05I"

    with _listening(answer) as port:
        yield port


@contextmanager
def _listening(answer):
    class Handler(socketserver.BaseRequestHandler):
        def handle(self):
            while request := self.request.recv(65536):
                self.request.sendall(answer(request))

    with ExitStack() as running:
        server = running.enter_context(socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler))
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        running.callback(thread.join)
        running.callback(server.shutdown)
        yield server.server_address[1]
