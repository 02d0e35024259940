"""Commands on a restored database, and the last of its events."""

import os
import subprocess
import sys
from uuid import UUID

import psycopg
from django.core.management import CommandError

from fluxrate.models.event_ids import EventPosition
from fluxrate.server.migrate import RUN

_LAST = """
    SELECT transaction, id FROM (
        SELECT transaction, id FROM fluxrate_event ORDER BY id DESC LIMIT 10000
    ) AS latest ORDER BY transaction DESC, id DESC LIMIT 1"""


def last_event(url: str) -> UUID | None:
    """The id of the last event in the feed of all organizations."""
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(_LAST).fetchone()
    return EventPosition(*row).id() if row else None


def manage(command: str, url: str, *arguments: str) -> None:
    """Run a command of manage.py on another database; CommandError if it fails."""
    inherited = {k: v for k, v in os.environ.items() if k != "DATABASE_URL_FILE"}
    address = {"DATABASE_URL": url, "MIGRATION_DATABASE_URL": ""}
    done = subprocess.run(  # noqa: S603
        [sys.executable, "-c", RUN, command, *arguments],
        env=inherited | address | {"DATABASE_POOLED": "false"},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise CommandError(f"{command} has failed: {done.stderr.strip()}")
