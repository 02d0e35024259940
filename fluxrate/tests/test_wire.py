"""What callers send and get over a socket, from the server that operators run."""

import json

import pytest

CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
LARGEST = 1_000_000


def request(line, *headers, body=b""):
    """The bytes of a request with these headers, each a text or bytes."""
    lines = [f"{line} HTTP/1.1".encode(), b"Host: localhost"]
    lines += [h if isinstance(h, bytes) else h.encode() for h in headers]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def post(owner, path, *headers, body=b""):
    more = (f"X-API-Key: {owner.key}", "Content-Type: application/json")
    return request(f"POST {path}", *more, *headers, body=body)


def chunked(content, size=1_000):
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(x), x) for x in [*pieces, b""])


def padded(size, **more):
    """A customer as JSON of so many bytes."""
    content = json.dumps(ADA | more).encode()
    return content + b" " * (size - len(content))


@pytest.fixture
def ada(owner):
    answer = owner.ask("POST", CUSTOMERS, ADA)
    assert answer.status == 201, answer.body
    return answer


def test_a_customer_is_created_with_the_cookie_and_read_with_the_key(site, owner, ada):
    path = ada.headers["Location"]
    answer = site.raw(request(f"GET {path}", f"X-API-Key: {owner.key}"))
    assert answer.status == 200
    assert answer.json()["name"] == "Ada"


# Headers.


def test_a_reason_in_utf_8_is_in_the_history(site, owner):
    reason = "Müller ist umgezogen, 東京"
    body = json.dumps(ADA).encode()
    sent = (f"X-Change-Reason: {reason}", f"Content-Length: {len(body)}")
    answer = site.raw(post(owner, CUSTOMERS, *sent, body=body))
    assert answer.status == 201
    events = owner.ask("GET", f"/api/v1/events?object_id={answer.json()['id']}")
    assert [event["reason"] for event in events.json()["data"]] == [reason]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_a_foreign_cookie_above_ascii_logs_nobody_out(site, owner, encoding):
    cookie = f"Cookie: stadt=München; {owner.cookie}".encode(encoding)
    assert site.raw(request(f"GET {CUSTOMERS}", cookie)).status == 200


def test_a_tag_above_ascii_is_still_a_guard(site, owner, ada):
    guard = 'If-Match: "99", "ü"'
    line = f"PATCH {ada.headers['Location']}"
    sent = ("Content-Type: application/json", f"Cookie: {owner.cookie}", guard)
    answer = site.raw(request(line, *sent, "Content-Length: 2", body=b"{}"))
    assert answer.status in {400, 412}


def test_a_name_with_an_underscore_is_no_name_of_ours(site, owner):
    assert (
        site.raw(request(f"GET {CUSTOMERS}", f"X_API_Key: {owner.key}")).status == 401
    )


def test_bytes_above_ascii_in_an_address_are_those_of_the_same_text(site, owner):
    body = ADA | {"billing_address_city": "Zürich"}
    assert owner.ask("POST", CUSTOMERS, body).status == 201
    line = f"GET {CUSTOMERS}?billing_address_city=Zürich"
    answer = site.raw(request(line, f"X-API-Key: {owner.key}"))
    assert [each["name"] for each in answer.json()["data"]] == ["Ada"]


def test_an_absolute_address_is_understood(site, owner):
    line = f"GET http://localhost:{site.port}{CUSTOMERS}"
    assert site.raw(request(line, f"X-API-Key: {owner.key}")).status == 200


# Bodies.


@pytest.mark.parametrize("size", [1, 7, 1_000])
def test_a_body_in_chunks_is_read(site, owner, size):
    body = chunked(json.dumps(ADA).encode(), size)
    answer = site.raw(post(owner, CUSTOMERS, "Transfer-Encoding: chunked", body=body))
    assert (answer.status, answer.json()["name"]) == (201, "Ada")


def test_a_trailer_is_no_header(site, owner):
    body = chunked(json.dumps(ADA).encode())[:-2] + b"X-Change-Reason: late\r\n\r\n"
    answer = site.raw(post(owner, CUSTOMERS, "Transfer-Encoding: chunked", body=body))
    assert answer.status == 201
    events = owner.ask("GET", f"/api/v1/events?object_id={answer.json()['id']}")
    assert [event["reason"] for event in events.json()["data"]] == [""]


def test_an_action_takes_an_empty_body_in_chunks(site, owner, ada):
    plan = owner.ask("POST", "/api/v1/plans", {"name": "Pro"}).json()["id"]
    body = {"customer_id": ada.json()["id"], "plan_id": plan}
    subscription = owner.ask("POST", "/api/v1/subscriptions", body).json()["id"]
    path = f"/api/v1/subscriptions/{subscription}/pause"
    answer = site.raw(
        post(owner, path, "Transfer-Encoding: chunked", body=b"0\r\n\r\n")
    )
    assert (answer.status, answer.json()["status"]) == (200, "PAUSED")


@pytest.mark.parametrize(("more", "status"), [(0, 201), (1, 413)])
def test_a_body_in_chunks_has_the_limit_of_any_other(site, owner, more, status):
    body = chunked(padded(LARGEST + more), 50_000)
    answer = site.raw(post(owner, CUSTOMERS, "Transfer-Encoding: chunked", body=body))
    assert answer.status == status
    if more:
        assert answer.json()["code"] == "body_too_large"
        assert answer.headers["Connection"] == "close"


def test_a_refused_body_leaves_the_connection_in_use(site):
    sent = request(
        f"POST {CUSTOMERS}",
        "X-API-Key: org_live_wrong",
        "Content-Type: application/json",
        "Content-Length: 200000",
    )
    with site.wire() as wire:
        for _ in range(30):
            # Headers and body apart: most servers have refused before the body comes.
            answer = wire.send(sent).send(padded(200_000)).answer()
            assert (answer.status, answer.headers["Connection"]) == (401, None)


def test_a_body_over_the_limit_is_refused_unread_and_the_answer_arrives(site, owner):
    for _ in range(5):
        with site.wire() as wire:
            wire.send(post(owner, CUSTOMERS, "Content-Length: 3000000"))
            for _ in range(60):
                wire.send(b" " * 50_000)
            answer = wire.answer()
            assert (answer.status, answer.json()["code"]) == (413, "body_too_large")
            assert answer.headers["Connection"] == "close"
            assert wire.is_closed()


def test_a_client_that_waits_is_told_to_send_its_body(site, owner):
    body = json.dumps(ADA).encode()
    sent = ("Expect: 100-continue", f"Content-Length: {len(body)}")
    with site.wire() as wire:
        wire.send(post(owner, CUSTOMERS, *sent))
        assert wire.answer().status == 100
        assert wire.send(body).answer().status == 201


def test_a_client_that_waits_is_not_told_to_send_what_is_too_large(site, owner):
    sent = ("Expect: 100-continue", "Content-Length: 1000001")
    assert site.raw(post(owner, CUSTOMERS, *sent)).status == 413


# Connections.


def test_pipelined_requests_are_answered_in_their_order(site, owner, ada):
    key = f"X-API-Key: {owner.key}"
    lines = [f"GET {CUSTOMERS}", "GET /health", f"GET {ada.headers['Location']}"] * 20
    with site.wire() as wire:
        wire.send(b"".join(request(line, key) for line in lines))
        bodies = [wire.answer().json() for _ in lines]
    assert [next(iter(body)) for body in bodies] == ["data", "status", "id"] * 20


def test_an_offer_of_http_2_is_declined_by_an_ordinary_answer(site):
    upgrade = ("Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c")
    with site.wire() as wire:
        for _ in range(2):
            sent = request("GET /health", *upgrade, "HTTP2-Settings: AAMAAABkAAQAAP__")
            assert wire.send(sent).answer().status == 200


def test_a_client_that_has_sent_all_is_answered(site):
    with site.wire() as wire:
        wire.send(request("GET /health")).socket.shutdown(1)
        assert wire.answer().status == 200
        assert wire.is_closed()


def test_head_has_the_length_and_no_body(site):
    with site.wire() as wire:
        head = wire.send(request("HEAD /openapi.yaml")).answer(has_body=False)
        whole = wire.send(request("GET /openapi.yaml")).answer()
    assert int(head.headers["Content-Length"]) == len(whole.body) > 0


@pytest.mark.parametrize("keep", [True, False])
def test_http_1_0_is_kept_alive_where_it_asks_for_that(site, keep):
    ask = b"Connection: keep-alive\r\n" if keep else b""
    with site.wire() as wire:
        answer = wire.send(b"GET /health HTTP/1.0\r\n" + ask + b"\r\n").answer()
        assert answer.status == 200
        assert answer.headers["Connection"] == ("keep-alive" if keep else "close")
        assert keep or wire.is_closed()


def test_no_content_has_no_length(site, owner, ada):
    answer = owner.ask("DELETE", ada.headers["Location"])
    assert (answer.status, answer.headers["Content-Length"]) == (204, None)


# Refusals by the server itself.

LONG = b"a" * 70_000
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"


@pytest.mark.parametrize(
    ("sent", "status", "code"),
    [
        (b"nonsense\r\n\r\n", 400, "bad_request"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost : a\r\n\r\n", 400, "bad_request"),
        (b"GET / HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400, "bad_request"),
        (b"GET nonsense HTTP/1.1\r\nHost: a\r\n\r\n", 400, "bad_request"),
        (
            POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n",
            400,
            "bad_request",
        ),
        (
            POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n",
            400,
            "bad_request",
        ),
        (
            POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n",
            400,
            "bad_request",
        ),
        (b"GET /" + LONG + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414, "uri_too_long"),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\nX: "
            + LONG
            + b"\r\nY: "
            + LONG
            + b"\r\n\r\n",
            431,
            "headers_too_large",
        ),
        (
            b"GET / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 201 + b"\r\n",
            431,
            "headers_too_large",
        ),
        (b"FETCH / HTTP/1.1\r\nHost: a\r\n\r\n", 501, "not_implemented"),
        (b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", 505, "http_version_not_supported"),
        (b"GET /\r\n\r\n", 505, "http_version_not_supported"),
    ],
    ids=lambda value: str(value)[:60],
)
def test_what_cannot_be_read_is_refused_in_the_one_shape(site, sent, status, code):
    with site.wire() as wire:
        answer = wire.send(sent).answer()
        assert answer.status == status
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Connection"] == "close"
        problem = answer.json()
        assert (problem["code"], problem["status"]) == (code, status)
        assert problem["request_id"] == answer.headers["X-Request-ID"]
        assert wire.is_closed()


def test_what_was_asked_before_a_refusal_is_answered_first(site):
    with site.wire() as wire:
        wire.send(request("GET /health") * 2 + b"nonsense\r\n\r\n")
        assert [wire.answer().status for _ in range(3)] == [200, 200, 400]


def test_several_headers_of_one_name_are_one_list(site, owner):
    tags = ('If-None-Match: "99"', 'If-None-Match: "1"')
    path = owner.ask("POST", CUSTOMERS, ADA).headers["Location"]
    answer = site.raw(request(f"GET {path}", f"X-API-Key: {owner.key}", *tags))
    assert answer.status == 304
