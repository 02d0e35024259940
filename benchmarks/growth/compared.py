"""The search beside ILIKE over the same columns: SQL and SQL, in turn."""

import statistics
import time
from collections.abc import Callable
from typing import Any

from django.db import connection

from customers.models import Customer
from customers.search.statement import Search
from customers.search.terms import Terms

COLUMNS = ["name", "email", "external_id", "phone"]
SIZE = 20


def _ilike(organization: Any, text: str, *, counted: bool) -> tuple[str, list[Any]]:
    """A page, newest first, by the search that nearly everybody writes."""
    where = " OR ".join(f"{column} ILIKE %s" for column in COLUMNS)
    total = ", count(*) OVER ()" if counted else ""
    return (
        f"SELECT id{total} FROM customers_customer WHERE organization_id = %s AND "
        f"({where}) ORDER BY id DESC LIMIT {SIZE}",
        [organization.pk, *[f"%{text}%"] * len(COLUMNS)],
    )


def _execute(statement: str, parameters: list[Any]) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        cursor.fetchall()


def _milliseconds(way: Callable[[], object]) -> float:
    began = time.perf_counter()
    way()
    return (time.perf_counter() - began) * 1000


def compared(organization: Any, text: str, rounds: int = 6) -> dict[str, float]:
    """Median milliseconds: the page with its total, both ways; and ILIKE's page alone,
    which may stop at the twentieth match."""
    rows = Customer.objects.owned_by(organization)
    search = Search(rows, Terms(text), organization_id=organization.pk)
    ways: dict[str, Callable[[], object]] = {
        "search": lambda: search.ids(0, SIZE),
        "ilike": lambda: _execute(*_ilike(organization, text, counted=True)),
        "ilike, no total": lambda: _execute(*_ilike(organization, text, counted=False)),
    }
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            taken[name] += [_milliseconds(way) for _ in range(5)]
    return {name: statistics.median(each) for name, each in taken.items()}
