"""The paths and the address of one embedded server; nothing here touches the disk."""

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

ROLE = "fluxrate"
DATABASE = "fluxrate"
SUPERUSER = "postgres"
PORT = 5432

# A socket's path has at most 107 bytes on Linux and 103 on macOS.
_MAX_SOCKET_PATH = 103
# libpq reads a comma in a host as a list, and PostgreSQL's settings have their own
# quotes: a folder with such a character in its path is not used for the socket.
_PLAIN_PATH = re.compile(r"/[A-Za-z0-9_./+-]*")


@dataclass(frozen=True)
class ServerPaths:
    """The files and the address of the server of one data folder."""

    data_dir: Path

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """The paths of a data folder, whose own path may have several spellings."""
        return cls(Path(os.path.realpath(data_dir.expanduser())))

    @property
    def cluster(self) -> Path:
        """PostgreSQL's own data directory (PGDATA)."""
        return self.data_dir / "postgres"

    @property
    def log(self) -> Path:
        return self.data_dir / "postgres.log"

    @property
    def settings(self) -> Path:
        return self.cluster / "fluxrate.conf"

    @property
    def pid_file(self) -> Path:
        return self.cluster / "postmaster.pid"

    @property
    def socket_dir(self) -> Path:
        """The socket's folder: in the data folder, or short and in /tmp."""
        inside = self.data_dir / "socket"
        socket = f"{inside}/.s.PGSQL.{PORT}"
        if len(os.fsencode(socket)) <= _MAX_SOCKET_PATH and _PLAIN_PATH.fullmatch(
            socket
        ):
            return inside
        # /tmp and not $TMPDIR, which differs between two terminals of one user.
        identity = f"{os.geteuid()}:".encode() + os.fsencode(self.data_dir)
        short = hashlib.sha256(identity).hexdigest()[:16]
        return Path("/tmp") / f"fluxrate-{short}"  # noqa: S108  # nosec B108

    def url(self, *, role: str = ROLE, database: str = DATABASE) -> str:
        host = quote(os.fsencode(self.socket_dir), safe="")
        return f"postgresql://{role}@/{database}?host={host}&port={PORT}"


def url(data_dir: Path) -> str:
    """The DATABASE_URL of the folder's server, whether or not it runs."""
    return ServerPaths.of(data_dir).url()
