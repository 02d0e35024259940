"""PostgreSQL's programs of the major release that a server needs."""

import re
import subprocess
from pathlib import Path

from django.core.management import CommandError

from fluxrate.server.postgres import program
from fluxrate.server.postgres.binaries import major_version

_SYSTEM = (
    "/usr/lib/postgresql/{}/bin",
    "/usr/pgsql-{}/bin",
    "/opt/homebrew/opt/postgresql@{}/bin",
)
_VERSION = re.compile(r"\(PostgreSQL\) (\d+)")


def of_server(major: int, folder: Path | None = None) -> Path:
    """The folder with the programs of exactly this major release.

    CommandError if neither `folder`, the requirements nor the system has them.
    """
    if folder is None and int(major_version()) == major:
        return program("postgres").parent
    folders = [folder] if folder else [Path(each.format(major)) for each in _SYSTEM]
    for each in folders:
        if _major(each) == major:
            return each
    raise CommandError(
        f"The programs of PostgreSQL {major} are needed, and "
        f"{' and '.join(map(str, folders))} have none: install them, and name their "
        "folder with --programs."
    )


def of_client(major: int) -> Path:
    """The folder with programs that connect to a server of this major release."""
    return of_server(max(major, int(major_version())))


def _major(folder: Path) -> int | None:
    """The major release of a folder's server; None without one."""
    command = [str(folder / "postgres"), "--version"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return None
    match = _VERSION.search(done.stdout)
    return int(match[1]) if match else None
