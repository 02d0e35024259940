"""manage.py runs the embedded server during commands that need a database."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from django.conf import settings

from fluxrate.server import postgres
from fluxrate.server.command_line import EXPECTED_ERRORS, error_message, execute

_SERVING = {"up", "runserver"}
# Commands that go on after a crash of the embedded server.
_REVIVING = {"up", "advance", "prune", "work", "backup"}
# Commands that run servers of their own, whether or not the site's exists.
_ASIDE = {"restore", "rehearse", "upgrade_database"}
_WITHOUT_DATABASE = {
    "",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "spectacular",
    "startapp",
    "startproject",
    "version",
}


def main(argv: list[str]) -> int:
    """Run a command; print one sentence and return 1 if it fails as expected."""
    command = argv[1] if len(argv) > 1 and not argv[1].startswith("-") else ""
    if command not in _SERVING:
        # The limit is for requests.
        os.environ.setdefault("STATEMENT_TIMEOUT", "0")
    try:
        if command in _ASIDE:
            with _signals_as_exceptions():
                execute(argv)
        elif _needs_database(command, argv):
            with _signals_as_exceptions(), embedded_server(revive=command in _REVIVING):
                execute(argv)
        else:
            execute(argv)
    except EXPECTED_ERRORS as error:
        message = error_message(error)
        if message is None:
            raise
        print(f"Error: {message}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def run() -> int:
    """The command `fluxrate` of a wheel: manage.py without a checkout."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fluxrate.settings")
    return main(sys.argv)


def _needs_database(command: str, argv: list[str]) -> bool:
    if command == "check" and "--database" not in " ".join(argv):
        return False
    return command not in _WITHOUT_DATABASE and not {"-h", "--help"} & set(argv)


@contextmanager
def embedded_server(*, revive: bool = False) -> Iterator[None]:
    """Run the embedded server during the block, if it is the settings' database."""
    paths = postgres.ServerPaths.of(settings.DATA_DIR)
    if settings.DATABASES["default"]["HOST"] != str(paths.socket_dir):
        yield
        return
    with postgres.running(settings.DATA_DIR, revive=revive):
        # `dbshell` and others call PostgreSQL's programs by name.
        programs = str(postgres.program("psql").parent)
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
        yield


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """Turn the signals that end a process into an exception, for clean-up."""
    before = {
        number: signal.signal(number, _exit)
        for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
