"""What a write costs PostgreSQL, and which part of the schema costs how much.

    python -m benchmarks.write_cost [rounds] [another checkout ...]

Each part is taken away in a database of its own, and each other checkout migrates
one. Statements take turns in batches, and the CPU of the backend is read from
/proc/<pid>/schedstat. The server and its data folder belong to the run.
"""

import os
import random
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from fluxrate.server import postgres

ROOT = Path(__file__).resolve().parents[1]
BATCH, ROWS = 40, 2_000
TRIGGERS = """
SELECT format('ALTER TABLE customers_customer DISABLE TRIGGER %I', tgname)
FROM pg_trigger WHERE tgrelid = 'customers_customer'::regclass AND tgname ~ {}
"""
PARTS = {
    "events": TRIGGERS.format("'^pgtrigger_record_'"),
    "totals": TRIGGERS.format("'^pgtrigger_row_count_'"),
    "revision": TRIGGERS.format("'^pgtrigger_(bump|initial)_revision_'"),
    "index customer_search": "VALUES ('DROP INDEX customer_search')",
    "index customer_filters": "VALUES ('DROP INDEX customer_filters')",
    "index customer_updated": "VALUES ('DROP INDEX customer_updated')",
}
COLUMNS = """(id, organization_id, name, email, external_id, phone,
    billing_address_line1, billing_address_city, billing_address_country,
    billing_address_postal_code, status, metadata)"""
VALUES = """gen_random_uuid(), organization, 'Mary Johnson' || i,
    'mary.johnson' || i || '@example.com', salt || i, '+49 30 ' || 1000000 + i + shift,
    'Main Street 1', 'Berlin', 'DE', '10115', 'ACTIVE', '{"segment": "smb"}'"""
STATEMENTS = {
    "INSERT": f"INSERT INTO customers_customer {COLUMNS} VALUES ({VALUES})",
    "UPDATE phone": "UPDATE customers_customer SET phone = '+49 30 ' || 1000000 + i + "
    "shift WHERE id = ids[i]",
    "UPDATE line1": "UPDATE customers_customer SET billing_address_line1 = "
    "'Street ' || shift WHERE id = ids[i]",
    "UPDATE status": "UPDATE customers_customer SET status = CASE status WHEN 'ACTIVE' "
    "THEN 'INACTIVE' ELSE 'ACTIVE' END WHERE id = ids[i]",
}
# Of a checkout that may lack some of the columns.
ORGANIZATION = """
    INSERT INTO organizations_organization SELECT organization.* FROM
    jsonb_populate_record(NULL::organizations_organization, jsonb_build_object(
        'id', gen_random_uuid(), 'name', 'Acme', 'is_test', false, 'revision', 1,
        'created_at', now(), 'updated_at', now(), 'restore_days', 30,
        'require_deletion_preview', false)) AS organization"""
LOOP = """DO $$ DECLARE ids uuid[] := '{{{ids}}}'; shift integer := {shift};
    salt text := '{shift}-'; organization uuid := '{organization}';
BEGIN FOR i IN 1 .. {batch} LOOP {statement}; END LOOP; END $$"""


class Copy:
    """One database, its connection, and the microseconds of each statement in it."""

    def __init__(self, url: str, name: str) -> None:
        address = urlsplit(url)._replace(path=f"/{name}").geturl()
        self.session = psycopg.connect(address, autocommit=True)
        self.session.execute("SET synchronous_commit = off")
        (pid,) = self.session.execute("SELECT pg_backend_pid()").fetchone()
        self.statistics = Path(f"/proc/{pid}/schedstat")
        query = (
            "SELECT organization_id, array_agg(id) FROM customers_customer GROUP BY 1"
        )
        self.organization, self.ids = self.session.execute(query).fetchone()
        self.costs: dict[str, list[float]] = {name: [] for name in STATEMENTS}

    def nanoseconds(self) -> int:
        return int(self.statistics.read_text().split()[0])

    def measure(self, name: str) -> None:
        ids = ",".join(str(one) for one in random.sample(self.ids, BATCH))
        text = LOOP.format(
            ids=ids,
            shift=random.randrange(8_000_000),
            organization=self.organization,
            batch=BATCH,
            statement=STATEMENTS[name],
        )
        before = self.nanoseconds()
        self.session.execute(text)
        self.costs[name].append((self.nanoseconds() - before) / BATCH / 1000)


def migrated(url: str, name: str, checkout: Path) -> None:
    """A database with the schema of a checkout and ROWS customers."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    address = urlsplit(url)._replace(path=f"/{name}").geturl()
    subprocess.run(
        [sys.executable, "manage.py", "migrate", "--verbosity=0"],
        cwd=checkout,
        env=os.environ | {"DATABASE_URL": address},
        check=True,
    )
    with psycopg.connect(address, autocommit=True) as session:
        session.execute(ORGANIZATION)
        values = VALUES.replace("organization,", "o.id,", 1).replace("salt", "'first-'")
        session.execute(
            f"INSERT INTO customers_customer {COLUMNS} "
            f"SELECT {values.replace('shift', '0')} "
            f"FROM organizations_organization AS o, generate_series(1, {ROWS}) AS i"
        )
        session.execute("VACUUM (ANALYZE) customers_customer")


def without(url: str, part: str, name: str) -> None:
    """A copy of the database `whole` that lacks a part."""
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name} TEMPLATE whole")
    address = urlsplit(url)._replace(path=f"/{name}").geturl()
    with psycopg.connect(address, autocommit=True) as session:
        for (statement,) in session.execute(PARTS[part]).fetchall():
            session.execute(statement)


def measured(url: str, rounds: int, checkouts: list[Path]) -> dict[str, Copy]:
    names = {"whole": "whole"}
    migrated(url, "whole", ROOT)
    for number, part in enumerate(PARTS):
        names[f"without {part}"] = f"part_{number}"
        without(url, part, f"part_{number}")
    for number, checkout in enumerate(checkouts):
        names[str(checkout)] = f"other_{number}"
        migrated(url, f"other_{number}", checkout)
    copies = {title: Copy(url, name) for title, name in names.items()}
    for number in range(rounds + 2):
        for name in STATEMENTS:
            for copy in random.sample(list(copies.values()), len(copies)):
                copy.measure(name)
        # The first two rounds only make plans and fill caches.
        if number == 1:
            for copy in copies.values():
                copy.costs = {name: [] for name in STATEMENTS}
    return copies


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    checkouts = [Path(path).resolve() for path in sys.argv[2:]]
    with tempfile.TemporaryDirectory(prefix="fluxrate-write-") as data_dir:
        Path(data_dir).chmod(0o711)
        with postgres.running(Path(data_dir)):
            copies = measured(postgres.url(Path(data_dir)), rounds, checkouts)
            for copy in copies.values():
                copy.session.close()
    print(f"{rounds} rounds of {BATCH}; load average {os.getloadavg()[0]:.1f}\n")
    print("| µs of CPU, median | " + " | ".join(STATEMENTS) + " |")
    print("|---" * (len(STATEMENTS) + 1) + "|")
    whole = {
        name: statistics.median(copies["whole"].costs[name]) for name in STATEMENTS
    }
    for title, copy in copies.items():
        medians = {name: statistics.median(costs) for name, costs in copy.costs.items()}
        cells = [
            f"{medians[name]:.0f} ({medians[name] / whole[name]:.2f})" for name in whole
        ]
        print(f"| {title} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
