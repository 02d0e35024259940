"""Paths over a socket, byte by byte: what is not UTF-8 is no path of ours."""

import json

import pytest

CUSTOMERS = "/api/v1/customers"
EXTERNAL = f"{CUSTOMERS}/external"
ADA = {"name": "Ada", "email": "ada@example.com"}
NOT_UTF_8 = ["caf%E9", "%ff", "%ED%A0%80", "%C0%AF", "%F5%80%80%80", "a%80b", "%E2%82"]


def send(site, owner, method, target, body=b"", host=b"localhost"):
    head = [
        f"{method} ".encode() + target + b" HTTP/1.1",
        b"Host: " + host,
        f"X-API-Key: {owner.key}".encode(),
        b"Content-Type: application/json",
        b"Content-Length: %d" % len(body),
    ]
    return site.raw(b"\r\n".join(head) + b"\r\n\r\n" + body)


@pytest.mark.parametrize("path", NOT_UTF_8)
def test_bytes_that_are_not_utf_8_are_no_external_id(site, owner, path):
    body = json.dumps(ADA).encode()
    for target in (f"{EXTERNAL}/{path}", f"/api/{path}", f"{CUSTOMERS}/{path}/"):
        for method in ("GET", "PUT", "DELETE"):
            answer = send(site, owner, method, target.encode(), body)
            assert answer.status == 400, target
            assert answer.json()["detail"] == "The path is not UTF-8."
    assert owner.ask("GET", CUSTOMERS).json()["meta"]["total"] == 0


def test_the_text_of_a_percent_encoding_stays_itself(site, owner):
    answer = owner.ask("PUT", f"{EXTERNAL}/caf%25E9", ADA)
    assert (answer.status, answer.json()["external_id"]) == (201, "caf%E9")
    assert owner.ask("GET", f"{EXTERNAL}/caf%25E9").status == 200
    assert owner.ask("DELETE", f"{EXTERNAL}/caf%E9").status == 400
    answer = owner.ask("PUT", f"{EXTERNAL}/caf%C3%A9", ADA)
    assert (answer.status, answer.json()["external_id"]) == (201, "café")


@pytest.mark.parametrize(
    "target",
    [
        b"/api",
        b"/api/",
        b"//api/v1/customers",
        b"/API/v1",
        b"/api//v1/customers",
        b"///api",
    ],
)
def test_every_path_under_api_is_answered_in_json(site, owner, target):
    answer = send(site, owner, "GET", target)
    assert (answer.status, answer.headers["Content-Type"]) == (404, "application/json")
    answer = send(site, owner, "GET", target, host=b"evil.example")
    assert (answer.status, answer.headers["Content-Type"]) == (400, "application/json")


def test_two_slashes_at_the_end_are_another_address(site, owner):
    here = owner.ask("POST", CUSTOMERS, ADA).headers["Location"]
    assert owner.ask("GET", f"{here}/").status == 200
    assert owner.ask("DELETE", f"{here}//").status == 404
    assert (
        owner.ask("GET", here.upper().replace("/API/V1/CUSTOMERS", CUSTOMERS)).status
        == 200
    )
