"""`make bench-growth`: does anything grow with the data?

The data is made once, in DATA_DIR (.data/growth). ROUNDS (20) is how often every case
is asked five times. The table goes to benchmarks/README.md, section “Growth”.
"""

import os
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

ROOT = Path(__file__).resolve().parents[2]
os.environ.setdefault("DATA_DIR", str(ROOT / ".data" / "growth"))
os.environ |= {"STATEMENT_TIMEOUT": "0", "DJANGO_SETTINGS_MODULE": "fluxrate.settings"}

import django
import psutil
from django.conf import settings
from django.core.management import call_command
from django.db import connection

from benchmarks.growth.measure import Caller, Case, run
from fluxrate.postgres import embedded

PORT = 8765
COLUMNS = ["name", "email", "external_id", "phone"]


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
        Case("Search: two letters", "Large", {"search": "li"}),
        Case("Search: one typo", "Large", {"search": "blackmna"}),
        Case("Search: one typo, frequent", "Large", {"search": "jonhson"}),
        Case("Search: two words", "Large", {"search": "johnson mary"}),
        Case("Search: none found", "Large", {"search": "qqxzvv"}),
        Case("Filter: city and status", "Large", FILTER),
    ]


FILTER = {"billing_address_city": "Besançon", "status": "INACTIVE"}


def ilike(organization: str, text: str) -> float:
    """Milliseconds of the search that nearly everybody writes; the median of five."""
    where = " OR ".join(f"{column} ILIKE %s" for column in COLUMNS)
    taken = []
    for _ in range(5):
        began = time.perf_counter()
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT * FROM customers_customer WHERE organization_id = %s AND "
                f"({where}) ORDER BY id DESC LIMIT 20",
                [organization, *[f"%{text}%"] * len(COLUMNS)],
            )
            cursor.fetchall()
        taken.append(time.perf_counter() - began)
    return sorted(taken)[2] * 1000


def serve() -> subprocess.Popen:
    environment = os.environ | {
        "PORT": str(PORT),
        "RATE_LIMIT": "0",
        "LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen(
        [sys.executable, "manage.py", "up"], cwd=ROOT, env=environment
    )
    while True:
        try:
            urlopen(f"http://127.0.0.1:{PORT}/health", timeout=5).close()
            return server
        except OSError:
            assert server.poll() is None, "The server has ended."
            time.sleep(0.2)


def measured(rounds: int) -> tuple[list[Case], float]:
    from benchmarks.growth.dataset import PASSWORD, build, email
    from customers.models import Customer

    build()
    rows = Customer.objects.filter(organization__name="Large").order_by("-id")
    last, deep = str(rows[19].pk), str(rows[400_000].pk)
    organization = str(rows[0].organization_id)
    password = os.environ.get("BENCHMARK_PASSWORD", PASSWORD)
    server = serve()
    try:
        address = f"127.0.0.1:{PORT}"
        callers = {
            name: Caller(address, email(name), password)
            for name in ("Small 000", "Medium", "Large")
        }
        pid = int(
            (Path(settings.DATA_DIR) / "postgres" / "postmaster.pid").open().readline()
        )
        found = cases(last, deep)
        roots = [psutil.Process(server.pid), psutil.Process(pid)]
        run(found, callers, roots, rounds=rounds)
        return found, ilike(organization, "blackman")
    finally:
        server.terminate()
        server.wait()


def table(found: list[Case], compared: float) -> str:
    by_name = {case.name: case for case in found}
    first, rare = by_name["List, page 1, 500,000"], by_name["Search: rare"]
    lines = [
        "| case | total | p50 ms | p95 ms | CPU ms | of page 1 |",
        "|---|---|---|---|---|---|",
    ]
    for case in found:
        p50, p95 = case.percentile(50), case.percentile(95)
        share = p50 / first.percentile(50)
        lines.append(
            f"| {case.name} | {case.total:,} | {p50:.1f} | {p95:.1f} | "
            f"{case.cpu_per_request:.1f} | {share:.2f} |"
        )
    small = first.percentile(50) / by_name["List, page 1, 1,000"].percentile(50)
    lines += [
        "",
        f"- Page 1 of 500,000 is {small:.2f} × page 1 of 1,000.",
        f"- The same rare term by ILIKE, in SQL alone: {compared:.0f} ms, "
        f"{compared / rare.percentile(50):.0f} × the search over HTTP.",
    ]
    return "\n".join(lines)


def write(text: str) -> None:
    page = ROOT / "benchmarks" / "README.md"
    before = page.read_text() if page.exists() else "# Benchmarks\n"
    head, _, rest = before.partition("## Growth\n")
    _, mark, after = rest.partition("\n## ")
    title = "One interleaved run of `make bench-growth`; only ratios within it count."
    section = f"## Growth\n\n{title}\n\n{text}\n"
    page.write_text(f"{head.rstrip()}\n\n{section}{mark}{after}")


if __name__ == "__main__":
    with embedded.running(settings.DATA_DIR):
        django.setup()
        call_command("migrate", verbosity=0)
        report = table(*measured(int(os.environ.get("ROUNDS", "20"))))
    print(report)
    write(report)
