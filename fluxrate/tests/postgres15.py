"""`make test-postgres15`: the suite on Debian's PostgreSQL 15, the oldest supported.

`python -m fluxrate.tests.postgres15 [arguments of pytest]` makes a cluster in a
temporary folder, names it in DATABASE_URL, runs pytest, and removes the cluster. Its
role `fluxrate` has the rights that docs/operations.md asks for and no others.
"""

import os
import pwd
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fluxrate.tests.live_site import free_port

PROGRAMS = Path("/usr/lib/postgresql/15/bin")
MISSING = "PostgreSQL 15 is not installed: on Debian 12, apt install postgresql-15."
ACCESS = "local all all peer\nhost all fluxrate 127.0.0.1/32 trust\n"
SETTINGS = """
listen_addresses = '127.0.0.1'
max_connections = 200
fsync = off
full_page_writes = off
synchronous_commit = off
"""


def server_user() -> dict[str, Any]:
    """Arguments of subprocess: root runs the server as `postgres`."""
    if os.geteuid() != 0:
        return {}
    user = pwd.getpwnam("postgres")
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


def run(program: str, *arguments: str) -> None:
    command = [str(PROGRAMS / program), *arguments]
    silent = subprocess.DEVNULL
    subprocess.run(command, check=True, cwd="/", stdout=silent, **server_user())


@contextmanager
def cluster(folder: Path) -> Iterator[str]:
    """Yield the DATABASE_URL of a new cluster in the folder."""
    data, port = str(folder / "data"), str(free_port())
    if user := server_user():
        os.chown(folder, user["user"], user["group"])
    how = ("--encoding=UTF8", "--locale=C.UTF-8", "--auth=peer", "--no-sync")
    run("initdb", "--pgdata", data, *how)
    settings = f"{SETTINGS}port = {port}\nunix_socket_directories = '{folder}'\n"
    with (folder / "data" / "postgresql.conf").open("a") as file:
        file.write(settings)
    (folder / "data" / "pg_hba.conf").write_text(ACCESS)
    log = str(folder / "log")
    run("pg_ctl", "start", "--wait", "--pgdata", data, "--log", log, "--silent")
    try:
        statement = "CREATE ROLE fluxrate LOGIN CREATEDB"
        where = ("--host", str(folder), "--port", port, "--dbname", "postgres")
        run("psql", "--quiet", "--no-psqlrc", *where, "--command", statement)
        run("createdb", *where[:4], "--owner", "fluxrate", "fluxrate")
        yield f"postgresql://fluxrate@127.0.0.1:{port}/fluxrate"
    finally:
        run("pg_ctl", "stop", "--pgdata", data, "--mode=immediate", "--silent")


def main(arguments: list[str]) -> int:
    if not (PROGRAMS / "initdb").exists():
        raise SystemExit(MISSING)
    command = [sys.executable, "-m", "pytest", *arguments]
    with (
        tempfile.TemporaryDirectory(prefix="fluxrate-postgres15-") as folder,
        cluster(Path(folder)) as url,
    ):
        environment = os.environ | {"DATABASE_URL": url}
        return subprocess.run(command, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
