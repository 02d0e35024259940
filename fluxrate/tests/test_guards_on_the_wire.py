"""If-Match over a socket: what cannot be read is refused, two lines are one list."""

import pytest

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
BODY = b'{"name": "Eve"}'


@pytest.fixture
def ada(owner):
    return owner.ask("POST", CUSTOMERS, ADA).headers["Location"]


def patch(site, owner, path, *lines):
    head = [
        f"PATCH {path} HTTP/1.1".encode(),
        b"Host: localhost",
        f"X-API-Key: {owner.key}".encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(BODY),
        *lines,
    ]
    return site.raw(b"\r\n".join(head) + b"\r\n\r\n" + BODY)


@pytest.mark.parametrize(
    "value", [b'"1"x', b'x"1"', b"", b" ", b"1", b'*, "1"', b'"1" "2"', b"\t,\t"]
)
def test_a_guard_that_cannot_be_read_is_refused(site, owner, ada, value):
    answer = patch(site, owner, ada, b"If-Match: " + value)
    assert answer.status == 400
    assert answer.json()["code"] == "invalid_precondition"
    assert owner.ask("GET", ada).json()["name"] == "Ada"


@pytest.mark.parametrize(
    ("value", "status"),
    [
        (b"\xe9\xff", 400),
        ("é".encode(), 400),
        (b'"1"\xa0', 400),
        (b'"99\xe9"', 412),
        ('"99", "ü"'.encode(), 412),
        ('"ü" , W/"1-gzip"'.encode(), 200),
    ],
)
def test_bytes_above_ascii_do_not_make_a_guard_vanish(site, owner, ada, value, status):
    assert patch(site, owner, ada, b"If-Match: " + value).status == status
    changed = owner.ask("GET", ada).json()["name"] == "Eve"
    assert changed == (status == 200)


def test_two_lines_are_one_list(site, owner, ada):
    two = patch(site, owner, ada, b'If-Match: "8"', b'if-match: "9"')
    assert two.status == 412
    two = patch(site, owner, ada, b'If-Match: "8"', b'If-Match: W/"1-gzip"')
    assert (two.status, two.headers["ETag"]) == (200, '"2"')
    two = patch(site, owner, ada, b'If-Match: "2"', b"If-Match: x")
    assert two.status == 400
