"""`manage.py postgres pg_dump …`: PostgreSQL's programs on the site's database."""

import os
import subprocess
import sys
from argparse import REMAINDER
from pathlib import Path

from django.core.management import BaseCommand, CommandError, CommandParser
from django.db import connection

from fluxrate.server import postgres


class Command(BaseCommand):
    help = "Run a program of PostgreSQL, such as pg_dump, on the site's database."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("program", help="pg_dump, pg_restore, psql, vacuumdb …")
        parser.add_argument("arguments", nargs=REMAINDER, help="its arguments")

    def handle(self, *, program: str, arguments: list[str], **options: object) -> None:
        command = [program, *arguments]
        try:
            done = subprocess.run(command, env=environment(), check=False)  # noqa: S603
        except (OSError, ValueError) as error:
            raise CommandError(f"There is no program {command[0]!r}.") from error
        sys.exit(done.returncode)


def environment() -> dict[str, str]:
    """The environment with libpq's variables for the address and the password."""
    database = connection.settings_dict
    _, more = connection.client.settings_to_cmd_args_env(database, [])
    address = {
        "PGHOST": database["HOST"],
        "PGPORT": database["PORT"],
        "PGUSER": database["USER"],
        "PGDATABASE": database["NAME"],
    }
    search = {"PATH": f"{os.environ.get('PATH', os.defpath)}{os.pathsep}{_embedded()}"}
    return os.environ | search | {k: v for k, v in address.items() if v} | (more or {})


def _embedded() -> Path:
    """The folder with the programs of the requirements."""
    return postgres.program("postgres").parent
