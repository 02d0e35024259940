"""The twin of the database: its owned tables are hash-partitioned by organization.

It stands for a sharded engine. A statement that names its organization reads one leaf
of a table; one that does not reads all of them.
"""

from collections.abc import Iterator
from typing import Any

LEAVES = 4
# Tables whose primary key contains the organization.
_OWNED = """
SELECT conrelid::regclass::text FROM pg_constraint
JOIN pg_attribute ON attrelid = conrelid AND attnum = ANY (conkey)
WHERE contype = 'p' AND attname = 'organization_id' ORDER BY 1"""
# What LIKE does not copy, in an order in which it can be created again.
_KEYS = """
SELECT conrelid::regclass::text, quote_ident(conname), pg_get_constraintdef(oid)
FROM pg_constraint
WHERE conrelid = ANY (%(tables)s::regclass[]) AND contype IN ('p', 'u')
ORDER BY contype, conname"""
_REST = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = ANY (%(tables)s::regclass[])
    AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid)
UNION ALL
SELECT format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint WHERE contype = 'f'
    AND (conrelid = ANY (%(tables)s::regclass[])
         OR confrelid = ANY (%(tables)s::regclass[]))
UNION ALL
SELECT pg_get_triggerdef(oid) FROM pg_trigger
WHERE tgrelid = ANY (%(tables)s::regclass[]) AND NOT tgisinternal
UNION ALL
SELECT format('ALTER TABLE %%s DISABLE TRIGGER %%I', tgrelid::regclass, tgname)
FROM pg_trigger WHERE tgrelid = ANY (%(tables)s::regclass[]) AND tgenabled = 'D'
UNION ALL
SELECT format('REVOKE %%s ON %%s FROM CURRENT_USER', name, oid::regclass)
FROM pg_class CROSS JOIN unnest('{UPDATE,DELETE,TRUNCATE}'::text[]) AS name
WHERE oid = ANY (%(tables)s::regclass[]) AND NOT has_table_privilege(oid, name)"""
_COLUMNS = """
SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped
    AND attgenerated = ''"""
_IDENTITY = """
SELECT format('SELECT setval(%%L, (SELECT coalesce(max(id), 0) + 1 FROM %%s))',
              pg_get_serial_sequence(attrelid::regclass::text, attname),
              attrelid::regclass)
FROM pg_attribute
WHERE attrelid = ANY (%(tables)s::regclass[]) AND attidentity <> ''"""


def owned_tables(cursor: Any) -> list[str]:
    cursor.execute(_OWNED)
    return [name for (name,) in cursor.fetchall()]


def partition(cursor: Any) -> list[str]:
    """Replace each owned table by its twin, with the same rows; the names."""
    tables = owned_tables(cursor)
    cursor.execute(_KEYS, {"tables": tables})
    keys = cursor.fetchall()
    cursor.execute(_REST, {"tables": tables})
    rest = [statement for (statement,) in cursor.fetchall()]
    for table in tables:
        for statement in _replaced(table, _columns(cursor, table)):
            cursor.execute(statement)
    for table, name, definition in keys:
        # A leaf has the constraint under a name with its number, as a shard has.
        for number in range(LEAVES):
            add = f"ADD CONSTRAINT {name}_{number} {definition}"
            cursor.execute(f"ALTER TABLE {table}_{number} {add}")
        cursor.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}")
    for statement in rest:
        cursor.execute(statement)
    cursor.execute(_IDENTITY, {"tables": tables})
    for (statement,) in cursor.fetchall():
        cursor.execute(statement)
    return tables


def _columns(cursor: Any, table: str) -> str:
    cursor.execute(_COLUMNS, [table])
    return str(cursor.fetchone()[0])


def _replaced(table: str, columns: str) -> Iterator[str]:
    old = f"{table}_old"
    yield f"ALTER TABLE {table} RENAME TO {old}"
    yield (
        f"CREATE TABLE {table} (LIKE {old} INCLUDING ALL EXCLUDING INDEXES) "
        "PARTITION BY HASH (organization_id)"
    )
    for number in range(LEAVES):
        yield (
            f"CREATE TABLE {table}_{number} PARTITION OF {table} "
            f"FOR VALUES WITH (MODULUS {LEAVES}, REMAINDER {number})"
        )
    yield (
        f"INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE "
        f"SELECT {columns} FROM {old}"
    )
    yield f"DROP TABLE {old} CASCADE"
