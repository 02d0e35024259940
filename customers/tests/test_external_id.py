"""A customer by the caller's own id: read, upsert, delete."""

from urllib.parse import quote

import pytest

from customers.models import Customer

from .test_change_customer import together

URL = "/api/v1/customers"
EXTERNAL = f"{URL}/external"
ADA = {"name": "Ada", "email": "ada@example.com"}
UNUSUAL = [
    "acme-corp-001",
    "a/b",
    "a/b/",
    "/a",
    "//",
    "..",
    "../../plans",
    ".",
    "%2F",
    "100%",
    "a?b=c",
    "a#b",
    "a b",
    "a+b",
    "ключ/鍵/🔑",
    "\\",
    "'; --",
    "subscriptions",
    "x" * 255,
]


def at(external_id):
    return f"{EXTERNAL}/{quote(external_id, safe='')}"


@pytest.mark.parametrize("external_id", UNUSUAL)
def test_any_external_id_is_a_valid_path(acme_api, external_id):
    created = acme_api.put(at(external_id), ADA)
    assert created.status_code == 201, created.content
    body = created.json()
    assert body["external_id"] == external_id
    assert created["Location"] == f"{URL}/{body['id']}"
    assert acme_api.get(at(external_id)).json() == body
    changed = acme_api.put(at(external_id), {"phone": "1"})
    assert (changed.status_code, changed.json()["phone"]) == (200, "1")
    assert acme_api.delete(at(external_id)).status_code == 204
    assert acme_api.get(at(external_id)).status_code == 404


def test_a_trailing_slash_belongs_to_the_external_id(acme_api):
    acme_api.put(at("a"), ADA)
    assert acme_api.get(f"{EXTERNAL}/a").status_code == 200
    assert acme_api.get(f"{EXTERNAL}/a/").status_code == 404


def test_an_external_id_is_normalized_as_it_is_stored(acme_api):
    assert acme_api.put(at(" e\u0301 "), ADA).json()["external_id"] == "\u00e9"
    assert acme_api.put(at("\u00e9"), {}).status_code == 200


def test_an_upsert_that_creates_needs_name_and_email(acme_api):
    answer = acme_api.put(at("a"), {"name": "Ada"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {"field": "email", "code": "required", "message": "This field is required."}
    ]


def test_the_body_may_repeat_the_external_id_but_not_change_it(acme_api):
    assert acme_api.put(at("a"), ADA | {"external_id": "a"}).status_code == 201
    for same in (" a", "a\u00a0"):
        assert acme_api.put(at("a"), {"external_id": same}).status_code == 200
    for other in ("b", None, 5, "", " ", ["a"]):
        answer = acme_api.put(at("a"), {"external_id": other})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "external_id"


def test_the_body_may_repeat_the_external_id_unnormalized(acme_api):
    for composed, other in (("\u00e9", "e\u0301"), ("\uac00", "\u1100\u1161")):
        body = ADA | {"external_id": f" {other} "}
        created = acme_api.put(at(composed), body)
        assert (created.status_code, created.json()["external_id"]) == (201, composed)
        assert acme_api.put(at(other), {"external_id": composed}).status_code == 200


def test_an_invalid_external_id_is_refused(acme_api):
    assert acme_api.put(at("x" * 256), ADA).status_code == 422
    assert acme_api.get(at("x" * 256)).status_code == 404
    for impossible in ("a\x00", "a\nb", "\x1b"):
        for method in ("get", "put", "delete"):
            answer = getattr(acme_api, method)(at(impossible), ADA)
            assert answer.status_code == 404, impossible


def test_an_upsert_merges_metadata(acme_api):
    acme_api.put(at("a"), ADA | {"metadata": {"a": "1", "b": None}})
    answer = acme_api.put(at("a"), {"metadata": {"b": "2"}})
    assert answer.json()["metadata"] == {"a": "1", "b": "2"}


def test_a_response_can_be_put_back(acme_api):
    body = acme_api.put(at("a"), ADA).json()
    answer = acme_api.put(at("a"), body | {"name": "Ada L."})
    assert (answer.status_code, answer.json()["name"]) == (200, "Ada L.")
    assert acme_api.put(at("a"), {"revision": 99}).status_code == 422
    assert acme_api.put(at("b"), body | {"external_id": "b"}).status_code == 422


def test_two_organizations_may_use_the_same_external_id(acme_api, globex_api):
    one = acme_api.put(at("a"), ADA).json()
    assert globex_api.get(at("a")).status_code == 404
    other = globex_api.put(at("a"), ADA | {"name": "Eve"})
    assert other.status_code == 201
    assert acme_api.get(at("a")).json() == one
    assert globex_api.delete(at("a")).status_code == 204
    assert acme_api.get(at("a")).json() == one


def test_a_body_that_is_not_an_object_is_422(acme_api):
    for body in ("[]", "null", '"a"'):
        answer = acme_api.generic("PUT", at("a"), body, "application/json")
        assert answer.status_code == 422, answer.content


@pytest.mark.django_db(transaction=True)
def test_one_of_twenty_concurrent_upserts_creates(acme_api):
    for turn in range(3):
        here = at(f"once/{turn}")

        def send(number, here=here):
            body = ADA | {"metadata": {f"k{number}": "x"}}
            return acme_api.put(here, body).status_code

        assert sorted(together(20, send)) == [200] * 19 + [201]
        assert len(acme_api.get(here).json()["metadata"]) == 20
    assert Customer.objects.count() == 3


def test_reading_a_past_state_takes_three_statements(
    acme_api, django_assert_num_queries
):
    """The caller, the customer, and its event."""
    acme_api.put(at("a"), ADA)
    with django_assert_num_queries(3):
        acme_api.get(f"{at('a')}?as_of=2999-01-01T00:00:00Z")


def test_a_past_state_is_read_by_external_id(acme_api):
    before = acme_api.put(at("a"), ADA).json()
    acme_api.put(at("a"), {"name": "Ada L."})
    as_of = quote(before["created_at"])
    assert acme_api.get(f"{at('a')}?as_of={as_of}").json()["name"] == "Ada"
    assert acme_api.get(f"{at('a')}?as_of=2000-01-01T00:00:00Z").status_code == 404
    assert acme_api.get(f"{at('b')}?as_of={as_of}").status_code == 404
