"""A header that stands twice is one list, or is refused; never is one of two taken."""

import json

import pytest

CUSTOMERS = "/api/v1/customers"
BODY = json.dumps({"name": "Ada", "email": "ada@example.com"}).encode()


def post(site, *lines):
    head = [
        f"POST {CUSTOMERS} HTTP/1.1".encode(),
        b"Host: localhost",
        b"Content-Length: %d" % len(BODY),
        *lines,
    ]
    return site.raw(b"\r\n".join(head) + b"\r\n\r\n" + BODY)


@pytest.fixture
def lines(owner):
    return [b"X-API-Key: " + owner.key.encode(), b"Content-Type: application/json"]


def total(owner):
    return owner.ask("GET", CUSTOMERS).json()["meta"]["total"]


def test_once_each_is_well(site, owner, lines):
    assert post(site, *lines).status == 201


@pytest.mark.parametrize(
    ("extra", "status"),
    [
        (b"Content-Type: text/plain", 415),
        (b"X-API-Key: org_live_other", 401),
        (b"Content-Length: 5", 400),
        (b"Content-Encoding: identity\r\nContent-Encoding: gzip", 415),
        (b"Idempotency-Key: a b", 400),
    ],
)
def test_twice_is_refused(site, owner, lines, extra, status):
    for order in ([*lines, extra], [extra, *lines]):
        answer = post(site, *order)
        assert answer.status == status, answer.body
    assert total(owner) == 0


def test_two_idempotency_keys_are_one_list_which_is_a_key(site, owner, lines):
    two = [*lines, b"Idempotency-Key: a", b"Idempotency-Key: b"]
    first, again = post(site, *two), post(site, *two)
    assert (first.status, again.headers["Idempotency-Replayed"]) == (201, "true")
    assert post(site, *lines, b"Idempotency-Key: a").status == 201
    assert total(owner) == 2


def test_a_line_that_goes_on_or_holds_a_bare_return_is_refused(site, owner, lines):
    for odd in (
        b"X-Change-Reason: one\r\n two",
        b"X-Change-Reason: one\rIf-Match: 7",
        b"X-Change-Reason : one",
        b"X-Change-Reason: a\0b",
        b"If Match: 7",
        b": empty",
    ):
        assert post(site, odd, *lines).status == 400, odd
    assert total(owner) == 0
