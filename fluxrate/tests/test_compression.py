"""Text over 1 KB is gzip for clients that accept it, by plans and by the views."""

import gzip
import json
import zlib
from functools import partial

import pytest

from fluxrate.api.content_coding import (
    MAX_LOOP_BYTES,
    accepts_gzip,
    encode,
)
from fluxrate.tests.test_wire import ADA, CUSTOMERS

MANY = f"{CUSTOMERS}?page_size=100"
PADDING = {"metadata": {f"key-{number}": "x" * 40 for number in range(20)}}
LENGTHS = ("content-length", "content-encoding")
OWN = (*LENGTHS, "etag", "date", "x-request-id", "ratelimit")


@pytest.fixture
def crowd(owner):
    operations = [
        {"op": "create", "data": ADA | {"name": f"Ada {number}"} | PADDING}
        for number in range(100)
    ]
    answer = owner.ask("POST", f"{CUSTOMERS}/batch", {"operations": operations})
    assert answer.status == 200, answer.body
    return owner


def fields(answer, without=()):
    named = ((name.lower(), value) for name, value in answer.headers.items())
    return sorted(item for item in named if item[0] not in without)


def vary(answer):
    return answer.headers["Vary"].split(", ")


@pytest.mark.parametrize("times", [1, 8], ids=["views", "plan"])
@pytest.mark.parametrize("size", [20, 100], ids=["in the loop", "in a thread"])
def test_a_list_is_compressed_if_asked_and_otherwise_the_same(crowd, times, size):
    path = f"{CUSTOMERS}?page_size={size}"
    for _ in range(times):
        plain = crowd.ask("GET", path)
        coded = crowd.ask("GET", path, accept_encoding="br, gzip;q=0.8")
    assert (len(plain.body) > MAX_LOOP_BYTES) == (size == 100)
    assert coded.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(coded.body) == plain.body
    assert len(coded.body) < len(plain.body) / 3
    assert vary(coded)[-1] == vary(plain)[-1] == "Accept-Encoding"
    assert fields(coded, OWN) == fields(plain, OWN)


def test_one_object_has_a_weak_etag_with_which_it_is_changed(owner):
    path = owner.ask("POST", CUSTOMERS, ADA | PADDING).headers["Location"]
    coded = owner.ask("GET", path, accept_encoding="gzip")
    tag = coded.headers["ETag"]
    assert (coded.headers["Content-Encoding"], tag) == ("gzip", 'W/"1"')
    assert owner.ask("GET", path).headers["ETag"] == '"1"'
    unchanged = owner.ask("GET", path, accept_encoding="gzip", if_none_match=tag)
    assert (unchanged.status, vary(unchanged)[-1]) == (304, "Accept-Encoding")
    changed = owner.ask("PATCH", path, {"name": "Ada L."}, if_match=tag)
    assert changed.status == 200


def test_head_has_the_headers_of_get(crowd):
    sent = {"Cookie": crowd.cookie, "Accept-Encoding": "gzip"}
    head, get = (crowd.site.ask(method, MANY, None, sent) for method in ("HEAD", "GET"))
    assert head.body == b""
    assert fields(head, OWN[2:]) == fields(get, OWN[2:])


def test_a_small_body_and_a_refusal_are_sent_as_they_are(owner):
    for path in (CUSTOMERS, f"{CUSTOMERS}?page=0"):
        answer = owner.ask("GET", path, accept_encoding="gzip")
        assert "Content-Encoding" not in answer.headers
        assert answer.json()


def test_a_secret_is_never_compressed(owner):
    """BREACH: the length would show how much of it the caller's text repeats."""
    key = {"name": "x" * 100, "scopes": ["customers.read"]}
    login = {"email": owner.email, "password": "x" * 2_000}
    for path, body in (("/api/v1/api-keys", key), ("/api/v1/auth/login", login)):
        answer = owner.ask("POST", path, body, accept_encoding="gzip")
        assert answer.headers["Cache-Control"] == "no-store, no-transform"
        assert "Content-Encoding" not in answer.headers
    page = owner.ask("GET", "/admin/login/", accept_encoding="gzip")
    assert b"csrfmiddlewaretoken" in page.body
    assert "Content-Encoding" not in page.headers


def test_openapi_is_compressed_once_with_an_etag_for_each_coding(site):
    ask = partial(site.ask, "GET", "/openapi.yaml", None)
    plain, coded = ask({}), ask({"Accept-Encoding": "gzip"})
    assert gzip.decompress(coded.body) == plain.body
    assert len(coded.body) < len(plain.body) / 10
    tags = [answer.headers["ETag"] for answer in (plain, coded)]
    assert tags[0] != tags[1]
    assert vary(plain) == vary(coded) == ["Accept-Encoding"]
    for coding, tag in zip(("identity", "gzip"), tags, strict=True):
        unchanged = ask({"Accept-Encoding": coding, "If-None-Match": tag})
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["ETag"] == tag


@pytest.mark.parametrize("cache", ["no-store, no-transform", "no-store"])
def test_no_transform_exempts_a_response(cache):
    headers = [("Content-Type", "application/json"), ("Cache-Control", cache)]
    body = json.dumps(["secret"] * 1_000).encode()
    sent, coded = encode(headers, body, "gzip")
    assert (coded == body) == ("no-transform" in cache)
    assert dict(sent).get("Content-Encoding") == (None if coded == body else "gzip")


def test_the_window_of_the_coder_fits_any_decoder():
    _, coded = encode([("Content-Type", "application/json")], b"a" * 9_999, "gzip")
    assert zlib.decompress(coded, 31) == b"a" * 9_999


@pytest.mark.parametrize(
    ("header", "accepted"),
    [
        *(("gzip", True), ("GZIP", True), ("br, gzip;q=0.5", True), ("x-gzip", True)),
        *(("*", True), ("*;q=0.1", True), ("deflate, gzip ; q=1.000", True)),
        *(("", False), ("br", False), ("gzip;q=0", False), ("gzip;q=0.000", False)),
        *(("gzip;q=0, *", False), ("identity, *;q=0", False), ("gzip;q=x", False)),
    ],
)
def test_accept_encoding_is_read_as_rfc_9110_says(header, accepted):
    assert accepts_gzip(header) is accepted
