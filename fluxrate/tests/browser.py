"""Chromium for the tests in which a browser decides, driven by Playwright.

The browser is the system's own (`apt install chromium`; CHROMIUM names another):
nothing is downloaded. A test fails where a page logs an error, breaks its
Content-Security-Policy or asks another host.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from http.cookies import SimpleCookie
from urllib.parse import urlencode

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request, sync_playwright

from fluxrate.tests.live_site import CHECKOUT, PASSWORD, Site

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = (
    "Chromium or Chrome is needed: install it (on Debian and Ubuntu: apt install "
    "chromium), or say where it is with CHROMIUM=/path/to/it."
)
ARGUMENTS = [
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-sync",
    *(["--no-sandbox"] if os.geteuid() == 0 else []),
]
EMAIL = "browser@fluxrate.example"
SECONDS = 15


def chromium() -> str | None:
    """The path of the installed browser, where there is one."""
    names = (os.environ.get("CHROMIUM", ""), *NAMES)
    return next((path for name in names if (path := shutil.which(name))), None)


class Complaints:
    """What the browser's console and network say against the pages of an origin."""

    def __init__(self) -> None:
        self.origin = ""
        self.messages: list[str] = []
        self.documents: set[str] = set()

    def listen(self, page: Page, origin: str) -> None:
        self.origin = origin
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.messages.append(str(error)))
        page.on("request", self.request)

    def console(self, message: ConsoleMessage) -> None:
        """Chromium logs each document whose status is an error: tests look at that
        status themselves."""
        refused = message.text.startswith("Failed to load resource: the server resp")
        if refused and message.location["url"] in self.documents:
            return
        if message.type in {"error", "warning"}:
            self.messages.append(f"{message.text} ({message.location['url']})")

    def request(self, request: Request) -> None:
        if request.resource_type == "document":
            self.documents.add(request.url)
        if not request.url.startswith((self.origin, "data:")):
            self.messages.append(f"{request.url} was asked.")


@pytest.fixture(scope="session")
def staff_account(site: Site) -> None:
    """A superuser in the database of `site`."""
    subprocess.run(
        [sys.executable, "manage.py", "createsuperuser", "--noinput"],
        cwd=CHECKOUT,
        env=site.environment
        | {"DJANGO_SUPERUSER_EMAIL": EMAIL, "DJANGO_SUPERUSER_PASSWORD": PASSWORD},
        capture_output=True,
        check=True,
    )


@pytest.fixture
def staff_cookies(site: Site, staff_account: None) -> dict[str, str]:
    """The cookies of a superuser who has just logged in to the admin of `site`."""
    page = site.ask("GET", "/admin/login/")
    token = SimpleCookie(page.headers["Set-Cookie"])["csrftoken"].value
    form = {"username": EMAIL, "password": PASSWORD, "csrfmiddlewaretoken": token}
    answer = site.ask(
        "POST",
        "/admin/login/?next=/admin/",
        urlencode(form).encode(),
        {
            "Content-Type": "application/x-www-form-urlencoded",
            "Cookie": f"csrftoken={token}",
        },
    )
    assert answer.status == 302, answer.body
    cookies = SimpleCookie("; ".join(answer.headers.get_all("Set-Cookie") or []))
    return {name: cookies[name].value for name in ("csrftoken", "admin_session")}


@pytest.fixture
def complaints() -> Complaints:
    return Complaints()


@pytest.fixture
def browser_page(
    site: Site, staff_cookies: dict[str, str], complaints: Complaints
) -> Iterator[Page]:
    """A page of a browser in which a superuser is logged in to the admin of `site`.

    Addresses are those of the server: `browser_page.goto("/admin/")`.
    """
    program = chromium()
    if program is None:
        (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(MISSING)
    origin = f"http://127.0.0.1:{site.port}"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        context = browser.new_context(
            base_url=origin, viewport={"width": 1440, "height": 900}
        )
        context.set_default_timeout(SECONDS * 1_000)
        context.add_cookies(
            [{"name": n, "value": v, "url": origin} for n, v in staff_cookies.items()]
        )
        page = context.new_page()
        complaints.listen(page, origin)
        yield page
        browser.close()
    assert complaints.messages == []
