"""The database that all servers share: a million customers, twice.

Fluxrate's tables are in the schema `public`. The peers' tables are in the schema
`peers`, with the same customers under the same ids, and without triggers.
"""

import os
import secrets
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from django.core.management import call_command
from psycopg import sql

from benchmarks.growth.dataset import build
from benchmarks.peers.environment import NAME, ROOT, socket_folder, url

# Reads do not see what writes leave: each has organizations of its own.
SMALL, MEDIUM, LARGE, WRITTEN = "Small 000", "Medium", "Large", "Small 399"
USED = (SMALL, MEDIUM, LARGE, WRITTEN)
_OTHERS = "SELECT datname FROM pg_database WHERE datname LIKE 'bench\\_%%'"
COLUMNS = """
    id, organization_id, name, email, external_id, phone, billing_address_line1,
    billing_address_line2, billing_address_city, billing_address_state,
    billing_address_country, billing_address_postal_code, status, metadata,
    created_at, updated_at"""
# Without indexes a million rows are copied in a tenth of the time.
_COPY = f"""
INSERT INTO peers.peers_organization (id, name)
    SELECT id, name FROM public.organizations_organization;
INSERT INTO peers.peers_customer ({COLUMNS})
    SELECT {COLUMNS} FROM public.customers_customer ORDER BY organization_id, id;
"""
_USER = """
WITH member AS (
    INSERT INTO peers.peers_user (password, is_superuser, username, first_name,
        last_name, email, is_staff, is_active, date_joined, organization_id)
    SELECT '!', false, name, '', '', '', false, true, now(), id
    FROM peers.peers_organization WHERE name = %(name)s RETURNING id)
INSERT INTO peers.authtoken_token (key, created, user_id)
    SELECT %(key)s, now(), id FROM member"""
_SECONDARY = """
SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index
WHERE indrelid = 'peers.peers_customer'::regclass AND NOT indisunique"""


def create() -> None:
    """Create the database if it does not exist, and drop those of other schemas."""
    with psycopg.connect(url("postgres"), autocommit=True) as server:
        names = {name for (name,) in server.execute(_OTHERS)}
        for name in names - {NAME}:
            server.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
        if NAME not in names:
            server.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(NAME)))


def fill(peers_python: Path) -> None:
    """Create what is missing of both schemas: some three minutes, once."""
    call_command("migrate", verbosity=0)
    build()
    with psycopg.connect(url(), autocommit=True) as connection:
        if connection.execute("SELECT to_regclass('peers.filled')").fetchone() != (
            None,
        ):
            return
        connection.execute("DROP SCHEMA IF EXISTS peers CASCADE")
        connection.execute("CREATE SCHEMA peers")
        migrate_peers(peers_python)
        copy(connection)
        connection.execute("CREATE TABLE peers.filled ()")


def migrate_peers(peers_python: Path) -> None:
    """Let the Django peers create their tables."""
    subprocess.run(
        [peers_python, "-m", "django", "migrate", "--run-syncdb", "--verbosity=0"],
        check=True,
        cwd=ROOT,
        env=peers_environment(),
    )


def peers_environment() -> dict[str, str]:
    """The environment of a peer's processes: none of Fluxrate's settings."""
    return {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(ROOT),
        "DJANGO_SETTINGS_MODULE": "benchmarks.peers.django_site.settings",
        "PGHOST": socket_folder(),
        "PGDATABASE": NAME,
    }


def copy(connection: psycopg.Connection) -> None:
    indexes = connection.execute(_SECONDARY).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.SQL(name)))
    connection.execute(_COPY)
    for _, definition in indexes:
        connection.execute(definition)
    for name in USED:
        key = secrets.token_hex(20)
        connection.execute(_USER, {"name": name, "key": key})
    connection.execute("VACUUM (ANALYZE)")


@dataclass(frozen=True)
class Tenant:
    """An organization, the peers' token of it, and customers of it."""

    id: UUID
    token: str
    customers: list[str]


_TENANT = """
SELECT organization.id, token.key FROM peers.peers_organization AS organization
JOIN peers.peers_user AS member ON member.organization_id = organization.id
JOIN peers.authtoken_token AS token ON token.user_id = member.id
WHERE organization.name = %s"""
# Evenly over the organization, and the same in every run.
_CUSTOMERS = """
SELECT id::text FROM (
    SELECT id, row_number() OVER (ORDER BY id) AS number, count(*) OVER () AS rows
    FROM peers.peers_customer WHERE organization_id = %s) AS numbered
WHERE number %% greatest(rows / 1000, 1) = 0 LIMIT 1000"""


def tenants() -> dict[str, Tenant]:
    """The organizations that the cases use, by name."""
    with psycopg.connect(url()) as connection:
        result = {}
        for name in USED:
            row = connection.execute(_TENANT, [name]).fetchone()
            assert row is not None, name
            ids = connection.execute(_CUSTOMERS, [row[0]]).fetchall()
            result[name] = Tenant(row[0], row[1], [pk for (pk,) in ids])
        return result


# What the cases wrote. Events stay, as they would; totals are counted again.
_REMOVE = """
ALTER TABLE public.customers_customer DISABLE TRIGGER USER;
DELETE FROM public.customers_customer
    WHERE organization_id = {id} AND email LIKE '%@written.example';
ALTER TABLE public.customers_customer ENABLE TRIGGER USER;
DELETE FROM public.fluxrate_rowcount
    WHERE model = 'customers_customer' AND organization_id = {id};
INSERT INTO public.fluxrate_rowcount (organization_id, model, status, slot, rows)
    SELECT organization_id, 'customers_customer', status, 0, count(*)
    FROM public.customers_customer WHERE organization_id = {id}
    GROUP BY organization_id, status;
DELETE FROM peers.peers_customer
    WHERE organization_id = {id} AND email LIKE '%@written.example';
"""
_WRITTEN_TABLES = "public.customers_customer, peers.peers_customer"
_BUSY = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND state <> 'idle' AND pid <> pg_backend_pid()"""
_PATIENCE = 120.0


def remove_written() -> None:
    """Remove the customers that a round created, and their dead rows."""
    with psycopg.connect(url(), autocommit=True) as connection:
        row = connection.execute(_TENANT, [WRITTEN]).fetchone()
        assert row is not None, WRITTEN
        connection.execute(sql.SQL(_REMOVE).format(id=sql.Literal(row[0])))
        connection.execute(f"VACUUM (ANALYZE) {_WRITTEN_TABLES}")


def wait_until_idle() -> None:
    """Return when no statement runs: some servers finish what nobody waits for."""
    deadline = time.monotonic() + _PATIENCE
    with psycopg.connect(url(), autocommit=True) as connection:
        while connection.execute(_BUSY).fetchone() != (0,):
            assert time.monotonic() < deadline, "A statement does not end."
            time.sleep(0.05)
