"""What manage.py does around a command: the database it needs is there."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from django.conf import settings

from fluxrate.server import postgres
from fluxrate.server.command_line import REFUSALS, execute, sentence

_SERVING = {"up", "runserver"}
# Commands that outlive a crash of the embedded server.
_LASTING = {"up", "advance"}
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
    """Run a command as manage.py does; a broken set-up is told in one sentence."""
    command = argv[1] if len(argv) > 1 and not argv[1].startswith("-") else ""
    if command not in _SERVING:
        # Whoever types a command waits for it; the limit is for requests.
        os.environ.setdefault("STATEMENT_TIMEOUT", "0")
    try:
        if _needs_database(command, argv):
            with _ends_in_order(), embedded_server(revive=command in _LASTING):
                execute(argv)
        else:
            execute(argv)
    except REFUSALS as error:
        words = sentence(error)
        if words is None:
            raise
        print(f"Error: {words}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return 0


def _needs_database(command: str, argv: list[str]) -> bool:
    if command == "check" and "--database" not in " ".join(argv):
        return False
    return command not in _WITHOUT_DATABASE and not {"-h", "--help"} & set(argv)


@contextmanager
def embedded_server(*, revive: bool = False) -> Iterator[None]:
    """Hold the embedded server, when it is the one that the settings name."""
    place = postgres.Place.of(settings.DATA_DIR)
    if settings.DATABASES["default"]["HOST"] != str(place.socket_dir):
        yield
        return
    with postgres.running(settings.DATA_DIR, revive=revive):
        # `dbshell` and whatever else calls PostgreSQL's own programs finds them.
        programs = str(postgres.program("psql").parent)
        os.environ["PATH"] = os.pathsep.join([programs, os.environ.get("PATH", "")])
        yield


@contextmanager
def _ends_in_order() -> Iterator[None]:
    """Turn the signals that end a process into an exception, so that we clean up."""
    before = {
        each: signal.signal(each, _exit) for each in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _exit(number: int, _frame: FrameType | None) -> NoReturn:
    raise SystemExit(128 + number)
