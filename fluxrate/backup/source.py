"""The server to back up: the one of the settings, past any pooler."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import LiteralString, Self

import psycopg
from django.conf import settings
from django.core.management import CommandError
from psycopg.rows import TupleRow

from fluxrate.postgres import config
from fluxrate.server import postgres
from fluxrate.server.postgres.paths import SUPERUSER

_IDENTITY = """
    SELECT current_setting('server_version'),
        current_setting('server_version_num')::integer / 10000,
        system_identifier::text, pg_size_bytes(current_setting('wal_segment_size')),
        current_setting('max_slot_wal_keep_size')
    FROM pg_control_system()"""
_OWN = "SELECT current_user::text, current_database()::text"
_TABLESPACES = "SELECT count(*) FROM pg_tablespace WHERE spcname !~ '^pg_'"


def row(connection: psycopg.Connection, sql: LiteralString) -> TupleRow:
    """The row of a query that always has one."""
    with connection.cursor() as cursor:
        return cursor.execute(sql).fetchone() or ()


@dataclass(frozen=True)
class Identity:
    """What a backup is of; `segment_size` is in bytes."""

    server_version: str
    major: int
    system_identifier: str
    segment_size: int
    slot_limit: str
    role: str
    database: str


@dataclass(frozen=True)
class Source:
    """`url` reads the site's tables, `replication_url` the server's files and WAL."""

    url: str
    replication_url: str

    @classmethod
    def of_settings(cls) -> Self:
        """ImproperlyConfigured for a URL that libpq would misread."""
        url = settings.MIGRATION_DATABASE_URL or settings.DATABASE_URL
        replication_url = settings.BACKUP_DATABASE_URL or url
        if settings.EMBEDDED:
            paths = postgres.ServerPaths.of(settings.DATA_DIR)
            return cls(url, paths.url(role=SUPERUSER, database="postgres"))
        for each in (url, replication_url):
            config.database(each)
        return cls(url, replication_url)

    @contextmanager
    def tables(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            self.url, autocommit=True, connect_timeout=5
        ) as connection:
            yield connection

    @contextmanager
    def server(self) -> Iterator[psycopg.Connection]:
        with psycopg.connect(
            self.replication_url, autocommit=True, connect_timeout=5
        ) as connection:
            yield connection

    def identity(self) -> Identity:
        """CommandError if this server cannot be backed up."""
        with self.tables() as tables, self.server() as server:
            identity = Identity(*row(server, _IDENTITY), *row(tables, _OWN))
            (tablespaces,) = row(server, _TABLESPACES)
        if tablespaces:
            raise CommandError("The server has tablespaces, which are not supported.")
        if identity.slot_limit == "-1":
            raise CommandError(
                "The server would keep WAL without a limit for a receiver that is "
                "away: ALTER SYSTEM SET max_slot_wal_keep_size = '4GB', then SELECT "
                "pg_reload_conf()."
            )
        return identity
