"""Bad arguments of manage.py: one sentence, exit code 1, and nothing of a row."""

import subprocess
import sys

import psycopg
import pytest
from django import get_version

from fluxrate import __version__
from fluxrate.tests.live_site import CHECKOUT

ISSUE = ("create_api_key", "--scope", "customers.read", "--organization")
SEED = ("seed_demo", "--customers", "1")
BAD = {
    "create_api_key: an empty name": (*ISSUE, "ID", "--name", ""),
    "create_api_key: 300 letters": (*ISSUE, "ID", "--name", "a" * 300),
    "create_api_key: a control character": (*ISSUE, "ID", "--name", "a\x07"),
    "create_api_key: bytes that are no text": (*ISSUE, "ID", "--name", b"caf\xe9"),
    "create_api_key: an unknown one": (*ISSUE, "Initech", "--name", "Import"),
    "create_api_key: an unknown scope": (
        "create_api_key",
        "--organization",
        "ID",
        "--name=Import",
        "--scope=everything",
    ),
    "seed_demo: no address": (*SEED, "--email", "nobody"),
    "seed_demo: an address that is too long": (
        *SEED,
        "--email",
        f"{'a' * 300}@example.com",
    ),
    "seed_demo: an empty name": (*SEED, "--organization", " "),
    "seed_demo: a control character": (*SEED, "--organization", "a\x1b[31m"),
    "seed_demo: an address that is taken": (*SEED, "--email", "EMAIL"),
    "seed_demo: no customers": ("seed_demo", "--customers", "0"),
    "advance: no time": ("advance", "--at", "tomorrow"),
    "advance: a time out of bounds": ("advance", "--at", "0001-01-01T00:00:00Z"),
    "postgres: an unknown program": ("postgres", "pg_dumb"),
    "postgres: a folder": ("postgres", "/"),
    "up: too much": ("up", "8000"),
    "changepassword: nobody": ("changepassword", "ada.lovelace@example.com"),
    "an unknown command": ("upp",),
}


@pytest.fixture(scope="module")
def acme(site):
    """An organization's id, and the email of its owner."""
    owner = site.owner()
    return owner.ask("GET", "/api/v1/organization").json()["id"], owner.email


def manage(site, arguments):
    return subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=CHECKOUT,
        env=site.environment,
        capture_output=True,
        timeout=120,
        check=False,
    )


def keys(site):
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        return connection.execute(
            "SELECT count(*) FROM organizations_apikey"
        ).fetchone()


@pytest.mark.parametrize("arguments", BAD.values(), ids=BAD)
def test_a_bad_argument_is_one_sentence_and_exit_code_1(site, acme, arguments):
    before = keys(site)
    known = dict(zip(("ID", "EMAIL"), acme, strict=True))
    done = manage(site, [known.get(each, each) for each in arguments])
    output = done.stderr.decode()
    assert done.returncode == 1, output
    assert done.stdout == b""
    lines = [line for line in output.splitlines() if not line.startswith("{")]
    assert len(lines) <= (2 if arguments == ("upp",) else 1), output
    assert "Traceback" not in output
    assert "Failing row" not in output
    assert "\\x" not in output.replace("\\x07", "")
    assert keys(site) == before


@pytest.mark.parametrize("argument", ["version", "--version"])
def test_the_version_is_ours(site, argument):
    done = manage(site, [argument])
    assert done.returncode == 0
    expected = f"Fluxrate {__version__} (Django {get_version()})\n"
    assert done.stdout.decode() == expected


def test_what_the_database_refuses_shows_no_row(site, acme):
    """The hundredth key is the last: PostgreSQL's own words would show its hash."""
    with psycopg.connect(site.environment["DATABASE_URL"]) as connection:
        connection.execute(
            "INSERT INTO organizations_apikey "
            "(id, organization_id, name, prefix, key_hash, scopes) "
            "SELECT gen_random_uuid(), %s, 'Import', 'org_live_' || n, "
            "sha256((%s || n)::bytea), '{customers.read}' "
            "FROM generate_series(1, 100) AS n",
            [acme[0], acme[0]],
        )
    done = manage(site, [*ISSUE, acme[0], "--name", "One too many"])
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "Error: An organization has at most 100 active keys. Revoke one that nobody "
        "uses.\n"
    )
