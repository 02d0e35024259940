"""Fill an organization with demonstration data, by COPY."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice

from django.contrib.postgres.indexes import GinIndex
from django.db import connection, transaction

from customers.models import Customer, Plan, Subscription
from fluxrate.postgres.timeouts import lifted
from organizations.models import Organization
from organizations.models.totals import recount

from .rows import CUSTOMER_COLUMNS, SUBSCRIPTION_COLUMNS, PlanRow, Rows

PLANS = [
    ("Starter", "starter", "month", 0),
    ("Team", "team", "month", 14),
    ("Business", "business", "month", 14),
    ("Business yearly", "business-yearly", "year", 14),
    ("Enterprise", "enterprise", "year", 0),
]
CHUNK = 10_000
# From here on, building the GIN indexes anew is faster than adding row by row.
MANY = 50_000


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
        _gin_indexes(rebuilt=many),
    ):
        for organization, count in sizes.items():
            plans = plans_of(organization)
            rows = Rows(organization.pk, plans, count, organization.name)
            _copy_all(iter(rows), progress)
        if not history:
            for model in (Customer, Subscription):
                recount(model)
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer, customers_subscription")


def _copy_all(rows: Iterator[tuple[str, str]], progress: Callable[[int], None]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        customers, subscriptions = zip(*chunk, strict=True)
        _copy(Customer._meta.db_table, CUSTOMER_COLUMNS, customers)
        _copy(Subscription._meta.db_table, SUBSCRIPTION_COLUMNS, subscriptions)
        progress(len(chunk))


def _copy(table: str, columns: list[str], lines: tuple[str, ...]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write("".join(lines))


@contextmanager
def _triggers(*, run: bool) -> Iterator[None]:
    """Let the tables' triggers run, or not; the tables are locked meanwhile."""
    if run:
        yield
        return
    tables = [model._meta.db_table for model in (Customer, Subscription)]
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        yield
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@contextmanager
def _gin_indexes(*, rebuilt: bool) -> Iterator[None]:
    indexes = [each for each in Customer._meta.indexes if isinstance(each, GinIndex)]
    if not rebuilt or not indexes:
        yield
        return
    with connection.schema_editor(atomic=False) as editor:
        for index in indexes:
            editor.remove_index(Customer, index)
    yield
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET LOCAL maintenance_work_mem = '1GB'")
    with connection.schema_editor(atomic=False) as editor:
        for index in indexes:
            editor.add_index(Customer, index)
