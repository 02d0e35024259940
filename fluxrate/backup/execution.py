"""Run PostgreSQL's programs."""

import os
import subprocess
from pathlib import Path

from django.core.management import CommandError
from psycopg.pq import Conninfo

from fluxrate.server.postgres.system_user import SystemUser


def libpq_environment(url: str) -> dict[str, str]:
    """libpq's variables for a URL: a command line would show its password to all."""
    options = Conninfo.parse(url.encode())
    address = {
        option.envvar.decode(): option.val.decode()
        for option in options
        if option.envvar and option.val
    }
    others = {k: v for k, v in os.environ.items() if not k.startswith("PG")}
    return others | {"LC_ALL": "C.UTF-8", "TZ": "UTC"} | address


def run(
    path: Path,
    *arguments: str | Path,
    environment: dict[str, str] | None = None,
    user: SystemUser | None = None,
) -> None:
    """Run a program; CommandError with the end of its output if it fails."""
    done = subprocess.run(  # noqa: S603
        [str(path), *map(str, arguments)],
        cwd="/",
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        **(user or SystemUser()).run_as,
    )
    if done.returncode:
        lines = done.stdout.strip().splitlines()[-8:]
        raise CommandError("\n  ".join([f"{path.name} has failed.", *lines]))
