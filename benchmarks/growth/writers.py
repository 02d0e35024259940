"""Twenty writers in one organization, with totals and search index and without.

Rounds take turns in one table. Before those without, the triggers of the totals are
switched off and the index is dropped; it is made anew after them. The generated text
that the index holds is there in both.
"""

import http.client
import json
import statistics
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from typing import Any

import psycopg
from django.db import connection

from benchmarks.growth.measure import URL, Caller
from customers.models import Customer
from organizations.models.totals import recount

WRITERS, SECONDS = 20, 4.0
INSERT = """
INSERT INTO customers_customer
    (id, organization_id, name, email, external_id, phone, status, metadata,
     created_at, updated_at)
VALUES (uuidv7(), %s, %s, %s, %s, %s, 'ACTIVE', '{}', now(), now())
"""
TRIGGERS = """
SELECT tgname FROM pg_trigger WHERE tgrelid = 'customers_customer'::regclass
AND tgname LIKE 'pgtrigger_kept_total_%'
"""
Write = Callable[[int], None]


def _person(number: int) -> dict[str, str]:
    return {
        "name": f"Mary Johnson {number}",
        "email": f"mary.johnson{number}@writers.example",
        "external_id": f"writer-{number}",
        "phone": f"+49 30 {number:07d}",
    }


def _triggers(cursor: Any, word: str) -> None:
    cursor.execute(TRIGGERS)
    for (name,) in cursor.fetchall():
        cursor.execute(f"ALTER TABLE customers_customer {word} TRIGGER {name}")


@contextmanager
def _without() -> Iterator[None]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_get_indexdef('customer_search'::regclass)")
        make = cursor.fetchone()[0]
        _triggers(cursor, "DISABLE")
        cursor.execute("DROP INDEX customer_search")
        try:
            yield
        finally:
            _remove()
            cursor.execute("SET maintenance_work_mem = '1GB'")
            cursor.execute(make)
            _triggers(cursor, "ENABLE")


def _remove() -> None:
    """Delete what was written, and leave no trace of that; totals are counted later."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE customers_customer DISABLE TRIGGER USER")
        cursor.execute(
            "DELETE FROM customers_customer WHERE email LIKE '%@writers.example'"
        )
        cursor.execute("ALTER TABLE customers_customer ENABLE TRIGGER USER")
        cursor.execute("VACUUM (ANALYZE) customers_customer")


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


def _by_sql(organization: Any) -> Write:
    parameters = connection.get_connection_params()
    parameters = {
        name: parameters[name]
        for name in ("dbname", "user", "password", "host", "port")
        if parameters.get(name)
    }
    own = psycopg.connect(**parameters, autocommit=True)

    def write(number: int) -> None:
        person = _person(number)
        own.execute(INSERT, [organization.pk, *person.values()])

    return write


def rates(
    organization: Any, caller: Caller, rounds: int = 3
) -> dict[str, tuple[float, float]]:
    """Mean rows a second without and with, by HTTP and by SQL alone."""
    by_sql = [_by_sql(organization) for _ in range(WRITERS)]
    # The server closes what is idle while the index is made.
    ways: dict[str, Callable[[], list[Write]]] = {
        "HTTP": lambda: [_by_http(caller) for _ in range(WRITERS)],
        "SQL": lambda: by_sql,
    }
    found: dict[str, tuple[list[float], list[float]]] = {
        name: ([], []) for name in ways
    }
    number = 1
    for _ in range(rounds):
        for column, state in enumerate([_without(), nullcontext()]):
            with state:
                for name, writers in ways.items():
                    rate, number = _rate(writers(), number)
                    found[name][column].append(rate)
    _remove()
    recount(Customer)
    return {
        name: (statistics.mean(without), statistics.mean(with_both))
        for name, (without, with_both) in found.items()
    }
