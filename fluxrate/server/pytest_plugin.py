"""A pytest plugin: the suite runs on an embedded server of its own.

DATABASE_URL replaces it by another server, whose role needs LOGIN and CREATEDB. The
modules of PostgreSQL's contrib package must be installed there.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import count
from pathlib import Path

import pytest

from fluxrate.server import postgres
from fluxrate.server.postgres.file_locks import Lock

_DATA = Path(__file__).resolve().parents[2] / ".data"


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_load_initial_conftests(early_config: pytest.Config) -> Iterator[None]:
    """Start the server before the settings are read.

    The processes that pytest-xdist starts inherit DATABASE_URL from the first one.
    """
    if not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_URL_FILE")):
        stack = ExitStack()
        early_config.add_cleanup(stack.close)
        try:
            stack.enter_context(_server())
        except postgres.EmbeddedPostgresError as error:
            raise pytest.UsageError(str(error)) from error
    return (yield)


@contextmanager
def _server() -> Iterator[None]:
    """Run a server in a folder of its own, and name it in the environment."""
    folder, lock = _free_folder()
    try:
        with postgres.running(folder, durable=False) as url:
            os.environ |= {"DATABASE_URL": url, "DATA_DIR": str(folder)}
            yield
    finally:
        for name in ("DATABASE_URL", "DATA_DIR"):
            os.environ.pop(name, None)
        lock.close()


def _free_folder() -> tuple[Path, Lock]:
    """The first of .data/test-1, -2 … that no other run of the suite uses."""
    numbers = count(1)
    while True:
        folder = _DATA / f"test-{next(numbers)}"
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        lock = Lock(folder / "run.lock")
        if lock.try_exclusive():
            return folder, lock
        lock.close()
