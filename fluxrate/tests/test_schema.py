"""schema.sql is what the migrations create; they apply, unapply and apply again."""

import os
import subprocess
import sys

import pgtrigger
import psycopg
import pytest
from pgtrigger.core import INSTALLED

from fluxrate.management.commands.dump_schema import tables
from fluxrate.postgres.schema import schema
from fluxrate.tests.live_site import CHECKOUT, new_database

# An app's migrations depend on those of the apps after it.
ORDER = ["customers", "organizations", "fluxrate"]


def manage(url, *arguments):
    subprocess.run(
        [sys.executable, "manage.py", *arguments, "--verbosity=0"],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": url},
        timeout=120,
        check=True,
    )


def migrate(url, *target):
    manage(url, "migrate", *target)


def dump(url, names):
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        return schema(cursor, names)


@pytest.fixture(scope="module")
def database():
    """The URL of a database whose migrations have been applied."""
    with new_database() as url:
        migrate(url)
        yield url


def test_schema_sql_is_up_to_date(database):
    assert dump(database, tables()) == (CHECKOUT / "schema.sql").read_text()


def test_make_schema_writes_it_whatever_the_database_holds(tmp_path):
    with new_database() as url:
        manage(url, "dump_schema", "--file", str(tmp_path / "schema.sql"))
        assert dump(url, tables()) != (tmp_path / "schema.sql").read_text()
    written = (tmp_path / "schema.sql").read_text()
    assert written == (CHECKOUT / "schema.sql").read_text()


def test_the_triggers_are_those_that_the_models_declare(db):
    declared = pgtrigger.registered()
    assert declared
    for model, trigger in declared:
        status, is_enabled = trigger.get_installation_status(model)
        assert (status, is_enabled) == (INSTALLED, True), trigger.get_pgid(model)


def test_the_initial_migrations_can_be_unapplied_and_applied_again(database):
    applied = dump(database, tables())
    with psycopg.connect(database, autocommit=True) as connection:
        # django.contrib.admin's log refers to users.
        connection.execute("DROP TABLE django_admin_log")
        connection.execute("DELETE FROM django_migrations WHERE app = 'admin'")
    for app in ORDER:
        migrate(database, app, "zero")
    remaining = dump(database, tables())
    assert "FUNCTION" not in remaining
    assert "TABLE" not in remaining
    migrate(database)
    assert dump(database, tables()) == applied
