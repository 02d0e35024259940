"""A flat map of strings, merged by key in the database."""

import pytest

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


@pytest.fixture
def here(acme_api):
    body = acme_api.post(
        URL, ADA | {"metadata": {"a": "1", "b": "2", "c": None}}
    ).json()
    assert body["metadata"] == {"a": "1", "b": "2"}
    return f"{URL}/{body['id']}"


def test_a_change_merges_metadata_and_null_removes_a_key(acme_api, here):
    patch = {"metadata": {"b": None, "c": "3", "never": None}}
    answer = acme_api.patch(here, patch)
    assert answer.json()["metadata"] == {"a": "1", "c": "3"}
    assert acme_api.patch(here, {"metadata": {}}).json() == acme_api.get(here).json()


def test_a_value_may_be_any_text(acme_api, here):
    text = '“quoted” \\ {"json": 1} %s\nnew line'
    answer = acme_api.patch(here, {"metadata": {"k %s ' \" ?": text}})
    assert answer.json()["metadata"]["k %s ' \" ?"] == text


@pytest.mark.parametrize(
    ("metadata", "field", "code"),
    [
        (None, "metadata", "null"),
        ([], "metadata", "not_a_dict"),
        ("a", "metadata", "not_a_dict"),
        ({"a": 1}, "metadata.a", "invalid"),
        ({"a": True}, "metadata.a", "invalid"),
        ({"a": {"b": "c"}}, "metadata.a", "invalid"),
        ({"a": ["b"]}, "metadata.a", "invalid"),
        ({"a": "x" * 501}, "metadata.a", "max_length"),
        ({"": "x"}, "metadata", "invalid_key"),
        ({"x" * 41: "x"}, "metadata", "invalid_key"),
        ({"x" * 900_000: "x"}, "metadata", "invalid_key"),
        ({" a": "x"}, "metadata", "invalid_key"),
        ({"e\u0301": "x"}, "metadata", "invalid_key"),
        ({f"k{number}": "x" for number in range(51)}, "metadata", "too_many_keys"),
    ],
)
def test_nested_or_too_large_metadata_is_422(acme_api, here, metadata, field, code):
    for answer in (
        acme_api.patch(here, {"metadata": metadata}),
        acme_api.post(URL, ADA | {"metadata": metadata}),
    ):
        assert answer.status_code == 422, answer.content
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == (field, code)
        assert len(answer.content) < 1000


def test_metadata_at_the_limits_is_stored(acme_api, here):
    large = {f"{number:040}": "é" * 500 for number in range(48)}
    assert acme_api.patch(here, {"metadata": large}).status_code == 200


def test_a_merge_that_grows_too_large_is_422(acme_api, here):
    many = {f"k{number}": "x" for number in range(48)}
    assert acme_api.patch(here, {"metadata": many}).status_code == 200
    answer = acme_api.patch(here, {"metadata": {"one": "more"}})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == ("metadata", "metadata_invalid")
    assert error["message"].startswith("At most 50 keys")
    exchange = {"metadata": {"one": "more", "k0": None}}
    assert acme_api.patch(here, exchange).status_code == 200
