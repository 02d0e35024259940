"""A Fluxrate server of its own process, on the embedded PostgreSQL."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import psutil
from django.conf import settings

from fluxrate.server import postgres

ROOT = Path(__file__).resolve().parents[1]


@contextmanager
def served(port: int, database: str) -> Iterator[tuple[str, psutil.Process]]:
    """The address of a server, and its process."""
    environment = os.environ | {
        "PORT": str(port),
        "DATABASE_URL": _url(database),
        "RATE_LIMIT": "0",
        "LOG_LEVEL": "WARNING",
    }
    server = subprocess.Popen(
        [sys.executable, "manage.py", "up"],
        cwd=ROOT,
        env=environment,
        stdout=sys.stderr,
    )
    try:
        address = f"127.0.0.1:{port}"
        while not _answers(address):
            assert server.poll() is None, "The server has ended."
            time.sleep(0.2)
        yield address, psutil.Process(server.pid)
    finally:
        server.terminate()
        server.wait()


def _url(database: str) -> str:
    """The embedded server's address, with another database of it."""
    return (
        urlsplit(postgres.url(settings.DATA_DIR))._replace(path=f"/{database}").geturl()
    )


def _answers(address: str) -> bool:
    try:
        urlopen(f"http://{address}/health", timeout=5).close()
    except OSError:
        return False
    return True
