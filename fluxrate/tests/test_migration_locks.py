"""A migration behind a long reader holds nobody up for over two seconds at once."""

import os
import re
import subprocess
import sys
import threading
import time
from contextlib import closing

import psycopg
import pytest
from django.db import connection
from django.db.utils import OperationalError

from fluxrate.postgres import advisory_lock, lock_waits
from fluxrate.postgres.lock_waits import MAX_SECONDS, LimitedWaits, retried
from fluxrate.tests.live_site import CHECKOUT

READ = "SELECT count(*) FROM later_read"
MIGRATION = """
from django.db import migrations

class Migration(migrations.Migration):
    atomic = {atomic}
    dependencies = [{after}]
    operations = [migrations.RunSQL(sql) for sql in {statements!r}]
"""
# A transaction that gets its first lock, and statements that commit one by one.
MIGRATIONS = {
    "0001_initial": ["CREATE TABLE later_read (id int)", "CREATE TABLE later (id int)"],
    "0002_atomic": [
        f"ALTER TABLE {name} ADD a int" for name in ("later", "later_read")
    ],
    "0003_by_statement": [
        "CREATE INDEX CONCURRENTLY later_index ON later_read (a)",
        "ALTER TABLE later_read ADD b int",
    ],
}


@pytest.fixture
def environment(site, tmp_path):
    """A release with an app of three migrations, of which the first is applied."""
    folder = tmp_path / "later" / "migrations"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    after = ""
    for name, statements in MIGRATIONS.items():
        text = MIGRATION.format(
            atomic=name != "0003_by_statement", after=after, statements=statements
        )
        (folder / f"{name}.py").write_text(text)
        after = f"('later', '{name}')"
    settings = "from fluxrate.settings import *\nINSTALLED_APPS += ['later']\n"
    (tmp_path / "later_settings.py").write_text(settings)
    paths = os.pathsep.join([str(tmp_path), str(CHECKOUT)])
    names = {"DJANGO_SETTINGS_MODULE": "later_settings", "PYTHONPATH": paths}
    process = migrate(site.environment | names, "0001")
    assert process.wait(60) == 0
    process.stderr.close()
    yield site.environment | names
    with psycopg.connect(site.environment["DATABASE_URL"]) as cleaner:
        cleaner.execute("DROP TABLE later, later_read")
        cleaner.execute("DELETE FROM django_migrations WHERE app = 'later'")


def migrate(environment, *target):
    return subprocess.Popen(
        [sys.executable, "manage.py", "migrate", "later", *target],
        cwd=CHECKOUT,
        env=environment,
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        text=True,
    )


class Visitors:
    """Others who read the table again and again; `longest` is their longest wait."""

    def __init__(self, url):
        self.url, self.longest, self.end = url, 0.0, threading.Event()
        self.threads = [threading.Thread(target=self.visit) for _ in range(2)]

    def visit(self):
        with psycopg.connect(self.url, autocommit=True) as visitor:
            while not self.end.wait(0.01):
                began = time.monotonic()
                visitor.execute(READ)
                self.longest = max(self.longest, time.monotonic() - began)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_error):
        self.end.set()
        for thread in self.threads:
            thread.join()


def test_a_migration_behind_a_reader_lets_the_others_pass(environment):
    url = environment["DATABASE_URL"]
    with Visitors(url) as visitors, psycopg.connect(url) as reader:
        reader.execute(READ)
        process = migrate(environment)
        lines = [process.stderr.readline() for _ in range(2)]
        pid = reader.info.backend_pid
        reader.rollback()
        rest = process.communicate(timeout=60)[1]
        assert process.returncode == 0, rest
    for line, pause in zip(lines, (1, 2), strict=True):
        assert f"Process {pid} of PostgreSQL (idle in transaction)" in line
        assert re.search(r"began \d+ s ago, holds a lock", line)
        assert f"next try in {pause} s" in line
    # One second more than a try takes, for a machine that is busy.
    assert 1 < visitors.longest < MAX_SECONDS + 1
    with psycopg.connect(url) as reader:
        applied = "SELECT name FROM django_migrations WHERE app = 'later' ORDER BY 1"
        assert reader.execute(applied).fetchall() == [(name,) for name in MIGRATIONS]
        invalid = (
            "SELECT indisvalid FROM pg_index WHERE indexrelid = 'later_index'::regclass"
        )
        assert reader.execute(invalid).fetchone() == (True,)


def execute(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


@pytest.mark.django_db(transaction=True)
def test_the_waits_of_a_transaction_add_up_to_the_limit():
    with connection.execute_wrapper(LimitedWaits(lambda pause: None)):
        assert execute("SHOW lock_timeout") == "2s"
        execute("BEGIN")
        execute("SELECT pg_sleep(0.3)")
        left = execute("SHOW lock_timeout")
        execute("ROLLBACK")
        execute("RESET lock_timeout")
    assert 1000 < int(left.removesuffix("ms")) < 1700


@pytest.mark.django_db(transaction=True)
def test_a_statement_outside_of_a_transaction_is_repeated(monkeypatch):
    monkeypatch.setattr(lock_waits, "MAX_SECONDS", 0.1)
    monkeypatch.setattr(time, "sleep", lambda _: None)
    execute("CREATE TABLE later (id int)")
    pauses, other = [], connection.copy()

    def waiting(pause):
        pauses.append(pause)
        if len(pauses) == 7:
            other.rollback()

    with closing(other), connection.execute_wrapper(LimitedWaits(waiting)):
        other.set_autocommit(False)
        with other.cursor() as cursor:
            cursor.execute("SELECT FROM later")
        execute("ALTER TABLE later ADD a int")
        execute("DROP TABLE later")
        execute("RESET lock_timeout")
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


@pytest.mark.parametrize(
    ("patience", "cause"),
    [(-1, psycopg.errors.LockNotAvailable()), (3_600, psycopg.errors.QueryCanceled())],
)
def test_other_errors_end_the_migration_and_so_does_an_hour(
    monkeypatch, patience, cause
):
    monkeypatch.setattr(lock_waits, "PATIENCE_SECONDS", patience)
    pauses = []

    def fail():
        raise OperationalError from cause

    with pytest.raises(OperationalError):
        retried(fail, waiting=pauses.append)
    assert pauses == []


@pytest.mark.django_db(transaction=True)
def test_another_start_that_migrates_is_named_and_waited_for_an_hour(monkeypatch):
    monkeypatch.setattr(time, "sleep", lambda _: None)
    monkeypatch.setattr(advisory_lock, "_TRIES", 30)
    holders, other = [], connection.copy()
    with (
        closing(other),
        advisory_lock.advisory_lock(other, "a", waiting=holders.append),
    ):
        expected = [other.connection.info.backend_pid]
        with (
            pytest.raises(OperationalError, match="Another session holds the lock"),
            advisory_lock.advisory_lock(connection, "a", waiting=holders.append),
        ):
            pass
    assert holders == expected
