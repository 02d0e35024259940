"""A server that runs beside the site's, on a data directory that nobody else uses."""

import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import CommandError

from fluxrate.backup.execution import run
from fluxrate.server.postgres.cluster import environment
from fluxrate.server.postgres.errors import error_with_hint
from fluxrate.server.postgres.paths import PORT, ServerPaths
from fluxrate.server.postgres.system_user import (
    SystemUser,
    allow_programs,
    allow_traversal,
    system_user_for,
)

_LONGEST_RECOVERY_SECONDS = 7 * 86_400
# What the server would otherwise read from files that may belong to another machine.
_SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "ssl": "off",
    "archive_mode": "off",
    "shared_preload_libraries": "",
    "hot_standby": "off",
    "logging_collector": "off",
    "log_destination": "stderr",
    "log_min_error_statement": "panic",
    "max_wal_size": "4GB",
}
_FILES = {
    "fluxrate-aside.conf": "",
    "fluxrate-aside-hba.conf": "local all all trust\n",
    "fluxrate-aside-ident.conf": "",
}
_LOG = "fluxrate-aside.log"
_POLL_SECONDS = 0.1


@contextmanager
def serving(
    paths: ServerPaths, programs: Path, settings: dict[str, str] | None = None
) -> Iterator[None]:
    """Run the server during the block, once its recovery is complete.

    It listens on `paths.socket_dir` only. CommandError with the end of its log if it
    does not start.
    """
    user = system_user_for(paths.cluster)
    prepare(paths, programs, user)
    pg_ctl = [f"--pgdata={paths.cluster}", "--silent", "--wait"]
    names = ["config_file", "hba_file", "ident_file"]
    files = dict(
        zip(names, (str(paths.cluster / name) for name in _FILES), strict=True)
    )
    options = _SETTINGS | files | {"unix_socket_directories": str(paths.socket_dir)}
    start = [f"--log={paths.cluster / _LOG}", f"--timeout={_LONGEST_RECOVERY_SECONDS}"]
    start += [f"--options={_command_line(options | (settings or {}))}"]
    try:
        run_pg_ctl(programs, ["start", *pg_ctl, *start], paths, user)
        wait_for_recovery(paths)
        yield
    finally:
        if paths.pid_file.exists():
            run_pg_ctl(programs, ["stop", "--mode=fast", *pg_ctl], paths, user)
        for name in (*_FILES, _LOG):
            (paths.cluster / name).unlink(missing_ok=True)
        paths.socket_dir.rmdir()


def prepare(paths: ServerPaths, programs: Path, user: SystemUser) -> None:
    allow_traversal(user, paths.data_dir)
    allow_programs(user, programs.parent)
    user.make_private_folder(paths.socket_dir)
    paths.cluster.chmod(0o700)
    for name, text in _FILES.items():
        (paths.cluster / name).write_text(text)
    for path in (paths.cluster, *paths.cluster.rglob("*")):
        user.chown(path)


def run_pg_ctl(
    programs: Path, arguments: list[str], paths: ServerPaths, user: SystemUser
) -> None:
    try:
        run(programs / "pg_ctl", *arguments, environment=environment(), user=user)
    except CommandError as error:
        raise start_error(paths, str(error)) from error


def wait_for_recovery(paths: ServerPaths) -> None:
    """Wait until the server writes; pg_ctl waits until it recovers only."""
    try:
        while paths.pid_file.read_text().splitlines()[-1].strip() != "ready":
            time.sleep(_POLL_SECONDS)
    except (FileNotFoundError, IndexError):
        raise start_error(paths, "") from None


def start_error(paths: ServerPaths, output: str) -> CommandError:
    log = paths.cluster / _LOG
    output = log.read_text(errors="replace") if log.exists() else output
    return CommandError(str(error_with_hint("PostgreSQL did not start.", output)))


def _command_line(settings: dict[str, str]) -> str:
    return " ".join(
        f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items()
    )
