"""Twenty writers in one organization, with totals and search index and without.

Two databases take turns: the one that all else is measured in, and a copy without the
triggers of the totals and the indexes of search and filters. Both have the generated
text that the index holds.
"""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import connection
from psycopg import sql

from benchmarks.growth.measure import URL, Caller

WRITERS, SECONDS, ROUNDS = 20, 4.0, 10
INSERT = """
INSERT INTO customers_customer
    (id, organization_id, name, email, external_id, phone, status, metadata,
     created_at, updated_at)
VALUES (uuidv7(), %s, %s, %s, %s, %s, 'ACTIVE', '{}', now(), now())
"""
TRIGGERS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = 'customers_customer'::regclass
AND tgname LIKE 'pgtrigger_row_count_%'
"""
INDEXES = ["customer_search", "customer_filters"]
# The written rows are removed afterwards, with their events.
CLEAN = """
ALTER TABLE customers_customer DISABLE TRIGGER USER;
DELETE FROM customers_customer WHERE email LIKE '%@writers.example';
ALTER TABLE customers_customer ENABLE TRIGGER USER;
DELETE FROM fluxrate_rowcount
WHERE model = 'customers_customer' AND organization_id = {};
INSERT INTO fluxrate_rowcount (organization_id, model, status, slot, rows)
SELECT organization_id, 'customers_customer', status, 0, count(*)
FROM customers_customer WHERE organization_id = {} GROUP BY organization_id, status;
"""
Write = Callable[[int], None]


def _person(number: int) -> dict[str, str]:
    return {
        "name": f"Mary Johnson {number}",
        "email": f"mary.johnson{number}@writers.example",
        "external_id": f"writer-{number}",
        "phone": f"+49 30 {number:07d}",
    }


def _connected(database: str) -> psycopg.Connection:
    connected = connection.get_connection_params()
    names = ("user", "password", "host", "port")
    parameters = {name: connected[name] for name in names if connected.get(name)}
    return psycopg.connect(**parameters, dbname=database, autocommit=True)


@contextmanager
def copy_without() -> Iterator[str]:
    """The name of a copy of the database that keeps neither totals nor indexes."""
    original = str(connection.settings_dict["NAME"])
    copy = f"{original}_without"
    connection.close()
    with _connected("postgres") as server:
        remove = sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(copy))
        server.execute(remove)
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        server.execute(make.format(sql.Identifier(copy), sql.Identifier(original)))
        try:
            with _connected(copy) as own:
                for (name,) in own.execute(TRIGGERS).fetchall():
                    drop = sql.SQL("DROP TRIGGER {} ON customers_customer")
                    own.execute(drop.format(sql.Identifier(name)))
                for name in INDEXES:
                    own.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
            yield copy
        finally:
            server.execute(remove)


def _rate(writers: list[Write], first: int) -> tuple[float, int]:
    """Rows a second of all writers together, and the next number."""
    until = time.monotonic() + SECONDS
    written = [0] * len(writers)

    def go_on(at: int) -> None:
        while time.monotonic() < until:
            writers[at](first + written[at] * len(writers) + at)
            written[at] += 1

    with ThreadPoolExecutor(len(writers)) as pool:
        list(pool.map(go_on, range(len(writers))))
    return sum(written) / SECONDS, first + (max(written) + 1) * len(writers)


def _by_http(caller: Caller) -> Write:
    """A connection of its own, in the caller's session."""
    headers = caller.headers | {"Content-Type": "application/json"}
    own = http.client.HTTPConnection(caller.connection.host, caller.connection.port)

    def write(number: int) -> None:
        body = json.dumps(_person(number))
        own.request("POST", URL, body, headers)
        answer = own.getresponse()
        content = answer.read()
        assert answer.status == 201, content

    return write


def _by_sql(own: psycopg.Connection, organization: Any) -> Write:
    def write(number: int) -> None:
        own.execute(INSERT, [organization.pk, *_person(number).values()])

    return write


def rates(
    organization: Any, callers: dict[str, Caller]
) -> dict[str, tuple[float, float]]:
    """Median rows a second without and with, by HTTP and by SQL alone.

    `callers` are logged in to a server of each database, by its name: the copy's first.
    """
    ways: dict[str, list[list[Write]]] = {"HTTP": [], "SQL": []}
    connections = []
    for database, caller in callers.items():
        own = [_connected(database) for _ in range(WRITERS)]
        connections += own
        ways["HTTP"].append([_by_http(caller) for _ in own])
        ways["SQL"].append([_by_sql(each, organization) for each in own])
    results = {name: ([], []) for name in ways}
    number = 1
    for turn in range(ROUNDS):
        for name, both in ways.items():
            # Who comes first has the fresher disk: each does in turn.
            for at in (0, 1) if turn % 2 else (1, 0):
                rate, number = _rate(both[at], number)
                results[name][at].append(rate)
    for each in connections:
        each.close()
    for database in callers:
        with _connected(database) as own:
            own.execute(sql.SQL(CLEAN).format(*[sql.Literal(organization.pk)] * 2))
            own.execute("VACUUM (ANALYZE) customers_customer")
    return {
        name: (statistics.median(without), statistics.median(both))
        for name, (without, both) in results.items()
    }
