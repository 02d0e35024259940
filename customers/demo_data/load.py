"""Fill an organization with demonstration data, by COPY."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import chain, islice

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

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
# From this number of rows on, dropping indexes and foreign keys and creating them again
# is faster than maintaining them row by row.
BULK_LOAD = 50_000
# Foreign keys, and indexes that are not unique: how to drop and to create them.
_DROPPABLE = """
SELECT format('ALTER TABLE %%s DROP CONSTRAINT %%I', conrelid::regclass, conname),
       format('ALTER TABLE %%s ADD CONSTRAINT %%I %%s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
FROM pg_constraint WHERE conrelid = ANY (%s::regclass[]) AND contype = 'f'
UNION ALL
SELECT format('DROP INDEX %%s', indexrelid::regclass), pg_get_indexdef(indexrelid)
FROM pg_index WHERE indrelid = ANY (%s::regclass[]) AND NOT indisunique
"""


def plans_of(organization: Organization) -> list[PlanRow]:
    """The plans of PLANS, created if they do not exist."""
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
    """Load customers into each organization, up to its size, in one transaction.

    Without `history` no triggers run, so the rows have no events. The same name and
    size of an organization make the same people.
    """
    bulk = sum(sizes.values()) >= BULK_LOAD
    with (
        lifted(connection),
        transaction.atomic(),
        _triggers(enabled=history),
        _without_indexes(bulk),
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
    """Generate one chunk while the database reads the one before."""
    with connection.cursor() as cursor, ThreadPoolExecutor(1) as executor:
        copied = executor.submit(int)
        while chunk := list(islice(rows, CHUNK)):
            progress(copied.result())
            copied = executor.submit(_copy, cursor, chunk)
        progress(copied.result())


def _copy(cursor: CursorWrapper, chunk: list[tuple[str, str]]) -> int:
    columns = CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS
    for table, names, lines in zip(
        TABLES, columns, zip(*chunk, strict=True), strict=True
    ):
        statement = f"COPY {table} ({', '.join(names)}) FROM STDIN"
        with cursor.copy(statement) as copy:
            copy.write("".join(lines))
    return len(chunk)


@contextmanager
def _triggers(*, enabled: bool) -> Iterator[None]:
    """Disable the tables' triggers unless `enabled`; this locks the tables."""
    if enabled:
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
def _without_indexes(bulk: bool) -> Iterator[None]:
    """Drop what _DROPPABLE finds, and create it again after the load."""
    if not bulk:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(_DROPPABLE, [TABLES, TABLES])
        statements = cursor.fetchall()
        for drop, _ in statements:
            cursor.execute(drop)
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
        for _, create in statements:
            cursor.execute(create)
