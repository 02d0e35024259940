"""Databases beside those of the suite, for a test or a server of its own."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import psycopg
from psycopg import sql

END = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE datname = %s AND usename = current_user"""


@contextmanager
def new_database() -> Iterator[str]:
    """The URL of an empty database."""
    url, name = os.environ["DATABASE_URL"], f"fluxrate_site_{uuid4().hex}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        try:
            yield urlsplit(url)._replace(path=f"/{name}").geturl()
        finally:
            drop_database(server, name)


def copy_database(server: psycopg.Connection[Any], source: str, target: str) -> None:
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    server.execute(create.format(sql.Identifier(target), sql.Identifier(source)))


def drop_database(server: psycopg.Connection[Any], name: str) -> None:
    """Drop a database if it exists, with our sessions in it.

    FORCE would be refused while autovacuum works in it: its workers have no role. DROP
    without it ends them.
    """
    server.execute(END, [name])
    drop = sql.SQL("DROP DATABASE IF EXISTS {}")
    server.execute(drop.format(sql.Identifier(name)))
