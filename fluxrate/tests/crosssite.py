"""`make crosssite`: pages of other origins, in a real Chromium that holds a victim's
cookies, try to read and to change what the victim may.

Needs Chromium or Chrome (CHROMIUM names it, else it is looked for in PATH). Cookies
belong to a host whatever its port, so the foreign server can put the victim's cookies
into the browser itself; `localhost` and `127.0.0.1` are different sites, and two ports
of `localhost` are two origins of one site, to which SameSite=Lax lets cookies go.
"""

import http.client
import json
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from fluxrate.tests.browser import ARGUMENTS, MISSING, chromium
from fluxrate.tests.contract import OWNER, ask, server
from fluxrate.tests.live_site import free_port

PAGES = Path(__file__).with_name("crosssite_pages")
SECRET = "seen-only-by-its-owner"
THIEF = {"email": "thief@evil.example", "password": "battery-horse-correct"}


def installed() -> str:
    """The path of the browser; without one there is nothing to try."""
    program = chromium()
    if program is None:
        raise SystemExit(MISSING)
    return program


class Foreign(BaseHTTPRequestHandler):
    """The other origin: it sets the victim's cookies, serves attacks, hears reports."""

    cookies: list[str]
    target: str
    reports: list[list[dict]]

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        page = PAGES / f"{path.strip('/')}.html"
        self.send_response(200 if page.exists() else 404)
        self.send_header("Content-Type", "text/html")
        for cookie in self.cookies if path == "/start" else ():
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        if page.exists():
            text = page.read_text().replace("{target}", self.target)
            self.wfile.write(text.encode())

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.reports.append(json.loads(body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *args: object) -> None:
        """Quiet."""


@contextmanager
def foreign(port: int, handler: type[Foreign]) -> Iterator[None]:
    site = ThreadingHTTPServer(("127.0.0.1", port), handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        yield
    finally:
        site.shutdown()


class Visitor:
    """One browser profile, opened again for every page."""

    def __init__(self, program: str, profile: Path) -> None:
        self.command = [
            program,
            "--headless=new",
            *ARGUMENTS,
            f"--user-data-dir={profile}",
        ]

    def dom(self, url: str) -> str:
        """What the page is after all it does."""
        command = [*self.command, "--dump-dom", "--timeout=4000", url]
        with suppress(subprocess.TimeoutExpired):
            return subprocess.run(
                command, capture_output=True, text=True, timeout=60, check=False
            ).stdout
        return ""

    def visit(self, url: str, seen: Callable[[], Any]) -> Any:
        """Open a page until something of it is seen; what that is."""
        with subprocess.Popen(
            [*self.command, "--remote-debugging-port=0", url],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            deadline = time.monotonic() + 90
            while not (found := seen()) and time.monotonic() < deadline:
                time.sleep(0.1)
            process.terminate()
        if not found:
            raise SystemExit(f"{url} did nothing: the browser does not work here.")
        return found


def victim(port: int) -> tuple[str, list[str]]:
    """Sign up, keep a secret; the Cookie header, and the cookies to set."""
    signup = OWNER | {"organization_name": "Acme"}
    ask(port, "POST", "/api/v1/auth/signup", THIEF | {"organization_name": "Thief"})
    set_cookies = sign_up(port, signup)
    cookie = "; ".join(each.split(";")[0] for each in set_cookies)
    customer = {"name": SECRET, "email": f"{SECRET}@example.com"}
    assert ask(port, "POST", "/api/v1/customers", customer, cookie)[0] == 201
    return cookie, set_cookies


def sign_up(port: int, body: dict[str, str]) -> list[str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    headers = {"Content-Type": "application/json"}
    connection.request("POST", "/api/v1/auth/signup", json.dumps(body), headers)
    answer = connection.getresponse()
    assert answer.status == 201, answer.read()
    return answer.headers.get_all("Set-Cookie") or []


def state(port: int, cookie: str) -> dict:
    """Everything of the victim's that an attack would change."""
    status, customers, _ = ask(port, "GET", "/api/v1/customers", cookie=cookie)
    me = ask(port, "GET", "/api/v1/auth/me", cookie=cookie)[1]
    return {"status": status, "customers": customers.get("data"), "me": me}


FORMS = ("form-text", "form-urlencoded", "form-multipart", "form-logout", "form-login")


class Trial:
    """One victim, one foreign server, one browser."""

    def __init__(self, port: int, folder: Path) -> None:
        self.log = folder / "server.log"
        self.port, self.own = port, f"http://localhost:{port}"
        self.cookie, cookies = victim(port)
        self.foreign_port = foreign_port()
        self.handler: Any = type(
            "Handler",
            (Foreign,),
            {"cookies": cookies, "target": self.own, "reports": []},
        )
        self.visitor = Visitor(installed(), folder / "profile")

    def posts(self, after: int = 0) -> list[int]:
        """How the server answered each POST, from its log."""
        lines = [
            json.loads(line)
            for line in self.log.read_text().splitlines()
            if line.startswith("{") and line.endswith("}")
        ]
        return [x["status"] for x in lines if x.get("method") == "POST"][after:]

    def prepare(self) -> None:
        """Put the cookies into the browser, and see that they let the victim in."""
        self.visitor.dom(f"http://localhost:{self.foreign_port}/start")
        page = self.visitor.dom(f"{self.own}/api/v1/auth/me")
        assert OWNER["email"] in page, f"The browser has no cookies: {page}"

    def attack(self, host: str) -> Iterator[str]:
        """What pages of a host could read or change."""
        site = f"http://{host}:{self.foreign_port}"
        before = state(self.port, self.cookie)
        self.handler.reports.clear()
        results = self.visitor.visit(f"{site}/attack", self.handler.reports.copy)[0]
        assert len(results) >= 15, results
        for result in results:
            if SECRET in json.dumps(result) or result.get("read"):
                yield f"{host}: {result['name']} read {result['read']!r:.80}"
        for form in FORMS:
            tried = self.posts()
            new = self.visitor.visit(f"{site}/{form}", partial(self.posts, len(tried)))
            if any(status < 400 for status in new):
                yield f"{host}: {form} was not refused"
        if state(self.port, self.cookie) != before:
            yield f"{host}: something has changed"
        print(f"{host}: {len(results)} scripts and {len(FORMS)} forms tried.")


def foreign_port() -> int:
    return int(os.environ["CROSSSITE_PORT"])


def tried(folder: Path, *hosts: str) -> list[str]:
    """What pages of the hosts could read or change."""
    with server(folder) as port:
        trial = Trial(port, folder)
        with foreign(trial.foreign_port, trial.handler):
            found: list[str] = []
            for host in hosts:
                trial.prepare()
                found += trial.attack(host)
    return found


@contextmanager
def new_folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(
        prefix="fluxrate-crosssite-", ignore_cleanup_errors=True
    ) as name:
        # The embedded server may run as another user than the one who asks.
        Path(name).chmod(0o711)
        yield Path(name)


def main() -> int:
    installed()
    os.environ["CROSSSITE_PORT"] = str(free_port())
    os.environ["ACCESS_TOKEN_SECONDS"] = "86400"
    with new_folder() as folder:
        found = tried(folder, "localhost", "127.0.0.1")
    print(*found, sep="\n")
    # The trial itself must be able to fail: an origin that is named may read.
    origin = f"http://localhost:{os.environ['CROSSSITE_PORT']}"
    os.environ["CORS_ALLOWED_ORIGINS"] = origin
    with new_folder() as folder:
        allowed = tried(folder, "localhost")
    if not any("fetch, with cookies" in each for each in allowed):
        print("A page that may read could not: the trial proves nothing.", allowed)
        return 1
    print("An origin that is named may read: the trial can fail.")
    print("FAILED" if found else "Nothing could be read or changed.")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main())
