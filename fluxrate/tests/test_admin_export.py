"""The export of customers over the wire: a body that is produced while it is sent."""

import csv
import http.client
import io
import time
from contextlib import closing
from urllib.parse import urlencode

import pytest

from fluxrate.tests.live_site import PASSWORD

NAMES = ["=cmd|'/c calc'!A1", 'Ada "The Countess"', "\u05d0\u05d1\u05d2", "a, b; c"]
COLUMNS = ["name", "metadata"]


def save(owner, *names, note="x"):
    metadata = {f"key {number}": note for number in range(20)}
    data = {"email": "x@example.com", "metadata": metadata}
    operations = [{"op": "create", "data": data | {"name": name}} for name in names]
    answer = owner.ask("POST", "/api/v1/customers/batch", {"operations": operations})
    assert answer.status == 200, answer.body


@pytest.fixture
def request_of(owner, staff_cookies):
    """The bytes of a request for the owner's customers as CSV."""
    organization = owner.ask("GET", "/api/v1/organization").json()["id"]
    path = f"/admin/customers/customer/export/?organization={organization}"
    form = {
        "columns": COLUMNS,
        "_password": PASSWORD,
        "csrfmiddlewaretoken": staff_cookies["csrftoken"],
    }
    body = urlencode(form, doseq=True).encode()
    cookies = "; ".join(f"{name}={value}" for name, value in staff_cookies.items())
    headers = {
        "Host": f"127.0.0.1:{owner.site.port}",
        "Cookie": cookies,
        "Content-Type": "application/x-www-form-urlencoded",
        "Content-Length": str(len(body)),
    }

    def made(version="1.1"):
        lines = [f"{name}: {value}" for name, value in headers.items()]
        lines.insert(0, f"POST {path} HTTP/{version}")
        return "\r\n".join([*lines, "", ""]).encode() + body

    made.path, made.headers, made.body = path, headers, body
    return made


def exported(owner):
    """The data of the organization's exports, newest first."""
    path = "/api/v1/events?type=customer.exported"
    return [event["data"] for event in owner.ask("GET", path).json()["data"]]


def test_values_are_read_back_from_chunks(owner, request_of):
    save(owner, *NAMES)
    port = owner.site.port
    with closing(http.client.HTTPConnection("127.0.0.1", port, 20)) as caller:
        for _ in range(2):
            caller.request("POST", request_of.path, request_of.body, request_of.headers)
            answer = caller.getresponse()
            assert answer.status == 200
            assert answer.headers["Transfer-Encoding"] == "chunked"
            assert "attachment" in answer.headers["Content-Disposition"]
            text = answer.read().decode()
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert [row["name"] for row in rows] == [f"'{NAMES[0]}", *NAMES[1:]][::-1]
    assert [data["rows"] for data in exported(owner)] == [4, 4]


def test_an_old_client_reads_until_the_connection_ends(owner, request_of):
    save(owner, "Ada")
    with owner.site.wire() as wire:
        head, _, body = wire.send(request_of("1.0")).file.read().partition(b"\r\n\r\n")
    assert b"Connection: close" in head
    assert b"Transfer-Encoding" not in head
    assert body.startswith(b"name,metadata\r\nAda,")


def test_a_client_that_reads_no_more_holds_up_nobody(owner, request_of):
    """The rows exceed what the sockets hold, so the thread waits for the socket."""
    for part in range(10):
        save(owner, *(f"{part} {row}" for row in range(90)), note="x" * 490)
    with owner.site.wire() as wire:
        first = wire.send(request_of()).file.readline()
        assert b"200 OK" in first
        assert owner.ask("GET", "/api/v1/customers?page_size=1").status == 200
        time.sleep(0.5)
        assert exported(owner) == []
    deadline = time.monotonic() + 20
    while not (events := exported(owner)) and time.monotonic() < deadline:
        time.sleep(0.1)
    [data] = events
    assert data["is_complete"] is False
    assert 0 < data["rows"] < 900
