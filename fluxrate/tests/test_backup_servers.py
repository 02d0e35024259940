"""Backups of another PostgreSQL, and the upgrade of the embedded one."""

import json
import tempfile
from pathlib import Path

import psycopg
import pytest

from fluxrate.backup.aside import serving
from fluxrate.backup.events import manage
from fluxrate.backup.execution import run
from fluxrate.server import postgres
from fluxrate.server.postgres.cluster import environment
from fluxrate.server.postgres.postmaster import ensure_database
from fluxrate.server.postgres.system_user import system_user_for
from fluxrate.tests import postgres15
from fluxrate.tests.backups import Installation
from fluxrate.tests.programs import required

SEED = ("--customers", "5", "--keep-existing")
SECOND = (*SEED[:2], "--organization", "Second", "--email", "second@acme.example")
POSITIONS = "SELECT transaction FROM fluxrate_event ORDER BY id"
BOUND = "ALTER SYSTEM SET max_slot_wal_keep_size = '1GB'"


@pytest.fixture
def folder():
    if not (postgres15.PROGRAMS / "initdb").exists():
        required("initdb", package="postgresql-15")
    with tempfile.TemporaryDirectory(prefix="fluxrate-backup-") as path:
        Path(path).chmod(0o711)
        yield Path(path)


def administer(folder, *statements):
    """Run statements as the superuser of a cluster; it reads its files again."""
    for statement in (*statements, "SELECT pg_reload_conf()"):
        where = ("--host", str(folder), "--port", port(folder), "--dbname", "postgres")
        postgres15.run("psql", "--quiet", *where, "--command", statement)


def port(folder):
    return (folder / "data" / "postmaster.pid").read_text().splitlines()[3]


def test_another_postgresql_is_backed_up_by_a_role_for_replication(folder):
    server = folder / "server"
    server.mkdir()
    with postgres15.cluster(server) as url:
        address = url.replace("fluxrate@", "backup@").replace("/fluxrate", "/postgres")
        settings = {"DATABASE_URL": url, "BACKUP_DATABASE_URL": address}
        installation = Installation(folder / "data", folder / "backups", settings)
        with (server / "data" / "pg_hba.conf").open("a") as access:
            access.write("host all,replication backup 127.0.0.1/32 trust\n")
        administer(server, "CREATE ROLE backup LOGIN REPLICATION")
        installation.manage("migrate", "--verbosity=0")
        done = installation.run("backup")
        assert "max_slot_wal_keep_size = '4GB'" in done.stderr
        administer(server, BOUND)
        installation.manage("seed_demo", *SEED)
        with installation.streaming():
            installation.manage("seed_demo", *SECOND)
            report = json.loads(installation.manage("rehearse", "--json"))
            assert report["compared_with"] == "live"
            assert report["differences"] == []
    restored, _ = installation.restored("restored")
    paths = postgres.ServerPaths.of(restored.data_dir)
    query = "SELECT count(*), event_base() FROM customers_customer"
    with (
        serving(paths, postgres15.PROGRAMS),
        psycopg.connect(paths.url()) as connection,
    ):
        assert connection.execute(query).fetchone() == (10, 1 << 32)


def test_the_embedded_server_is_upgraded_from_another_major_release(folder):
    installation = Installation(folder / "data", folder / "backups")
    paths = postgres.ServerPaths.of(installation.data_dir)
    user = system_user_for(paths.cluster)
    paths.cluster.mkdir(parents=True)
    user.chown(paths.cluster)
    options = ("--username=postgres", "--encoding=UTF8", "--locale=C.UTF-8")
    run(
        postgres15.PROGRAMS / "initdb",
        f"--pgdata={paths.cluster}",
        *options,
        environment=environment(),
        user=user,
    )
    with serving(paths, postgres15.PROGRAMS):
        ensure_database(paths)
        for command in (("migrate", "--verbosity=0"), ("seed_demo", *SEED)):
            manage(command[0], paths.url(), *command[1:])
    assert "run manage.py upgrade_database" in installation.run("migrate").stderr
    output = installation.manage("upgrade_database")
    assert "From PostgreSQL 15 to 18: " in output
    assert (installation.data_dir / "postgres-15" / "PG_VERSION").exists()
    installation.manage("seed_demo", *SECOND)
    with (
        postgres.running(installation.data_dir) as url,
        psycopg.connect(url) as connection,
    ):
        positions = [row[0] for row in connection.execute(POSITIONS)]
        version = connection.execute("SHOW server_version").fetchone()[0]
    assert positions == sorted(positions)
    assert version.startswith("18.")
    assert "is of PostgreSQL 18 already" in installation.run("upgrade_database").stderr


def test_a_server_in_use_is_not_upgraded(folder):
    installation = Installation(folder / "data", folder / "backups")
    with postgres.running(installation.data_dir, durable=False):
        version = installation.data_dir / "postgres" / "PG_VERSION"
        version.write_text("15\n")
        done = installation.run("upgrade_database")
        assert "in use" in done.stderr
        version.write_text("18\n")
    assert not (installation.data_dir / "postgres-15").exists()


def test_an_upgrade_without_the_old_programs_names_them(folder):
    cluster = folder / "data" / "postgres"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("14\n")
    done = Installation(folder / "data", folder / "backups").run("upgrade_database")
    assert "The programs of PostgreSQL 14 are needed" in done.stderr
