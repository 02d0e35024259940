"""deploy/nginx.conf in a real nginx, in front of a server in production."""

import http.client
import json
import os
import re
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from fluxrate.tests.deployment import DEPLOY, HOST, example_environment
from fluxrate.tests.live_site import PASSWORD, Answer, Site, free_port
from fluxrate.tests.programs import required

# As root, nginx would serve as another user, who may not enter our folders.
MAIN = (
    ("user root;\n" if os.geteuid() == 0 else "")
    + """\
daemon off;
pid {folder}/pid;
error_log stderr;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/fluxrate.conf;
}}
"""
)


@dataclass(frozen=True)
class Proxy:
    """A running nginx and the site behind it."""

    http: int
    https: int
    site: Site

    def ask(self, method: str, path: str, body: object = None, **more: str) -> Answer:
        """Send a request over TLS; `more` are headers."""
        headers = {"Host": HOST, "Content-Type": "application/json"}
        headers |= {name.replace("_", "-"): value for name, value in more.items()}
        content = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        trusting = ssl._create_unverified_context()
        client = http.client.HTTPSConnection(
            "127.0.0.1", self.https, timeout=20, context=trusting
        )
        with closing(client):
            client.request(method, path, content, headers)
            answer = client.getresponse()
            return Answer(answer.status, answer.headers, answer.read())

    def log(self) -> list[dict[str, Any]]:
        lines = self.site.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@pytest.fixture(scope="module")
def program() -> str:
    return required("nginx")


@pytest.fixture(scope="module")
def production(site: Site) -> Iterator[Site]:
    unset = {"DATABASE_URL", "POSTGRES_PASSWORD"}
    settings = {k: v for k, v in example_environment().items() if k not in unset}
    with site.another(**settings) as started:
        yield started


@pytest.fixture(scope="module")
def proxy(program, production, tmp_path_factory) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("nginx")
    started = Proxy(free_port(), free_port(), production)
    make_certificate(folder)
    (folder / "fluxrate.conf").write_text(configuration(started, folder))
    (folder / "nginx.conf").write_text(MAIN.format(folder=folder))
    command = [program, "-c", str(folder / "nginx.conf"), "-p", str(folder)]
    checked = subprocess.run([*command, "-t"], capture_output=True, check=False)
    assert checked.returncode == 0, checked.stderr.decode()
    # nginx from 1.25 on prefers a directive that older ones do not know.
    warnings = re.findall(r".*\[warn\](?!.*http2).*", checked.stderr.decode())
    assert warnings == []
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    try:
        wait_for(started)
        yield started
    finally:
        process.terminate()
        process.wait(30)


def make_certificate(folder: Path) -> None:
    files = ["-keyout", str(folder / "key"), "-out", str(folder / "certificate")]
    subprocess.run(
        ["openssl", "req", "-x509", "-nodes", "-subj", f"/CN={HOST}", *files],
        capture_output=True,
        check=True,
    )


def configuration(proxy: Proxy, folder: Path) -> str:
    """The sample with other ports, files and addresses."""
    text = (DEPLOY / "nginx.conf").read_text()
    changes = [
        (r" +listen \[::\].*\n", ""),
        (r"listen 80;", f"listen 127.0.0.1:{proxy.http};"),
        (r"listen 443 ", f"listen 127.0.0.1:{proxy.https} "),
        (r"127\.0\.0\.1:8000", f"127.0.0.1:{proxy.site.port}"),
        (r"/etc/ssl/fluxrate/fullchain.pem", f"{folder}/certificate"),
        (r"/etc/ssl/fluxrate/privkey.pem", f"{folder}/key"),
    ]
    for pattern, replacement in changes:
        text, count = re.subn(pattern, replacement, text)
        assert count, pattern
    return text


def wait_for(proxy: Proxy) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with suppress(OSError):
            proxy.ask("GET", "/livez")
            return
        time.sleep(0.05)
    raise AssertionError("nginx did not start.")


def sign_up(proxy: Proxy, name: str) -> dict[str, str]:
    """The cookie of a new owner, as a header."""
    body = {"email": f"{name}@example.com", "password": PASSWORD}
    answer = proxy.ask(
        "POST", "/api/v1/auth/signup", body | {"organization_name": name}
    )
    assert answer.status == 201, answer.body
    cookies = answer.headers.get_all("Set-Cookie") or []
    assert all("Secure" in cookie for cookie in cookies)
    return {"cookie": "; ".join(each.partition(";")[0] for each in cookies)}


@pytest.mark.parametrize("path", ["/livez", "/readyz", "/health", "/docs"])
def test_a_page_is_served_through_nginx(proxy, path):
    answer = proxy.ask("GET", path)
    assert answer.status == 200
    assert "max-age" in answer.headers["Strict-Transport-Security"]


def test_the_login_page_of_the_admin_is_served_and_its_files_too(proxy):
    answer = proxy.ask("GET", "/admin/login/")
    assert (answer.status, b'name="csrfmiddlewaretoken"' in answer.body) == (200, True)
    (path, *_) = re.findall(rb'href="(/static/[^"]+\.css)"', answer.body)
    style = proxy.ask("GET", path.decode(), origin="https://elsewhere.example")
    assert style.status == 200
    assert style.headers["Access-Control-Allow-Origin"] is None


def test_the_api_works_through_nginx_whatever_an_external_id_is(proxy):
    caller = sign_up(proxy, "ada")
    external_id = "a/b//c.d"
    body = {"name": "Ada", "email": "ada@example.com", "external_id": external_id}
    created = proxy.ask("POST", "/api/v1/customers", body, **caller)
    assert created.status == 201, created.body
    read = proxy.ask("GET", "/api/v1/customers/external/a%2Fb%2F%2Fc.d", **caller)
    assert (read.status, read.json()["external_id"]) == (200, external_id)
    path = f"/api/v1/customers/{read.json()['id']}"
    tag = read.headers["ETag"]
    renamed = proxy.ask("PATCH", path, {"name": "Grace"}, if_match=tag, **caller)
    assert renamed.status == 200


def test_a_body_over_the_limit_is_refused_as_json(proxy):
    answer = proxy.ask("POST", "/api/v1/customers", b" " * 2_000_000)
    assert (answer.status, answer.json()["code"]) == (413, "body_too_large")


def test_plain_http_is_redirected_to_https(proxy):
    with closing(http.client.HTTPConnection("127.0.0.1", proxy.http, 10)) as client:
        client.request("GET", "/admin/?q=1", headers={"Host": HOST})
        answer = client.getresponse()
        assert answer.status == 301
        assert answer.headers["Location"] == f"https://{HOST}/admin/?q=1"


def test_the_address_in_the_log_is_the_one_that_nginx_saw(proxy):
    body = {"email": "ada@example.com", "password": "not-the-password"}
    claimed = {"x_forwarded_for": "198.51.100.7"}
    assert proxy.ask("POST", "/api/v1/auth/login", body, **claimed).status == 401
    refused = [line for line in proxy.log() if line["message"] == "password.refused"]
    assert refused[-1]["address"] == "127.0.0.1"


@pytest.mark.parametrize(
    ("headers", "missing"),
    [({}, "X-Forwarded-Proto"), ({"X-Forwarded-Proto": "https"}, "Host")],
)
@pytest.mark.parametrize("path", ["/api/v1/customers", "/admin/login/"])
def test_without_the_headers_of_the_sample_the_log_names_them(
    production, path, headers, missing
):
    identity = {"X-Request-ID": uuid4().hex}
    answer = production.ask("GET", path, headers=headers | identity)
    assert answer.status in {301, 400, 403}
    logged = [
        json.loads(line)
        for line in production.log.read_text().splitlines()
        if identity["X-Request-ID"] in line
    ]
    assert [line["refused_header"] for line in logged] == [missing]
