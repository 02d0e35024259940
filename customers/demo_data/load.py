"""Fill an organization with demonstration data, by COPY."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any

from django.db import connection, transaction

from customers.models import Customer, Plan, Subscription
from fluxrate.models.row_count import recount
from fluxrate.postgres.timeouts import lifted
from organizations.models import Organization

from .rows import CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS, PlanRow, Rows

PLANS = [
    ("Starter", "starter", "month", 0),
    ("Team", "team", "month", 14),
    ("Business", "business", "month", 14),
    ("Business yearly", "business-yearly", "year", 14),
    ("Enterprise", "enterprise", "year", 0),
]
CHUNK = 10_000
TABLES = [model._meta.db_table for model in (Customer, Subscription)]
# From here on, building indexes anew and joining for foreign keys once is faster than
# doing so row by row.
MANY = 50_000
# What tables have beside their keys: how to drop it, and how to make it again.
_EXTRAS = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) AND contype = 'f'
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique
"""


def plans_of(organization: Organization) -> list[PlanRow]:
    """The demonstration's plans, made where they do not exist."""
    for name, lookup_id, interval, trial_days in PLANS:
        Plan.objects.get_or_create(
            organization=organization,
            lookup_id=lookup_id,
            defaults={
                "name": name,
                "billing_interval": interval,
                "trial_days": trial_days,
            },
        )
    plans = Plan.objects.filter(organization=organization).order_by("lookup_id")
    return [PlanRow(plan.pk, plan.name, plan.billing_interval) for plan in plans]


def fill(
    sizes: dict[Organization, int],
    *,
    history: bool = True,
    progress: Callable[[int], None] = lambda _: None,
) -> None:
    """Give each organization so many customers, all in one transaction.

    Without `history` no triggers run: no event tells of the rows. The same
    organization's name and size make the same people.
    """
    many = sum(sizes.values()) >= MANY
    with (
        lifted(connection),
        transaction.atomic(),
        _triggers(run=history),
        _keys_alone(many),
    ):
        rows = [
            Rows(organization.pk, plans_of(organization), count, organization.name)
            for organization, count in sizes.items()
        ]
        _copy_all(chain.from_iterable(rows), progress)
        if not history:
            for model in (Customer, Subscription):
                recount(model)
    with connection.cursor() as cursor:
        cursor.execute(f"VACUUM (ANALYZE) {', '.join(TABLES)}")


def _copy_all(rows: Iterator[tuple[str, str]], progress: Callable[[int], None]) -> None:
    """While the database reads one chunk, the next one is made."""
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as beside:
        copied = beside.submit(int)
        while chunk := list(islice(rows, CHUNK)):
            progress(copied.result())
            copied = beside.submit(_copy, cursor, chunk)
        progress(copied.result())


def _copy(cursor: Any, chunk: list[tuple[str, str]]) -> int:
    columns = CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS
    for table, names, lines in zip(
        TABLES, columns, zip(*chunk, strict=True), strict=True
    ):
        statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            copy.write("".join(lines))
    return len(chunk)


@contextmanager
def _triggers(*, run: bool) -> Iterator[None]:
    """Let the tables' triggers run, or not; the tables are locked meanwhile."""
    if run:
        yield
        return
    with connection.cursor() as cursor:
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in TABLES:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def _keys_alone(many: bool) -> Iterator[None]:
    """Load without foreign keys and indexes other than keys, and make them after."""
    if not many:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_EXTRAS, [TABLES, TABLES])
        extras = cursor.fetchall()
        for drop, _ in extras:
            cursor.execute(drop)
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        for _, make in extras:
            cursor.execute(make)
