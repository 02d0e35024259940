"""The number of rows and a hash of each table of a database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from psycopg import Connection, sql

# An unlogged table is empty after a restore.
_TABLES = """
    SELECT nspname, relname FROM pg_class
    JOIN pg_namespace ON pg_namespace.oid = relnamespace
    WHERE relkind = 'r' AND relpersistence = 'p'
        AND nspname <> 'information_schema' AND nspname !~ '^pg_'
    ORDER BY nspname, relname"""
# Values have the same text on every server.
_TEXT = """
    SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO, YMD';
    SET LOCAL intervalstyle = 'postgres'; SET LOCAL extra_float_digits = 1;
    SET LOCAL bytea_output = 'hex'; SET LOCAL xmloption = 'content';
    SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = '30s';
    SET LOCAL idle_in_transaction_session_timeout = 0"""
# The sum does not depend on the order of rows.
_HASH = sql.SQL("""
    SELECT count(*), coalesce(sum(('x' || left(encode(
        sha256(convert_to(row::text, 'UTF8')), 'hex'), 16))::bit(64)::bigint), 0)::text
    FROM {} AS row""")


@dataclass(frozen=True)
class Fingerprint:
    rows: int
    hash: str


def fingerprints(connection: Connection) -> dict[str, Fingerprint]:
    """Each table by its name, in the transaction that the connection has begun."""
    connection.execute(_TEXT)
    tables = connection.execute(_TABLES).fetchall()
    return {
        f"{schema}.{table}": _fingerprint(connection, schema, table)
        for schema, table in tables
    }


def _fingerprint(connection: Connection, schema: str, table: str) -> Fingerprint:
    query = _HASH.format(sql.Identifier(schema, table))
    row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101  # nosec B101 - an aggregate has one row
    return Fingerprint(*row)


def differences(
    expected: Mapping[str, Fingerprint], actual: Mapping[str, Fingerprint]
) -> Iterator[str]:
    """A sentence for each table that is not the same."""
    for name in sorted(expected.keys() | actual.keys()):
        before, after = expected.get(name), actual.get(name)
        if before is None or after is None:
            yield f"{name} is {'missing' if after is None else 'new'}."
        elif before.rows != after.rows:
            yield f"{name} has {after.rows:,} rows instead of {before.rows:,}."
        elif before != after:
            yield f"{name} has {after.rows:,} rows, and some have other values."
