"""Media types, codings and byte order marks of bodies; the size of error responses."""

import json
import time

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
BODY = json.dumps(ADA).encode()
BOM = b"\xef\xbb\xbf"


@pytest.mark.parametrize(
    "media",
    [
        "*/*",
        "application/*",
        "*/json",
        "*",
        "application",
        "text/plain",
        "application/json, application/json",
        "application/json-patch+json",
        "application/x-www-form-urlencoded",
    ],
)
def test_an_unsupported_media_type_is_415(acme_api, media):
    response = acme_api.generic("POST", URL, BODY, media)
    assert (response.status_code, response.json()["code"]) == (
        415,
        "unsupported_media_type",
    )


@pytest.mark.parametrize(
    "media",
    ["application/json", "Application/JSON;charset=utf-8", "application/json ;"],
)
def test_a_media_type_is_case_insensitive(acme_api, media):
    assert acme_api.generic("POST", URL, BODY, media).status_code == 201


def test_a_change_may_be_a_merge_patch(acme_api):
    merge = "application/merge-patch+json"
    ada = acme_api.post(URL, ADA | {"phone": "1", "metadata": {"a": "1", "b": "2"}})
    patch = b'{"phone": null, "metadata": {"a": null}}'
    for method in ("PATCH", "PUT"):
        response = acme_api.generic(method, ada["Location"], patch, merge)
        assert response.status_code == 200
        assert (response.json()["phone"], response.json()["metadata"]) == (
            None,
            {"b": "2"},
        )
    assert acme_api.generic("POST", URL, BODY, merge).status_code == 415
    offered = acme_api.options(ada["Location"])["Accept-Patch"]
    assert offered == "application/json, application/merge-patch+json"
    assert "Accept-Patch" not in acme_api.options(URL)


@pytest.mark.parametrize("coding", ["gzip", "br", "GZIP", "identity, gzip", "x", ""])
def test_a_compressed_body_is_415_with_accept_encoding(acme_api, coding):
    for url in (URL, "/api/v1/auth/login"):
        response = acme_api.post(url, ADA, headers={"Content-Encoding": coding})
        assert (response.status_code, response.json()["code"]) == (
            415,
            "unsupported_content_encoding",
        )
        assert response["Accept-Encoding"] == "identity"


def test_the_identity_coding_is_accepted(acme_api):
    identity = {"Content-Encoding": "Identity"}
    assert acme_api.post(URL, ADA, headers=identity).status_code == 201


def test_a_byte_order_mark_before_json_is_ignored(acme_api):
    response = acme_api.generic("POST", URL, BOM + BODY, "application/json")
    assert (response.status_code, response.json()["name"]) == (201, "Ada")
    url = response["Location"]
    assert acme_api.generic("PATCH", url, BOM, "application/json").status_code == 200
    for body in (BOM + BOM + BODY, BODY + BOM, "\ufeff".join("{}").encode("utf-16")):
        response = acme_api.generic("POST", URL, body, "application/json")
        assert (response.status_code, response.json()["code"]) == (
            400,
            "malformed_json",
        )


LONG, HALF = "x" * 900_000, "x" * 300_000
VAST = {
    "/api/v1/api-keys": [
        {"name": "Key", "scopes": ["x"] * 50_000},
        {"name": "Key", "scopes": [LONG]},
        {"name": "Key", "scopes": [[]] * 99},
        {"name": LONG},
    ],
    URL: [
        ADA | {f"x{number}": 1 for number in range(50_000)},
        ADA | {"metadata": {f"x{number}": 1 for number in range(50_000)}},
        ADA | {"metadata": {LONG: "x"}},
        ADA | {"metadata": {" x" * 20: HALF}},
        ADA | {"metadata": {str(number): LONG[:9_000] for number in range(50)}},
        ADA | {LONG: 1},
        ADA | {"billing_address_country": LONG},
        ADA | {"email": LONG},
        ADA | {"status": LONG},
        ADA | {"name": HALF, "external_id": HALF, "phone": HALF},
        [[]] * 50_000,
    ],
    "/api/v1/plans": [{"name": "Pro", "currency": HALF, "type": HALF}],
    "/api/v1/subscriptions": [
        {"customer_id": HALF, "plan_id": HALF, "start_date": HALF}
    ],
    "/api/v1/auth/login": [{"email": HALF, "password": HALF}],
}


@pytest.mark.parametrize("url", VAST)
def test_an_error_response_has_a_bounded_size(acme_api, url):
    for body in VAST[url]:
        start = time.thread_time()
        response = acme_api.post(url, body)
        seconds = time.thread_time() - start
        assert response.status_code in {400, 401, 422}, response.content[:200]
        assert len(response.content) < 20_000
        assert len(response.json().get("errors", [])) <= 20
        assert seconds < 1


def test_the_first_errors_are_listed_and_the_others_counted(acme_api):
    body = {"name": "Key", "scopes": ["x"] * 99}
    response = acme_api.post("/api/v1/api-keys", body).json()
    assert len(response["errors"]) == 20
    assert response["more_errors"] == 79
    assert response["detail"].endswith("There are 79 more errors.")
    too_many = {"name": "Key", "scopes": ["x"] * 50_000}
    response = acme_api.post("/api/v1/api-keys", too_many).json()
    assert response["errors"] == [
        {
            "field": "scopes",
            "code": "max_length",
            "message": "At most 100 values are accepted.",
        }
    ]


def test_a_long_parameter_name_is_truncated(acme_api):
    response = acme_api.get(f"{URL}?{LONG[:60_000]}=1")
    assert response.status_code == 400
    assert len(response.content) < 2_000
