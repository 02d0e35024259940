"""Backups of a server that is destroyed for real, and what a restore brings back."""

import itertools
import json
import re
import shutil
import subprocess
import tempfile
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from fluxrate.server import postgres
from fluxrate.server.postgres.file_locks import Lock
from fluxrate.tests.backups import Installation, wait_until
from fluxrate.tests.live_site import Owner, running


@pytest.fixture(scope="module")
def template():
    """A DATA_DIR whose database is migrated."""
    with tempfile.TemporaryDirectory(prefix="fluxrate-backup-") as folder:
        Path(folder).chmod(0o711)
        installation = Installation(Path(folder) / "data", Path(folder) / "backups")
        installation.manage("migrate", "--verbosity=0")
        yield installation


@pytest.fixture
def installation(template):
    with tempfile.TemporaryDirectory(prefix="fluxrate-backup-") as folder:
        Path(folder).chmod(0o711)
        data_dir = Path(folder) / "data"
        subprocess.run(["cp", "-a", template.data_dir, data_dir], check=True)
        yield Installation(data_dir, Path(folder) / "backups")


@contextmanager
def rows(installation):
    """A connection to the database, whose server runs meanwhile."""
    with (
        postgres.running(installation.data_dir) as url,
        psycopg.connect(url, autocommit=True) as connection,
    ):
        yield connection


def insert(connection, name):
    sql = "INSERT INTO django_session VALUES (%s, '', now() + interval '1 day')"
    connection.execute(sql, [name])


def names(connection):
    sql = "SELECT session_key FROM django_session ORDER BY session_key"
    return [name for (name,) in connection.execute(sql)]


def create(owner, name):
    body = {"name": name, "email": f"{name}@acme.example", "external_id": name}
    answer = owner.ask("POST", "/api/v1/customers", body)
    assert answer.status == 201, answer.body


def feed(owner, after=None):
    query = f"?after={after}" if after else ""
    answer = owner.ask("GET", f"/api/v1/events{query}")
    return [(each["type"], each["id"]) for each in answer.json()["data"]]


def test_a_destroyed_site_is_restored_with_all_that_was_written(installation):
    with running(installation.environment) as site, installation.streaming():
        owner = site.owner()
        create(owner, "before")
        installation.manage("backup")
        create(owner, "after")
        consumed = feed(owner)
        written = datetime.now(UTC)
        wait_until(lambda: installation.complete_at() > written.isoformat())
        installation.destroy()
    restored, report = installation.restored("restored")
    (complete,) = re.findall(r"Complete up to (.*) UTC: what was", report)
    assert datetime.fromisoformat(f"{complete}+00:00") >= written
    assert max(each[1] for each in consumed) in report
    with running(restored.environment) as site:
        # Its cookies are signed by keys of the backup.
        owner = Owner(site, owner.email, owner.cookies)
        for name in ("before", "after"):
            answer = owner.ask("GET", f"/api/v1/customers/external/{name}")
            assert answer.status == 200
        create(owner, "new")
        assert [each[0] for each in feed(owner, consumed[0][1])] == ["customer.created"]
    assert not (restored.data_dir / "restoring").exists()


def test_a_restore_to_a_time_leaves_later_transactions_out_and_says_which(installation):
    with rows(installation) as connection, installation.streaming():
        insert(connection, "kept")
        (at,) = connection.execute("SELECT clock_timestamp()").fetchone()
        for number in range(3):
            insert(connection, f"later-{number}")
        written = datetime.now(UTC).isoformat()
        wait_until(lambda: installation.complete_at() > written)
    restored, report = installation.restored("restored", "--at", at.isoformat())
    assert "Left out, 3 transactions: " in report
    assert f"Complete up to {at:%Y-%m-%d %H:%M:%S.%f} UTC." in report
    with rows(restored) as connection:
        assert names(connection) == ["kept"]
    whole, report = installation.restored("whole", "--at", written)
    assert "Left out" not in report
    with rows(whole) as connection:
        assert len(names(connection)) == 4


def test_a_rehearsal_compares_all_tables_and_leaves_nothing(installation):
    with rows(installation) as connection:
        insert(connection, "one")
        installation.manage("backup")
        insert(connection, "two")
        manifest = rehearsal(installation)
        assert manifest["compared_with"] == "manifest"
        held = Lock(installation.backups / "rehearsal.lock")
        assert held.try_exclusive()
        assert "Another rehearsal runs" in installation.run("rehearse").stderr
        held.close()
        with installation.streaming(), writing(connection.info.dsn):
            live = rehearsal(installation)
        assert live["compared_with"] == "live"
    assert live["differences"] == manifest["differences"] == []
    assert live["rows"] > manifest["rows"] + 1
    assert live["lost_seconds"] < 5
    assert live["tables"] > 20
    assert not (installation.backups / "rehearsal").exists()


@contextmanager
def writing(dsn):
    """Write from three connections, while the transaction of a fourth is open."""
    end = threading.Event()

    def write(number):
        with psycopg.connect(dsn, autocommit=True) as connection:
            for turn in itertools.count():
                insert(connection, f"writer-{number}-{turn}")
                if end.wait(0.01):
                    return

    with psycopg.connect(dsn) as other, ThreadPoolExecutor() as pool:
        insert(other, "open")
        writers = [pool.submit(write, number) for number in range(3)]
        yield
        end.set()
        for writer in writers:
            writer.result()


def rehearsal(installation):
    return json.loads(installation.manage("rehearse", "--json"))


def test_a_rehearsal_notices_a_row_that_differs(installation):
    with rows(installation) as connection:
        insert(connection, "one")
        installation.manage("backup")
    (path,) = installation.backups.glob("bases/*/manifest.json")
    manifest = json.loads(path.read_text())
    manifest["tables"]["public.django_session"]["rows"] = 2
    manifest["tables"]["public.django_migrations"]["hash"] = "0"
    path.write_text(json.dumps(manifest))
    done = installation.run("rehearse")
    assert done.returncode == 1
    assert "public.django_session has 1 rows instead of 2." in done.stdout
    assert "some have other values" in done.stdout


def test_a_damaged_file_is_refused_and_nothing_is_left(installation):
    installation.manage("backup")
    (archive,) = installation.backups.glob("bases/*/base.tar.gz")
    content = bytearray(archive.read_bytes())
    content[len(content) // 2] ^= 255
    archive.write_bytes(content)
    new = installation.data_dir.with_name("new")
    done = installation.run("restore", "--to", str(new))
    assert done.returncode == 1
    assert "has failed" in done.stderr
    assert not list(new.glob("*/postgres"))
    assert not (new / "postgres").exists()


def test_wal_that_the_server_has_removed_leads_to_a_new_base_backup(installation):
    with rows(installation) as connection:
        with installation.streaming():
            insert(connection, "one")
        (name,) = connection.execute(
            "SELECT slot_name FROM pg_replication_slots"
        ).fetchone()
    superuser = postgres.ServerPaths.of(installation.data_dir).url(role="postgres")
    with rows(installation) as connection:
        with psycopg.connect(superuser, autocommit=True) as server:
            server.execute("SELECT pg_drop_replication_slot(%s)", [name])
        insert(connection, "two")
        with installation.streaming():
            pass
    assert len(list(installation.backups.glob("bases/*Z"))) == 2
    restored, _ = installation.restored("restored")
    with rows(restored) as connection:
        assert names(connection) == ["one", "two"]


def test_a_receiver_that_was_killed_goes_on_without_a_gap(installation):
    with rows(installation) as connection:
        with installation.streaming() as process:
            insert(connection, "one")
            process.kill()
            process.wait()
        insert(connection, "two")
        with installation.streaming():
            insert(connection, "three")
            written = datetime.now(UTC).isoformat()
            wait_until(lambda: installation.complete_at() > written)
    assert len(list(installation.backups.glob("bases/*Z"))) == 1
    restored, _ = installation.restored("restored")
    with rows(restored) as connection:
        assert names(connection) == ["one", "three", "two"]


def test_old_backups_are_removed_with_their_wal(installation):
    with rows(installation):
        for _ in range(3):
            output = installation.manage("backup", "--keep", "2")
        slots = "SELECT count(*) FROM pg_replication_slots"
        with rows(installation) as connection:
            assert connection.execute(slots).fetchone() == (0,)
    assert "Older base backups removed: 1." in output
    assert len(list(installation.backups.glob("bases/*"))) == 2
    restored, _ = installation.restored("restored")
    assert (restored.data_dir / "postgres" / "PG_VERSION").exists()


def test_what_cannot_be_restored_is_refused_in_words(installation, tmp_path):
    new = str(installation.data_dir.with_name("new"))
    done = installation.run("restore", "--to", new)
    assert "There is no backup in" in done.stderr
    installation.manage("backup")
    for arguments, words in {
        ("--to", str(installation.data_dir)): "exists: move it away first",
        ("--to", new, "--at", "2001-01-01"): "choose a later time",
        ("--to", new, "--at", "noon"): "a time such as",
        ("--to", new, "--programs", str(tmp_path)): "are needed",
    }.items():
        done = installation.run("restore", *arguments)
        assert done.returncode == 1
        assert words in done.stderr
        assert "Traceback" not in done.stderr
    shutil.rmtree(installation.backups)
    done = installation.run("rehearse")
    assert "There is no backup in" in done.stderr
