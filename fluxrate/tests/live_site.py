"""A real server for tests of the wire: `manage.py up` in a process of its own.

The fixture `site` starts once in each process of the suite, on a database of its own;
`owner` signs up in it. A test that needs another server (other settings, a signal, a
kill) starts one on the same database: `with site.another(WEB_CONCURRENCY="2") as …`.
"""

import http.client
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from email.message import Message
from functools import cached_property
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest

from fluxrate.tests.database import new_database

CHECKOUT = Path(__file__).resolve().parents[2]
PASSWORD = "correct-horse-battery"
PATIENCE = 120
# Written out: what this module starts must not need Django here.
SCOPES = [
    *("customers.read", "customers.write", "subscriptions.read", "subscriptions.write"),
    *("events.read", "usage.read", "usage.write"),
]


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Message
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


class Wire:
    """One connection, byte by byte."""

    def __init__(self, port: int, timeout: float = 10) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.file.close()
        self.socket.close()

    def send(self, *parts: bytes) -> Self:
        for part in parts:
            self.socket.sendall(part)
        return self

    def answer(self, *, has_body: bool = True) -> Answer:
        """Read one answer whole; `has_body` is False after HEAD."""
        line = self.file.readline()
        if not line:
            raise ConnectionResetError("The server has closed the connection.")
        status = int(line.split()[1])
        headers = http.client.parse_headers(self.file)
        length = int(headers.get("Content-Length", 0)) if has_body else 0
        return Answer(status, headers, self.file.read(length))

    def is_closed(self) -> bool:
        """Whether the server closes the connection and sends nothing more."""
        with suppress(ConnectionResetError):
            return self.file.read(1) == b""
        return True


@dataclass(frozen=True)
class Site:
    """A server that runs."""

    port: int
    environment: dict[str, str]
    process: subprocess.Popen[bytes]
    log: Path

    def wire(self, timeout: float = 10) -> Wire:
        return Wire(self.port, timeout)

    def raw(self, *parts: bytes) -> Answer:
        """Send bytes on a connection of their own; the first answer to them."""
        with self.wire() as wire:
            return wire.send(*parts).answer()

    def ask(
        self,
        method: str,
        path: str,
        body: object = None,
        headers: dict[str, str] | None = None,
    ) -> Answer:
        """Send a body of bytes as it is, and any other as JSON."""
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Content-Type": "application/json"} | (headers or {})
        with closing(http.client.HTTPConnection("127.0.0.1", self.port, 20)) as caller:
            caller.request(method, path, content, sent)
            answer = caller.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def owner(self) -> "Owner":
        """Sign up; the owner of a new organization."""
        name = f"Acme {uuid4().hex}"
        email = f"owner@{name[5:]}.example"
        body = {"email": email, "password": PASSWORD, "organization_name": name}
        answer = self.ask("POST", "/api/v1/auth/signup", body)
        assert answer.status == 201, answer.body
        cookies = answer.headers.get_all("Set-Cookie") or []
        return Owner(self, email, [each.partition(";")[0] for each in cookies])

    @contextmanager
    def another(self, **environment: str) -> Iterator["Site"]:
        """A second server on the same database, with other settings."""
        with running(self.environment | environment) as site:
            yield site


@dataclass(frozen=True)
class Owner:
    """The owner of an organization that no other test knows."""

    site: Site
    email: str
    cookies: list[str] = field(repr=False)

    @property
    def cookie(self) -> str:
        """The value of the Cookie header."""
        return "; ".join(self.cookies)

    @cached_property
    def key(self) -> str:
        """The secret of a new API key that may do everything that a key may."""
        body = {"name": "Test", "scopes": SCOPES}
        answer = self.ask("POST", "/api/v1/api-keys", body)
        assert answer.status == 201, answer.body
        return str(answer.json()["key"])

    def ask(self, method: str, path: str, body: object = None, **more: str) -> Answer:
        """Ask with the cookie; `more` are headers: `if_match='"1"'`."""
        headers = {name.replace("_", "-"): value for name, value in more.items()}
        return self.site.ask(method, path, body, {"Cookie": self.cookie} | headers)


@contextmanager
def running(
    environment: dict[str, str], log: Path | None = None, checkout: Path = CHECKOUT
) -> Iterator[Site]:
    """`manage.py up` of a checkout, on a free port, until the block ends.

    Without WORKERS nobody sends emails, ends trials or deletes expired rows.
    """
    with tempfile.TemporaryDirectory(prefix="fluxrate-site-") as folder:
        # The embedded PostgreSQL may run as another user than the one who asks.
        Path(folder).chmod(0o711)
        port = free_port()
        address = {"PORT": str(port), "HOST": "127.0.0.1"}
        defaults = {"DATA_DIR": f"{folder}/data", "WORKERS": "0"}
        environment = defaults | environment | address
        log = log or Path(folder) / "log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, "manage.py", "up"],
                cwd=checkout,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            )
        site = Site(port, environment, process, log)
        try:
            _wait_for(site)
            yield site
        finally:
            process.terminate()
            process.wait(60)


def _wait_for(site: Site) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and site.process.poll() is None:
        with suppress(OSError, http.client.HTTPException):
            if site.ask("GET", "/health").status == 200:
                return
        time.sleep(0.05)
    raise AssertionError(f"The server did not start:\n{site.log.read_text()}")


@pytest.fixture(scope="session")
def site() -> Iterator[Site]:
    """A server with one process of four threads."""
    with new_database() as url:
        settings = {"DATABASE_URL": url, "WEB_CONCURRENCY": "1", "THREADS": "4"}
        inherited = {k: v for k, v in os.environ.items() if k != "DATA_DIR"}
        with running(inherited | settings) as started:
            yield started


@pytest.fixture
def owner(site: Site) -> Owner:
    """The owner of a new organization of `site`."""
    return site.owner()
