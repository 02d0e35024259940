"""PostgreSQL alone, by pgbench: statements of the peers' tables, prepared."""

import re
import shutil
import subprocess
from pathlib import Path

import psycopg

from benchmarks.peers.database import COLUMNS, MEDIUM, SMALL, WRITTEN, Tenant
from benchmarks.peers.environment import url

CLIENTS = 8
_ANY = "\\set number random(1, 900)\n"
_ONE = "(SELECT id FROM peers.sample WHERE number = :number AND tenant = '{}')"


def scripts(tenants: dict[str, Tenant]) -> dict[str, str]:
    small, written = tenants[SMALL].id, tenants[WRITTEN].id
    medium = tenants[MEDIUM].id
    return {
        "detail": f"{_ANY}SELECT {COLUMNS} FROM peers.peers_customer WHERE "
        f"organization_id = '{medium}' AND id = {_ONE.format(MEDIUM)};",
        "page of 20, 1k organization": f"SELECT {COLUMNS} FROM peers.peers_customer "
        f"WHERE organization_id = '{small}' ORDER BY id DESC LIMIT 20;",
        "count and page": "SELECT count(*) FROM peers.peers_customer WHERE "
        f"organization_id = '{small}';\nSELECT {COLUMNS} FROM peers.peers_customer "
        f"WHERE organization_id = '{small}' ORDER BY id DESC LIMIT 20;",
        "insert": "INSERT INTO peers.peers_customer (organization_id, name, email, "
        "status, metadata, created_at, updated_at) VALUES "
        f"('{written}', 'Ada Lovelace', 'ada@written.example', 'ACTIVE', '{{}}', "
        "now(), now());",
        "update": f"{_ANY}UPDATE peers.peers_customer SET phone = random()::text, "
        f"updated_at = now() WHERE organization_id = '{written}' AND id = "
        f"{_ONE.format(WRITTEN)};",
    }


def rates(tenants: dict[str, Tenant], folder: Path, seconds: int) -> dict[str, float]:
    """Transactions a second of each script; nothing where there is no pgbench."""
    program = shutil.which("pgbench")
    if program is None:
        return {}
    with psycopg.connect(url(), autocommit=True) as connection:
        _sample(connection, tenants)
    results = {}
    for name, text in scripts(tenants).items():
        file = folder / "pgbench.sql"
        file.write_text(text)
        words = [program, "-n", "-M", "prepared", "-c", str(CLIENTS), "-j", "1"]
        words += ["-T", str(seconds), "-f", str(file), url()]
        output = subprocess.run(words, check=True, capture_output=True, text=True)
        match = re.search(r"tps = ([\d.]+)", output.stdout)
        assert match is not None, output.stdout
        results[name] = float(match[1])
    return results


def _sample(connection: psycopg.Connection, tenants: dict[str, Tenant]) -> None:
    """The numbered ids among which a script chooses."""
    connection.execute("DROP TABLE IF EXISTS peers.sample")
    connection.execute(
        "CREATE TABLE peers.sample "
        "(number int, tenant text, id uuid, PRIMARY KEY (number, tenant))"
    )
    rows = [
        (number, name, pk)
        for name in (MEDIUM, WRITTEN)
        for number, pk in enumerate(tenants[name].customers, 1)
    ]
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO peers.sample VALUES (%s, %s, %s)", rows)
    connection.execute("ANALYZE peers.sample")
