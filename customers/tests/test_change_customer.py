"""PUT and PATCH change the fields of the body, and no others."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from customers.models import Customer

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com", "phone": "1", "metadata": {"a": "1"}}


@pytest.fixture
def ada(acme_api):
    return acme_api.post(URL, ADA).json()


@pytest.fixture
def here(ada):
    return f"{URL}/{ada['id']}"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_fields_of_the_body_change(acme_api, ada, here, method):
    answer = getattr(acme_api, method)(here, {"name": "Acme Corporation"})
    assert answer.status_code == 200, answer.content
    changed = answer.json()
    assert changed["name"] == "Acme Corporation"
    assert {name for name in ada if ada[name] != changed[name]} <= {
        "name",
        "updated_at",
        "revision",
    }
    assert changed["updated_at"] > ada["updated_at"]
    assert acme_api.get(here).json() == changed


def test_null_clears_an_optional_field_and_not_a_required_one(acme_api, here):
    assert acme_api.patch(here, {"phone": None}).json()["phone"] is None
    assert acme_api.patch(here, {"name": None}).status_code == 422
    assert acme_api.patch(here, {"name": " "}).status_code == 422


def test_a_response_can_be_sent_back_whole(acme_api, ada, here):
    answer = acme_api.put(here, ada | {"name": "Ada L."})
    assert answer.status_code == 200
    assert answer.json()["name"] == "Ada L."


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", "550e8400-e29b-41d4-a716-446655440000"),
        ("organization_id", None),
        ("revision", 7),
        ("revision", True),
        ("revision", 1.0),
        ("created_at", "2025-01-01T00:00:00Z"),
        ("updated_at", ""),
    ],
)
def test_a_read_only_field_cannot_change(acme_api, here, field, value):
    answer = acme_api.patch(here, {field: value, "name": "Eve"})
    assert answer.status_code == 422
    (error,) = answer.json()["errors"]
    assert (error["field"], error["code"]) == (field, "read_only")
    assert acme_api.get(here).json()["name"] == "Ada"


@pytest.mark.parametrize("body", [{}, {"name": "Ada"}, {"metadata": {}}])
def test_a_change_without_effect_succeeds(acme_api, ada, here, body):
    answer = acme_api.patch(here, body)
    assert answer.status_code == 200
    assert answer.json() | {"updated_at": 0, "revision": 0} == ada | {
        "updated_at": 0,
        "revision": 0,
    }


def test_a_taken_external_id_is_409(acme_api, here):
    acme_api.post(URL, ADA | {"external_id": "b"})
    answer = acme_api.patch(here, {"external_id": " b "})
    assert answer.status_code == 409
    assert answer.json()["code"] == "external_id_taken"
    assert answer.json()["errors"][0]["field"] == "external_id"
    assert acme_api.get(here).json()["external_id"] is None


@pytest.mark.usefixtures("ordinary_way")
def test_a_customer_deleted_during_a_change_is_404(acme_api, here, monkeypatch):
    """The row is deleted between reading and writing."""
    monkeypatch.setattr(
        "customers.serializers.customer.CustomerSerializer.validate_name",
        lambda _, name: Customer.objects.all().delete() and name,
        raising=False,
    )
    answer = acme_api.patch(here, {"name": "Eve"})
    assert answer.status_code == 404
    assert answer.json()["detail"] == "Customer not found"


def together(count, send):
    """Call send(0) … send(count - 1) at once, each on a connection of its own."""

    def alone(number):
        try:
            return send(number)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(alone, range(count)))


@pytest.mark.django_db(transaction=True)
def test_concurrent_writes_of_different_fields_and_keys_all_succeed(acme, acme_api):
    created = acme_api.post(URL, ADA).json()
    here = f"{URL}/{created['id']}"
    fields = ["name", "phone", "billing_address_city", "billing_address_state"]

    def send(number):
        if number < len(fields):
            body = {fields[number]: f"new {number}"}
        else:
            body = {"metadata": {f"key {number}": "x"}}
        return acme_api.patch(here, body).status_code

    assert set(together(50, send)) == {200}
    after = acme_api.get(here).json()
    assert [after[name] for name in fields] == [f"new {n}" for n in range(4)]
    assert after["metadata"] == {"a": "1"} | {f"key {n}": "x" for n in range(4, 50)}


@pytest.mark.django_db(transaction=True)
def test_one_of_twenty_concurrent_creates_of_an_external_id_is_201(acme_api):
    for turn in range(10):
        body = ADA | {"external_id": f"once-{turn}"}
        codes = together(20, lambda _, body=body: acme_api.post(URL, body).status_code)
        assert sorted(codes) == [201] + [409] * 19


@pytest.mark.django_db(transaction=True)
def test_concurrent_change_and_delete_is_200_204_or_404(acme_api):
    for _ in range(5):
        here = f"{URL}/{acme_api.post(URL, ADA).json()['id']}"

        def send(number, here=here):
            if number == 3:
                return acme_api.delete(here).status_code
            return acme_api.patch(here, {"phone": str(number)}).status_code

        assert set(together(6, send)) <= {200, 204, 404}
        assert acme_api.get(here).status_code == 404
