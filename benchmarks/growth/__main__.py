"""`make bench-growth`: does anything grow with the data?

The data is made once, in DATA_DIR (.data/growth). ROUNDS (20) is how often every case
is asked five times. The table goes to benchmarks/README.md, section “Growth”.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "growth"))
os.environ |= {"STATEMENT_TIMEOUT": "0", "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}

import django
import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.growth.measure import Caller, Case, run
from benchmarks.site import served
from fluxrate.server import postgres

PORT = 8765
LARGE = "Large"


def cases(last: str, deep: str) -> list[Case]:
    far = {"page": 20_000}
    middle = {"page": 12_500}
    return [
        Case("List, page 1, 1,000", "Small 000", {}),
        Case("List, page 1, 100,000", "Medium", {}),
        Case("List, page 1, 500,000", "Large", {}),
        Case("after=, next page", "Large", {"after": last}),
        Case("after=, depth 400,000", "Large", {"after": deep}),
        Case("Page 20,000 of 25,000", "Large", far),
        Case("Page 12,500, the middle", "Large", middle),
        Case("Search: rare", "Large", {"search": "blackman"}),
        Case("Search: frequent", "Large", {"search": "johnson"}),
        Case("Search: nearly all", "Large", {"search": "example"}),
        Case("Search: two characters", "Large", {"search": "li"}),
        Case("Search: two characters, 100,000", "Medium", {"search": "li"}),
        Case("Search: one typo", "Large", {"search": "blackmna"}),
        Case("Search: one typo, frequent", "Large", {"search": "jonhson"}),
        Case("Search: two words", "Large", {"search": "johnson mary"}),
        Case("Search: no match", "Large", {"search": "qqxzvv"}),
        Case("Filter: city and status", "Large", FILTER),
        Case("Filter: country", "Large", {"billing_address_country": "SE"}),
        Case("Filter: country, long", "Large", {"billing_address_country": "US"}),
    ]


FILTER = {"billing_address_city": "Besançon", "status": "INACTIVE"}


@dataclass
class Measured:
    cases: list[Case]
    # Seconds; None where the data had been there.
    seeding: float | None
    # Median milliseconds by way, and rows a second without and with.
    compared: dict[str, float]
    writers: dict[str, tuple[float, float]]


def measured(rounds: int) -> Measured:
    from benchmarks.growth.compared import compared
    from benchmarks.growth.dataset import PASSWORD, build, email
    from benchmarks.growth.writers import copy_without, rates
    from customers.models import Customer

    seeding = build()
    rows = Customer.objects.filter(organization__name=LARGE).order_by("-id")
    last, deep = str(rows[19].pk), str(rows[400_000].pk)
    organization = rows[0].organization
    database = connection.settings_dict["NAME"]
    results = cases(last, deep)
    with copy_without() as copy, served(PORT, database) as (address, server):
        callers = {
            name: Caller(address, email(name), PASSWORD)
            for name in ("Small 000", "Medium", LARGE)
        }
        run(results, callers, server, _postmaster(), rounds=rounds)
        both_ways = compared(organization, "blackman")
        with served(PORT + 1, copy) as (other, _):
            writers = {
                copy: Caller(other, email(LARGE), PASSWORD),
                database: callers[LARGE],
            }
            written = rates(organization, writers)
    return Measured(results, seeding, both_ways, written)


def _postmaster() -> psutil.Process:
    file = Path(settings.DATA_DIR) / "postgres" / "postmaster.pid"
    return psutil.Process(int(file.read_text().split()[0]))


def table(results: Measured) -> str:
    by_name = {case.name: case for case in results.cases}
    first = by_name["List, page 1, 500,000"]
    lines = [
        "| case | total | p50 ms | p95 ms | CPU ms | PostgreSQL ms | of page 1 |",
        "|---|---|---|---|---|---|---|",
    ]
    for case in results.cases:
        p50, p95 = case.percentile(50), case.percentile(95)
        share = p50 / first.percentile(50)
        lines.append(
            f"| {case.name} | {case.total:,} | {p50:.1f} | {p95:.1f} | "
            f"{case.per_request(case.cpu):.1f} | "
            f"{case.per_request(case.postgres_cpu):.1f} | {share:.2f} |"
        )
    small = first.percentile(50) / by_name["List, page 1, 1,000"].percentile(50)
    lines += ["", f"- Page 1 of 500,000 is {small:.2f} × page 1 of 1,000."]
    return "\n".join([*lines, *remarks(results, by_name["Search: rare"])])


def remarks(results: Measured, rare: Case) -> Iterator[str]:
    search, ilike = results.compared["search"], results.compared["ilike"]
    alone = results.compared["ilike, no total"]
    yield (
        f"- The rare term in SQL, page and total: {search:.1f} ms; by ILIKE over the "
        f"same columns {ilike:.0f} ms, {ilike / search:.0f} ×; its page without a "
        f"total {alone:.0f} ms, {alone / search:.0f} ×. The search over HTTP beside "
        f"ILIKE in SQL: {ilike / rare.percentile(50):.0f} ×."
    )
    for way, (without, both) in results.writers.items():
        yield (
            f"- Twenty writers by {way}: {both:,.0f} rows a second, {without:,.0f} "
            f"without totals and search index: {both / without:.0%}."
        )
    if results.seeding:
        yield f"- A million customers were made in {results.seeding:.0f} s."


def write(text: str) -> None:
    page = ROOT / "benchmarks" / "README.md"
    before = page.read_text() if page.exists() else "# Benchmarks\n"
    head, _, rest = before.partition("## Growth\n")
    _, mark, after = rest.partition("\n## ")
    title = "One interleaved run of `make bench-growth`; only ratios within it count."
    section = f"## Growth\n\n{title}\n\n{text}\n"
    page.write_text(f"{head.rstrip()}\n\n{section}{mark}{after}")


if __name__ == "__main__":
    with postgres.running(settings.DATA_DIR):
        django.setup()
        call_command("migrate", verbosity=0)
        report = table(measured(int(os.environ.get("ROUNDS", "20"))))
    print(report)
    write(report)
