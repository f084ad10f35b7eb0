"""Roles, database and extensions of the embedded cluster. The names are those of every server."""

from typing import Any, LiteralString

import psycopg
from psycopg import sql

DATABASE = "tidewatch"
OWNER = "tidewatch_owner"  # migrates; may create test databases
APP = "tidewatch_app"  # serves; owns nothing, so that row level security applies to it
SYSTEM = "tidewatch_system"  # sees every tenant's rows; made by `migrate`
EXTENSIONS = ("pg_trgm", "btree_gin", "citext", "unaccent", "pg_stat_statements")


def ensure(*, superuser: str, owner: str) -> None:
    """Make what is missing. Takes connection strings, the owner's to DATABASE."""
    with psycopg.connect(superuser, autocommit=True) as server:
        _make_role(server, OWNER, "CREATEDB CREATEROLE")
        if not _exists(server, "SELECT FROM pg_database WHERE datname = %s", DATABASE):
            names = map(sql.Identifier, (DATABASE, OWNER))
            server.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(*names))
    with psycopg.connect(owner, autocommit=True) as database:
        # Made by the owner, who may therefore grant it.
        _make_role(database, APP, "NOINHERIT")
    with psycopg.connect(superuser, dbname=DATABASE, autocommit=True) as database:
        for extension in EXTENSIONS:
            statement = sql.SQL("CREATE EXTENSION IF NOT EXISTS {}")
            database.execute(statement.format(sql.Identifier(extension)))


def _make_role(server: psycopg.Connection[Any], role: str, rights: LiteralString) -> None:
    if not _exists(server, "SELECT FROM pg_roles WHERE rolname = %s", role):
        statement = sql.SQL("CREATE ROLE {} LOGIN " + rights)
        server.execute(statement.format(sql.Identifier(role)))


def _exists(server: psycopg.Connection[Any], query: LiteralString, name: str) -> bool:
    return server.execute(query, [name]).fetchone() is not None
