"""Answer requests in this process, or by a server over a socket."""

import io
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.db import connections

from fluxrate.server.web.environ import add_headers, add_target, base_environ
from fluxrate.tests.both_ways import Answer, Sent, Way
from fluxrate.tests.live_site import Site, running

Application = Callable[..., Iterable[bytes]]
# When the server's connection began its last statement, if that is a plan's.
BY_PLAN = """
SELECT max(query_start) FROM pg_stat_activity WHERE datname = current_database()
AND application_name = 'fluxrate'
AND (query LIKE 'WITH caller AS%' OR query LIKE 'WITH context AS%')"""


def use(database: str) -> None:
    """Let this thread's connection be one to the database."""
    connection = connections["default"]
    connection.settings_dict = {**connection.settings_dict, "NAME": database}


class InProcess(Way):
    """A WSGI application, in a thread with a connection of its own."""

    def __init__(self, database: str, application: Application) -> None:
        super().__init__(database)
        self.application = application
        self.thread = ThreadPoolExecutor(1, initializer=partial(use, database))

    def close(self) -> None:
        super().close()
        self.thread.submit(connections.close_all).result()
        self.thread.shutdown()

    def answer(self, sent: Sent) -> Answer:
        return self.thread.submit(self._answer, sent).result()

    def _answer(self, sent: Sent) -> Answer:
        started: list[Any] = []

        def start_response(status: str, headers: Any, _error: Any = None) -> None:
            started[:] = [status, headers]

        parts = self.application(environ(sent), start_response)
        try:
            body = b"".join(parts)
        finally:
            getattr(parts, "close", lambda: None)()
        return Answer(started[0], started[1], body)


def environ(sent: Sent) -> dict[str, Any]:
    """What the web server makes of a request."""
    variables = base_environ(("127.0.0.1", 8000)) | {
        "REQUEST_METHOD": sent.method,
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.input": io.BytesIO(sent.body),
    }
    add_headers(
        variables, [(name.encode(), value.encode()) for name, value in sent.headers]
    )
    add_target(variables, sent.target.encode("latin-1"))
    return variables


class OverWire(Way):
    """A server, over a connection for each request."""

    def __init__(self, database: str, site: Site) -> None:
        super().__init__(database)
        self.site, self.plan_at = site, None

    def answer(self, sent: Sent) -> Answer:
        lines = [f"{sent.method} {sent.target} HTTP/1.1".encode("latin-1")]
        lines += [
            f"{name}: {value}".encode()
            for name, value in sent.headers
            # The body has no chunks.
            if name != "Transfer-Encoding"
        ]
        with self.site.wire() as wire:
            wire.send(b"\r\n".join([*lines, b"", b""]), sent.body)
            answer = wire.answer(has_body=sent.method != "HEAD")
        headers = [item for item in answer.headers.items() if item[0] != "Date"]
        return Answer(str(answer.status), headers, answer.body)

    def has_plan(self) -> bool:
        """Whether a plan's statement was the last one, and is a new one."""
        before = self.plan_at
        row = self.reader.execute(BY_PLAN).fetchone()
        self.plan_at = row[0] if row else None
        return self.plan_at not in {None, before}


@contextmanager
def serving(database: str, *, fast: bool) -> Iterator[OverWire]:
    """A server of one thread on the database, with or without plans."""
    url = urlsplit(str(settings.DATABASE_URL))._replace(path=f"/{database}").geturl()
    environment = {k: v for k, v in os.environ.items() if k != "DATA_DIR"} | {
        "DATABASE_URL": url,
        "FAST_PATH": str(fast).lower(),
        "JWT_SIGNING_KEY": settings.JWT_SIGNING_KEY,
        "THREADS": "1",
        "WEB_CONCURRENCY": "1",
    }
    with running(environment) as site:
        way = OverWire(database, site)
        try:
            yield way
        finally:
            way.close()
