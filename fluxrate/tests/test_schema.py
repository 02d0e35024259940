"""schema.sql is what the migrations create; they apply, unapply and apply again."""

import os
import subprocess
import sys

import pgtrigger
import psycopg
import pytest
from django.apps import apps
from django.db import connection
from pgtrigger.core import INSTALLED

from fluxrate.management.commands.dump_schema import tables
from fluxrate.models import Owned
from fluxrate.postgres.schema import schema
from fluxrate.tests.database import new_database
from fluxrate.tests.live_site import CHECKOUT

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
    with psycopg.connect(url) as session, session.cursor() as cursor:
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
    with psycopg.connect(database, autocommit=True) as session:
        # django.contrib.admin's log refers to users.
        session.execute("DROP TABLE django_admin_log")
        session.execute("DELETE FROM django_migrations WHERE app = 'admin'")
    for app in ORDER:
        migrate(database, app, "zero")
    remaining = dump(database, tables())
    assert "FUNCTION" not in remaining
    assert "TABLE" not in remaining
    migrate(database)
    assert dump(database, tables()) == applied


REDUNDANT = """
SELECT short.indexrelid::regclass::text, long.indexrelid::regclass::text
FROM pg_index AS short JOIN pg_index AS long USING (indrelid)
JOIN pg_class AS class ON class.oid = short.indexrelid
JOIN pg_class AS other ON other.oid = long.indexrelid AND other.relam = class.relam
WHERE short.indrelid = ANY (%s::regclass[]) AND short.indexrelid <> long.indexrelid
    AND NOT short.indisunique AND short.indpred IS NULL AND short.indexprs IS NULL
    AND long.indpred IS NULL AND long.indnkeyatts > short.indnkeyatts
    AND long.indkey::text LIKE short.indkey::text || ' %%'
"""


def test_no_index_is_the_beginning_of_another(db):
    owned = [model._meta.db_table for model in apps.get_models() if is_owned(model)]
    with connection.cursor() as cursor:
        cursor.execute(REDUNDANT, [owned])
        assert cursor.fetchall() == []


# Unique constraints and indexes of tables with an organization that lack it.
NOT_UNIQUE_WITHIN = """
SELECT indexrelid::regclass::text FROM pg_index
JOIN pg_attribute ON attrelid = indrelid AND attname = 'organization_id'
JOIN pg_class ON pg_class.oid = indrelid
WHERE indisunique AND relnamespace = current_schema()::regnamespace
    AND attnum <> ALL (indkey)
ORDER BY 1
"""
# Tables that are read before the caller's organization is known.
DIRECTORY = [
    "api_key_hash",
    "fluxrate_storedresponse_pkey",
    "organizations_apikey_pkey",
    "organizations_apikey_replaces_id_key",
    "organizations_invitation_pkey",
    "organizations_membership_pkey",
    "organizations_session_pkey",
    "organizations_user_staff_organizations_pkey",
]


def test_every_key_of_a_table_with_an_organization_contains_it(db):
    with connection.cursor() as cursor:
        cursor.execute(NOT_UNIQUE_WITHIN)
        assert [name for (name,) in cursor.fetchall()] == DIRECTORY


def test_every_owned_table_has_an_index_that_begins_with_the_organization(db):
    for model in filter(is_owned, apps.get_models()):
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT bool_or(indkey[0] = attnum AND indpred IS NULL) FROM pg_index "
                "JOIN pg_attribute ON attrelid = indrelid WHERE attname = "
                "'organization_id' AND indrelid = %s::regclass",
                [model._meta.db_table],
            )
            assert cursor.fetchone() == (True,), model


def is_owned(model):
    return issubclass(model, Owned)
