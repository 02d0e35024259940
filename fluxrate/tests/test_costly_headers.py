"""No header takes a thread for long, and none that cannot be read is 500."""

import time

import pytest
from django.http import parse_cookie
from django.test import RequestFactory

from fluxrate.api.wsgi_request import StrictWSGIRequest

CUSTOMERS = "/api/v1/customers"
LENGTH = 120_000
COSTLY = {
    "cookie of backslashes": b'Cookie: a="' + b"\\" * LENGTH + b'"',
    "cookie of escapes": b'Cookie: a="' + b"\\a" * (LENGTH // 2) + b'"',
    "cookie of octets": b'Cookie: a="' + b"\\101" * (LENGTH // 4) + b'"',
    "many cookies": b"Cookie: " + b"a=b;" * (LENGTH // 4),
    "type of semicolons": b"Content-Type: application/json" + b";" * LENGTH,
    "type of parameters": b"Content-Type: a/b;" + b"a=b;" * (LENGTH // 4),
}


@pytest.mark.parametrize("path", [CUSTOMERS, "/admin/login/", "/health"])
@pytest.mark.parametrize("header", COSTLY.values(), ids=COSTLY)
def test_a_long_header_takes_no_thread_for_long(site, owner, header, path):
    key = f"X-API-Key: {owner.key}".encode()
    lines = (f"GET {path} HTTP/1.1".encode(), b"Host: localhost", key, header)
    began = time.monotonic()
    answer = site.raw(b"\r\n".join(lines) + b"\r\n\r\n")
    assert answer.status == 200
    assert time.monotonic() - began < 5


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; x*=none''y",
        "application/json; charset*=none''y",
        "application/json; charset*0*=none''y",
        "application/json" + ";" * 2_000,
        "application/json; x*=\u00e9''y",
    ],
)
@pytest.mark.parametrize("name", ["Content-Type", "Accept"])
def test_a_type_that_cannot_be_read_is_a_refusal(site, owner, content_type, name):
    body = {"name": "Ada", "email": "ada@example.com"}
    sent = {"X-API-Key": owner.key} | {name: content_type}
    answer = site.ask("POST", CUSTOMERS, body, sent)
    assert answer.status == 415 if name == "Content-Type" else answer.status < 500
    assert answer.headers["Content-Type"] == "application/json"
    assert site.ask("GET", CUSTOMERS, headers=sent).status < 500


@pytest.mark.parametrize(
    "header",
    [
        "",
        "a=b",
        "a=b; c=d;a=e",
        "a",
        "=a",
        "a=; ;",
        'a="b"',
        'a="b\\054c\\"d\\\\e"',
        'a="',
        'a="\\400\\1"',
        'a=""',
        "a=b=c",
    ],
)
def test_cookies_are_what_django_reads(header):
    environ = RequestFactory().get("/", headers={"Cookie": header}).environ
    cookies = StrictWSGIRequest(environ).COOKIES
    assert cookies == parse_cookie(header)
