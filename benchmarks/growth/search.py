"""`make bench-search`: what a search costs beside a filter, and over all organizations.

Pages of 20 customers with their totals, asked of the querysets as the API and the admin
do, each search in turn with and without a filter. ORGANIZATIONS (402) share a million
customers, which are made once in DATA_DIR. ROUNDS (30) is how often each is asked.
"""

import os
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
ORGANIZATIONS = int(os.environ.get("ORGANIZATIONS", "402"))
ROUNDS = int(os.environ.get("ROUNDS", "30"))
NAME = "growth" if ORGANIZATIONS == 402 else f"growth-{ORGANIZATIONS}"
os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / NAME))
os.environ |= {"STATEMENT_TIMEOUT": "0", "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}

import django
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from fluxrate.server import postgres

SIZE = 20
WITHIN = {
    "rare": "blackman",
    "frequent": "johnson",
    "nearly all": "example",
    "two characters": "li",
    "one typo": "blackmna",
    "one typo, frequent": "jonhson",
    "two words": "johnson mary",
    "half a name": "guadal",
    "no match": "qqxzvv",
}
Ask = Callable[[], int]


def build() -> None:
    """A million customers of 402 organizations; each further one has four more."""
    from benchmarks.growth import dataset
    from customers.models import Customer
    from organizations.models import Organization

    dataset.build()
    further = ORGANIZATIONS - Organization.objects.count()
    if further <= 0:
        return
    owners = Organization.objects.bulk_create(
        Organization(name=f"Further {number:05d}") for number in range(further)
    )
    fields = ("name", "email", "external_id", "phone", "status")
    people = Customer.objects.filter(organization__name="Large").values(*fields)
    Customer.objects.bulk_create(
        (
            Customer(organization=owners[at // 4], **person)
            for at, person in enumerate(people[: 4 * further])
        ),
        batch_size=2_000,
    )
    with connection.cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) customers_customer")


def asking(rows: Any, text: str, owner: Any, *, is_narrowed: bool) -> Ask:
    from customers.search.statement import Search
    from customers.search.terms import Terms

    owner_id = owner and owner.pk

    def ask() -> int:
        terms = Terms(text)
        search = Search(rows, terms, organization_id=owner_id, is_narrowed=is_narrowed)
        return search.slice(0, SIZE).total

    return ask


def measured(asks: dict[Any, Ask]) -> dict[Any, tuple[float, float, int]]:
    """Median and 95th percentile in milliseconds, and the total, of each in turn."""
    seconds: dict[Any, list[float]] = {name: [] for name in asks}
    totals = {name: ask() for name, ask in asks.items()}
    for _ in range(ROUNDS):
        for name, ask in asks.items():
            began = time.perf_counter()
            ask()
            seconds[name].append(time.perf_counter() - began)
    return {
        name: (
            statistics.median(each) * 1000,
            statistics.quantiles(each, n=20)[18] * 1000,
            totals[name],
        )
        for name, each in seconds.items()
    }


def within(label: str, rows: Any, owner: Any = None) -> Iterator[str]:
    asks = {
        (name, narrowed): asking(
            rows.filter(status="INACTIVE") if narrowed else rows,
            text,
            owner,
            is_narrowed=narrowed,
        )
        for name, text in WITHIN.items()
        for narrowed in (False, True)
    }
    results = measured(asks)
    for name in WITHIN:
        (p50, p95, total), (by, by95, left) = results[name, False], results[name, True]
        yield (
            f"| {label} | {name} | {total:,} | {p50:.1f} | {p95:.1f} | {left:,} "
            f"| {by:.1f} | {by95:.1f} | {by95 / p95:.2f} |"
        )


def everywhere(rows: Any) -> Iterator[str]:
    middle = rows.exclude(external_id=None).exclude(phone=None).order_by("id")
    one = middle[250_000]
    texts = {
        "email": one.email.upper(),
        "Name &lt;email&gt;": f"Somebody <{one.email}>",
        "mailto:": f"mailto:{one.email}",
        "external id": one.external_id,
        "phone": one.phone,
        "last four digits": one.phone[-4:],
        "id": str(one.pk),
        "first 8 of an id": str(one.pk)[:8],
        "full name": one.name,
        "@example.org": "@example.org",
        **WITHIN,
    }
    results = measured(
        {
            name: asking(rows, text, None, is_narrowed=False)
            for name, text in texts.items()
        }
    )
    for name, (p50, p95, total) in results.items():
        yield f"| all {ORGANIZATIONS:,} | {name} | {total:,} | {p50:.1f} | {p95:.1f} |"


def far(rows: Any) -> Iterator[str]:
    from django.db.models.functions import Upper

    from customers.models.customer import sorted_name
    from fluxrate.api.pagination import CountedPages

    email, name = Upper("email"), sorted_name()
    pages = {
        "the middle, by `-email`": ([email.desc(), "-id"], 250_000),
        "page 5,000, by `name,-email`": ([name.asc(), email.desc(), "-id"], 100_000),
        "page 1, by `name`": ([name.asc(), "id"], 0),
        "the middle, by `name`": ([name.asc(), "id"], 250_000),
    }

    def page(order: list[Any], start: int) -> Ask:
        return lambda: len(
            CountedPages(rows.order_by(*order)).slice(start, start + SIZE)
        )

    results = measured({name: page(*each) for name, each in pages.items()})
    for name, (p50, p95, _) in results.items():
        yield f"| {name} | {p50:.1f} | {p95:.1f} |"


def report() -> Iterator[str]:
    from customers.models import Customer
    from organizations.models import Organization

    yield "| of | search | total | p50 ms | p95 | INACTIVE | p50 | p95 | p95 beside |"
    yield "|---|---|---|---|---|---|---|---|---|"
    large, medium = (
        Organization.objects.get(name=name) for name in ("Large", "Medium")
    )
    yield from within("500,000", Customer.objects.owned_by(large), large)
    yield from within("100,000", Customer.objects.owned_by(medium), medium)
    yield from within("all", Customer.objects.all())
    yield from ("", "| of | search | total | p50 ms | p95 |", "|---|---|---|---|---|")
    yield from everywhere(Customer.objects.all())
    yield from ("", "| a page of 500,000 | p50 ms | p95 |", "|---|---|---|")
    yield from far(Customer.objects.owned_by(large))


if __name__ == "__main__":
    with postgres.running(settings.DATA_DIR):
        django.setup()
        call_command("migrate", verbosity=0)
        build()
        for line in report():
            print(line, flush=True)
