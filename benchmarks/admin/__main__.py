"""`make bench-admin`: what the pages of the admin cost over a million customers.

CUSTOMERS (1000000) are in 402 organizations and, in a second database, in 10,000
(ORGANIZATIONS=402,10000). The data is made once, in .data/admin-<organizations>. Every
page is asked for ROUNDS (20) times in turn. The tables go to benchmarks/README.md.
"""

import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .cases import Case

ROOT = Path(__file__).resolve().parents[2]
PORT = 8767
SEARCHES = 200


def measured(customers: int, organizations: int, rounds: int) -> Iterator[str]:
    """The lines of a table, and sentences."""
    from django.db import connection

    from benchmarks.site import served

    from .cases import cases, random_searches
    from .dataset import EMAIL, PASSWORD, build
    from .many import many
    from .staff import Staff

    largest = build(customers, organizations)
    del os.environ["STATEMENT_TIMEOUT"]
    pages, searches = list(cases(largest)), list(random_searches(SEARCHES))
    with served(PORT, connection.settings_dict["NAME"]) as (address, server):
        staff = Staff(address, EMAIL, PASSWORD)
        for number in range(rounds + 1):
            for page in pages:
                page.ask(staff)
                if number == 0:
                    page.milliseconds.clear()
        for search in searches:
            search.ask(staff)
        # Actions and exports want a password of the last ten minutes.
        staff, other = (Staff(address, EMAIL, PASSWORD) for _ in range(2))
        sentences = list(many(staff, other, server))
    yield from table(pages, [search.milliseconds[0] for search in searches])
    yield from sentences


def table(pages: "list[Case]", times: list[float]) -> Iterator[str]:
    """The pages, of the lists with filters the slowest only, and random searches."""
    yield "| page | p50 ms | at most | limit | KB |"
    yield "|---|---|---|---|---|"
    lists = [page for page in pages if page.name.startswith("Customers by ")]
    slowest = sorted(lists, key=lambda page: -page.median)
    for page in pages:
        if page not in lists or page in slowest[:5]:
            yield (
                f"| {page.name} | {page.median:.0f} | {max(page.milliseconds):.0f} | "
                f"{page.limit:.0f} | {page.size / 1000:.0f} |"
            )
    yield (
        f"| {len(times)} random searches within filters "
        f"| {statistics.median(times):.0f} | {max(times):.0f} | 1000 | |"
    )
    yield f"\nOf {len(lists)} lists with one filter or two, the slowest five are shown."


def write(text: str) -> None:
    page = ROOT / "benchmarks" / "README.md"
    head, _, rest = page.read_text().partition("## Admin\n")
    _, mark, after = rest.partition("\n## ")
    page.write_text(f"{head.rstrip()}\n\n## Admin\n\n{text}\n{mark}{after}")


def report(customers: int, organizations: int, rounds: int) -> str:
    """The table of one database, which this process starts."""
    import django
    from django.core.management import call_command

    from fluxrate.server import postgres

    with postgres.running(Path(os.environ["DATA_DIR"])):
        django.setup()
        call_command("migrate", verbosity=0)
        return "\n".join(measured(customers, organizations, rounds))


def main() -> None:
    customers = int(os.environ.get("CUSTOMERS", "1000000"))
    rounds = int(os.environ.get("ROUNDS", "20"))
    if len(sys.argv) > 1:
        print(report(customers, int(sys.argv[1]), rounds))
        return
    tables = []
    for organizations in os.environ.get("ORGANIZATIONS", "402,10000").split(","):
        # A process for each database, since its settings name it.
        folder = ROOT / ".data" / f"admin-{organizations}"
        result = subprocess.run(
            [sys.executable, "-m", "benchmarks.admin", organizations],
            cwd=ROOT,
            env=os.environ | {"DATA_DIR": str(folder)},
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        title = f"{customers:,} customers in {int(organizations):,} organizations"
        tables.append(f"{title}:\n\n{result.stdout.strip()}")
        print(tables[-1])
    write("`make bench-admin`, over HTTP on loopback.\n\n" + "\n\n".join(tables))


if __name__ == "__main__":
    # The limit of the building, not of the server.
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "STATEMENT_TIMEOUT": "0",
    }
    main()
