"""Take the README's pictures: a demonstration server, seen by a headless Chromium.

    make screenshots

Needs the programs chromium and chromedriver. Whatever the browser writes to its
console, such as a script that our Content-Security-Policy stops, is an error.
"""

import base64
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
ROOT = DOCS.parent
ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
PATIENCE = 120


def call(port: int, method: str, path: str, body: Any = None) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    with suppress(OSError):
        connection.request(method, path, None if body is None else json.dumps(body))
        answer = connection.getresponse()
        return answer.status, answer.read()
    return 0, b""


class Browser:
    """The few commands of W3C WebDriver that a picture needs."""

    def __init__(self, port: int) -> None:
        self.port = port
        arguments = ["--headless=new", "--no-sandbox", "--disable-dev-shm-usage"]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": [*arguments, "--window-size=1440,900"]},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        asked = {"capabilities": {"alwaysMatch": wanted}}
        self.base = "/session"
        self.base = f"/session/{self.do('POST', '', asked)['sessionId']}"

    def do(self, method: str, path: str, body: Any = None) -> Any:
        status, answer = call(self.port, method, self.base + path, body)
        if status != http.client.OK:
            raise SystemExit(f"WebDriver {method} {path}: {status} {answer[:500]!r}")
        return json.loads(answer)["value"]

    def open(self, address: str) -> None:
        self.do("POST", "/url", {"url": address})

    def find(self, selector: str) -> str:
        """The element's id; waits until there is one."""
        asked = {"using": "css selector", "value": selector}
        deadline = time.monotonic() + 20
        while not (found := self.do("POST", "/elements", asked)):
            if time.monotonic() > deadline:
                complaints = "\n".join(self.complaints())
                raise SystemExit(f"No {selector} on the page. {complaints}")
            time.sleep(0.1)
        return str(found[0][ELEMENT])

    def type(self, selector: str, text: str) -> None:
        self.do("POST", f"/element/{self.find(selector)}/value", {"text": text})

    def click(self, selector: str) -> None:
        self.do("POST", f"/element/{self.find(selector)}/click", {})

    def show(self, selector: str) -> None:
        self.find(selector)
        script = f"document.querySelector({selector!r}).scrollIntoView()"
        self.do("POST", "/execute/sync", {"script": script, "args": []})

    def height(self, pixels: int) -> None:
        self.do("POST", "/window/rect", {"width": 1440, "height": pixels})

    def picture(self, name: str) -> None:
        time.sleep(0.5)
        path = DOCS / "images" / f"{name}.png"
        path.write_bytes(base64.b64decode(self.do("GET", "/screenshot")))
        print(f"{path.relative_to(ROOT)}  {path.stat().st_size // 1024} kB")

    def complaints(self) -> list[str]:
        entries = self.do("POST", "/se/log", {"type": "browser"})
        return [entry["message"] for entry in entries]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def running(
    command: list[str], port: int, ready: str, **options: Any
) -> Iterator[None]:
    """A program that answers at an address, until the block ends."""
    process = subprocess.Popen(command, **options)
    try:
        deadline = time.monotonic() + PATIENCE
        while call(port, "GET", ready)[0] != http.client.OK:
            if process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit(f"{command[0]} does not answer.")
            time.sleep(0.2)
        yield
    finally:
        process.terminate()
        process.wait(timeout=30)


def take(browser: Browser, site: str, email: str, password: str) -> None:
    browser.open(f"{site}/")
    browser.find("h1")
    browser.open(f"{site}/admin/")
    browser.type("#id_username", email)
    browser.type("#id_password", password)
    browser.click("input[type=submit]")
    browser.find("#user-tools")
    browser.height(1250)
    browser.picture("admin-index")
    browser.height(900)
    visit_customers(browser, site)
    visit_the_rest(browser, site)
    browser.open(f"{site}/docs")
    browser.find(".opblock")
    browser.show("#operations-tag-customers")
    browser.picture("api-docs")
    if complaints := browser.complaints():
        raise SystemExit("\n".join(["The browser complains:", *complaints]))


def visit_customers(browser: Browser, site: str) -> None:
    """The pages of customers, from the list to the form."""
    browser.open(f"{site}/admin/customers/customer/")
    browser.picture("admin-customers")
    question(browser)
    browser.open(f"{site}/admin/customers/customer/")
    browser.click("#result_list tbody th a")
    browser.find(".overview")
    browser.height(1250)
    browser.picture("admin-customer")
    browser.height(900)
    browser.click("[aria-keyshortcuts=e]")
    browser.find("#id_name")
    browser.picture("admin-edit")
    browser.open(f"{site}/admin/search?q=mar")
    browser.find(".search-results li")
    browser.picture("admin-search")
    browser.open(f"{site}/admin/customers/customer/")
    browser.click("#result_list tbody th a")


def question(browser: Browser) -> None:
    """What an action on the rows of a page would do."""
    browser.click("#action-toggle")
    browser.click("select[name=action] option[value=mark_inactive]")
    browser.click("button[name=index]")
    browser.find(".action-confirmation #id_reason")
    browser.picture("admin-question")


def visit_the_rest(browser: Browser, site: str) -> None:
    """Pages with scripts of their own, for what the browser says of them."""
    browser.click(".object-tools button")
    browser.find(".action-confirmation input[name=_form]")
    browser.open(f"{site}/admin/customers/subscription/add/")
    browser.click(".select2-selection")
    browser.type(".select2-search__field", "a")
    browser.find(".select2-results__option--highlighted, .select2-results__option")
    browser.open(f"{site}/admin/organizations/user/")
    browser.click("#result_list tbody th a")
    browser.find(".selector")


def main() -> None:
    port, driver = free_port(), free_port()
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {"DATA_DIR": folder, "PORT": str(port)}
        manage = [sys.executable, "manage.py"]
        made = subprocess.run(
            [*manage, "seed_demo", "--customers=300", "--staff"],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        email, password = re.findall(r"(staff@\S+)  (\S+)", made.stdout)[0]
        served = running([*manage, "up"], port, "/health", cwd=ROOT, env=environment)
        driven = running(["chromedriver", f"--port={driver}"], driver, "/status")
        with served, driven:
            browser = Browser(driver)
            try:
                take(browser, f"http://127.0.0.1:{port}", email, password)
            finally:
                browser.do("DELETE", "")


if __name__ == "__main__":
    main()
