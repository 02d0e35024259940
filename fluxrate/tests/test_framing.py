"""Where one request ends and the next begins: whoever disagrees with a proxy about
that serves one client the request of another (request smuggling).
"""

import json
import time

import pytest

CUSTOMERS = "/api/v1/customers"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
# What Java's HttpClient offers with the first request of a connection.
OFFER = (
    "Connection: Upgrade, HTTP2-Settings",
    "Upgrade: h2c",
    "HTTP2-Settings: AAEAAEAAAAIAAAAAAAMAAAAAAAQBAAAAAAUAAEAAAAYABgAA",
)
ADA = json.dumps({"name": "Zoë", "email": "zoe@example.com"}, ensure_ascii=False)
BODY = ADA.encode()
CHUNKS = b"".join(b"1\r\n%c\r\n" % byte for byte in BODY) + b"0\r\n\r\n"
LENGTH = f"Content-Length: {len(BODY)}"
CHUNKED = "Transfer-Encoding: chunked"


def create(owner, *headers):
    """The head of a request that creates a customer."""
    sent = (
        f"POST {CUSTOMERS} HTTP/1.1",
        "Host: localhost",
        f"X-API-Key: {owner.key}",
        "Content-Type: application/json",
        *headers,
    )
    return "".join(f"{line}\r\n" for line in sent).encode() + b"\r\n"


@pytest.mark.parametrize("pause", [0, 0.1])
@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, CHUNKS)])
def test_the_body_of_an_upgrade_offer_is_its_body(site, owner, framing, body, pause):
    with site.wire() as wire:
        for _ in range(2):
            wire.send(create(owner, *OFFER, framing))
            time.sleep(pause)
            answer = wire.send(body).answer()
            assert (answer.status, answer.json()["name"]) == (201, "Zoë")


def test_the_body_of_an_upgrade_offer_is_no_request(site, owner):
    length = f"Content-Length: {len(HEALTH)}"
    with site.wire() as wire:
        wire.send(create(owner, *OFFER, length) + HEALTH + HEALTH)
        assert [wire.answer().status for _ in range(2)] == [400, 200]
        wire.send(HEALTH)
        assert wire.answer().status == 200


def test_a_body_over_the_limit_with_an_upgrade_offer_is_refused(site, owner):
    with site.wire() as wire:
        wire.send(create(owner, *OFFER, "Content-Length: 1000001"))
        assert wire.answer().status == 413


@pytest.mark.parametrize("before", [HEALTH, b"\r\n", b"\r\n\r\n"])
@pytest.mark.parametrize(("framing", "body"), [(LENGTH, BODY), (CHUNKED, CHUNKS)])
def test_a_body_is_left_as_it_is_whatever_was_sent_before(
    site, owner, before, framing, body
):
    with site.wire() as wire:
        wire.send(before + create(owner, framing))
        time.sleep(0.1)
        wire.send(body + HEALTH)
        if before == HEALTH:
            assert wire.answer().status == 200
        answer = wire.answer()
        assert (answer.status, answer.json()["name"]) == (201, "Zoë")
        assert wire.answer().status == 200


def test_an_address_above_ascii_is_read_behind_an_empty_line(site, owner):
    line = f"\r\nGET {CUSTOMERS}?name=Zoë HTTP/1.1\r\n".encode()
    sent = line + f"Host: localhost\r\nX-API-Key: {owner.key}\r\n\r\n".encode()
    assert site.raw(sent).status == 200


def test_a_connection_of_http_1_0_ends_with_chunks(site, owner):
    head = create(owner, CHUNKED, "Connection: keep-alive")
    with site.wire() as wire:
        wire.send(head.replace(b"HTTP/1.1", b"HTTP/1.0") + CHUNKS + HEALTH)
        answer = wire.answer()
        assert (answer.status, answer.headers["Connection"]) == (201, "close")
        assert wire.is_closed()


@pytest.mark.parametrize(
    ("line", "headers", "status"),
    [
        ("http://localhost/health", "", 400),
        ("http://localhost/health", "Host: a\r\nHost: b\r\n", 400),
        ("http://[::1/health", "Host: a\r\n", 400),
        ("http://[localhost]/health", "Host: a\r\n", 400),
        ("/health", f"Host: a\r\nContent-Length: {'0' * 5000}\r\n", 400),
        ("/health", f"Host: a\r\nContent-Length: {'9' * 21}\r\n", 400),
    ],
)
@pytest.mark.parametrize("offer", [b"", "\r\n".join([*OFFER, ""]).encode()])
def test_what_names_no_host_or_no_length_is_refused(site, line, headers, status, offer):
    """Also in one packet with an offer; the log names no error of ours."""
    log = site.log.read_text()
    first = HEALTH[:-2] + offer + b"\r\n"
    with site.wire() as wire:
        wire.send(first + f"POST {line} HTTP/1.1\r\n{headers}\r\n".encode())
        assert wire.answer().status == 200
        answer = wire.answer()
        assert (answer.status, answer.headers["Connection"]) == (status, "close")
    assert "could not be read" not in site.log.read_text()[len(log) :]
