"""manage.py doctor: each check sees what it is for."""

import json
import os
import socket
import subprocess
import sys
from collections import namedtuple
from io import StringIO

import psycopg
import pytest
from django.core.management import call_command
from django.db import connection

from fluxrate.management.doctor import CHECKS, growth
from fluxrate.management.doctor.query import value
from fluxrate.tests.live_site import CHECKOUT, free_port

Usage = namedtuple("Usage", ["free"])
HEALTHY = {"server", "primary", "encoding", "migrations", "clock", "role", "indexes"}


def findings(member="status"):
    """A member of each check's finding; the command's exit code agrees."""
    output = StringIO()
    code = 0
    try:
        call_command("doctor", json=True, stdout=output)
    except SystemExit as error:
        code = error.code
    report = json.loads(output.getvalue())
    assert code == (1 if report["counts"]["error"] else 0)
    assert sum(report["counts"].values()) == len(report["checks"])
    return {each["name"]: each[member] for each in report["checks"]}


def test_a_sound_installation_has_no_error(db):
    statuses = findings()
    assert list(statuses) == [check.__name__ for check in CHECKS]
    assert len(statuses) > 20
    assert {name for name in HEALTHY if statuses[name] != "ok"} == set()


@pytest.mark.parametrize(
    ("check", "status", "values"),
    [
        ("environment", "warning", {"PRODUCTION": False}),
        ("https", "warning", {"HTTPS": False}),
        ("trusted_proxies", "warning", {"HTTPS": True, "TRUSTED_PROXIES": 0}),
        ("rate_limit", "warning", {"RATE_LIMIT": 0}),
        ("public_url", "warning", {"PRODUCTION": True, "PUBLIC_URL": ""}),
        ("email", "warning", {"EMAIL_HOST": ""}),
        ("processes", "warning", {"WEB_CONCURRENCY": 1_000}),
        ("memory", "warning", {"WEB_CONCURRENCY": 1_000_000}),
        ("connections", "warning", {"WEB_CONCURRENCY": 1_000}),
        ("connections", "warning", {"WEB_CONCURRENCY": 1, "WORKERS": 1_000}),
        ("connections", "ok", {"WEB_CONCURRENCY": 1_000, "DATABASE_POOLED": True}),
    ],
)
def test_a_doubtful_setting_is_a_warning(db, settings, check, status, values):
    for name in values:
        setattr(settings, name, values[name])
    assert findings()[check] == status


def test_a_mail_server_that_is_away_is_an_error(db, settings):
    settings.EMAIL_BACKEND = "fluxrate.email_backend.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", free_port()
    assert findings()["email"] == "error"


def test_what_a_machine_lacks_is_a_warning(db, settings, monkeypatch, tmp_path):
    settings.DATA_DIR = tmp_path / "missing"
    monkeypatch.setattr("shutil.disk_usage", lambda _: Usage(free=1_000_000))
    monkeypatch.setattr("resource.getrlimit", lambda _: (256, 256))
    statuses = findings()
    for name in ("data_directory", "disk", "open_files"):
        assert statuses[name] == "warning", name


@pytest.mark.django_db(transaction=True)
def test_a_disabled_trigger_is_an_error_with_its_table():
    toggle = "ALTER TABLE customers_customer {} TRIGGER USER"
    with connection.cursor() as cursor:
        cursor.execute(toggle.format("DISABLE"))
        try:
            assert findings()["triggers"] == "error"
            assert "customers_customer" in findings("message")["triggers"]
        finally:
            cursor.execute(toggle.format("ENABLE"))
    # The suite disables one trigger of the events, to empty tables.
    assert "customers_customer" not in findings("message")["triggers"]


def test_a_server_that_loses_data_in_a_crash_is_an_error(db):
    """As the suite's own, whose fsync is off."""
    assert (value("SHOW fsync") == "off") == (findings()["durability"] == "error")


def test_a_migration_that_is_not_applied_is_an_error(db):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'customers'")
    assert findings()["migrations"] == "error"


@pytest.mark.django_db(transaction=True)
def test_a_long_transaction_is_a_warning(monkeypatch):
    monkeypatch.setattr(growth, "_OLDEST", growth._OLDEST.replace("5 minutes", "0"))
    name = connection.settings_dict["NAME"]
    with psycopg.connect(os.environ["DATABASE_URL"], dbname=name) as other:
        other.execute("SELECT 1")
        assert findings()["long_transactions"] == "warning"


def test_a_database_that_is_away_is_one_error_and_exit_code_1(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    url = f"postgresql://nobody@127.0.0.1:{port}/nothing"
    done = subprocess.run(
        [sys.executable, "manage.py", "doctor"],
        cwd=CHECKOUT,
        env=os.environ | {"DATABASE_URL": url, "DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "error    server" in done.stdout
    assert "does not answer" in done.stdout
    assert done.stdout.splitlines()[-1].endswith(" 1 error")
