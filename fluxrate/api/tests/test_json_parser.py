"""Strict JSON: an ambiguous body, or one that cannot be stored, is an error."""

import json

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture
def post(acme_api):
    def send(body, content_type="application/json", **headers):
        return acme_api.generic("POST", URL, body, content_type, **headers)

    return send


def nested(depth):
    return b'{"metadata":' + b"[" * depth + b"]" * depth + b"}"


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"name": "Ada",}', "line 1, column"),
        (b"{'name': 'Ada'}", "line 1, column"),
        (b"nonsense", "line 1, column 1"),
        (b'{"name": "A"} {"name": "B"}', "Extra data"),
        (b'{"name": "A", "name": "B"}', "The key “name” appears twice"),
        (b'{"metadata": {"a": "1", "a": "2"}}', "The key “a” appears twice"),
        (rb'{"\ud800": 1, "\ud800": 2}', "appears twice"),
        (b'{"' + b"k" * 500_000 + b'": 1, "' + b"k" * 400_000 + b'": 1}', None),
        (rb'{"name": "A\u0000da"}', "NUL"),
        (rb'{"a\u0000": "Ada"}', "NUL"),
        (rb'{"name": "\ud83d"}', "surrogate"),
        (rb'{"\udc00": "Ada"}', "surrogate"),
        (b'{"name": "\xff"}', "Not UTF-8 at byte 10"),
        ('{"name": "Ada"}'.encode("utf-16"), "Not UTF-8"),
        (b'{"name": NaN}', "NaN is not JSON"),
        (b'{"name": -Infinity}', "-Infinity is not JSON"),
        (b'{"name": 1e999}', "too large"),
        (b'{"name": ' + b"9" * 41 + b"}", "over 40 digits"),
        (b'{"name": ' + b"9" * 10_000 + b"}", "over 40 digits"),
        (nested(20), "deeper than 20"),
        (nested(400_000), "deeper than 20"),
        (b'{"a":' * 1000 + b"1" + b"}" * 1000, "deeper than 20"),
    ],
)
def test_json_that_is_not_strict_is_400(post, body, message):
    response = post(body)
    if message is None:  # Two different long keys: unknown fields, truncated names.
        assert response.status_code == 422
        assert len(response.content) < 2000
        return
    assert response.status_code == 400, response.content
    assert response.json()["code"] == "malformed_json"
    assert message in response.json()["detail"]
    assert len(response.content) < 1000


def test_twenty_levels_are_read(post):
    response = post(nested(19))
    assert response.status_code == 422
    assert {error["field"] for error in response.json()["errors"]} == {
        "metadata",
        "name",
        "email",
    }


@pytest.mark.parametrize("body", [b"[]", b'"Ada"', b"5", b"true", b"null", b"[{}]"])
def test_a_body_that_is_not_an_object_is_422(post, body):
    response = post(body)
    assert response.status_code == 422, response.content
    assert response.json()["detail"] == "A JSON object is needed."


def test_an_empty_body_is_an_empty_object(post):
    for content_type in ("application/json", "application/x-www-form-urlencoded", ""):
        response = post(b"", content_type)
        assert response.status_code == 422
        assert {error["code"] for error in response.json()["errors"]} == {"required"}


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/xml",
        "application/vnd.api+json",
        "",
        "nonsense",
        "application/json, text/plain",
    ],
)
def test_another_content_type_is_415(post, content_type):
    response = post(json.dumps(ADA), content_type)
    assert response.status_code == 415, response.content
    assert response.json()["detail"] == "Send the body as application/json."


def test_a_charset_does_not_matter(post):
    assert post(json.dumps(ADA), "application/json; charset=UTF-8").status_code == 201


def test_a_megabyte_is_read_and_more_is_413(post):
    body = json.dumps(ADA | {"phone": ""})
    padding = " " * (1_000_000 - len(body))
    assert post(body + padding).status_code == 201
    response = post(body + padding + " ")
    assert response.status_code == 413
    assert response.json()["code"] == "body_too_large"


def test_a_chunked_body_of_another_server_is_400(post):
    response = post(
        json.dumps(ADA), HTTP_TRANSFER_ENCODING="chunked", CONTENT_LENGTH=""
    )
    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"


def test_the_errors_of_unknown_fields_are_bounded(post):
    response = post(json.dumps({f"field_{number}": 1 for number in range(50_000)}))
    assert response.status_code == 422
    assert len(response.json()["errors"]) == 20
