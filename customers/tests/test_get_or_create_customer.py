"""One customer by an email or an external_id, however often and at once."""

import pytest

from conftest import with_key
from customers.models import Customer
from fluxrate.tests.concurrency import at_once

URL, CUSTOMERS = "/api/v1/customers/get-or-create", "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@b.co", "external_id": "a"}


@pytest.mark.parametrize(
    ("match", "other"), [("email", {"email": "ADA@B.co"}), ("external_id", {})]
)
def test_the_first_request_creates_and_the_next_one_reads(acme_api, match, other):
    first = acme_api.post(URL, ADA | {"match": match})
    again = acme_api.post(URL, ADA | {"match": match, "name": "Bea"} | other)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    assert first["Location"] == f"{CUSTOMERS}/{first.json()['id']}"
    assert again["ETag"] == '"1"'
    assert "Location" not in again


def test_an_email_of_several_customers_is_ambiguous(acme_api):
    ids = [
        acme_api.post(CUSTOMERS, ADA | {"external_id": name}).json()["id"]
        for name in "ab"
    ]
    refused = acme_api.post(URL, ADA | {"match": "email"})
    assert (refused.status_code, refused.json()["code"]) == (409, "ambiguous_match")
    assert refused.json()["customer_ids"] == ids


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"match": "phone"}, "match"),
        ({"match": None}, "match"),
        ({"match": "external_id", "external_id": None}, "external_id"),
        ({"match": "email", "email": "nope"}, "email"),
        ({"match": "email", "name": ""}, "name"),
        ({"match": "email", "nmae": "Ada"}, "nmae"),
    ],
)
def test_a_body_that_could_not_create_is_refused(acme_api, body, field):
    refused = acme_api.post(URL, ADA | body)
    assert refused.status_code == 422
    assert [error["field"] for error in refused.json()["errors"]] == [field]


def test_a_customer_of_another_organization_does_not_match(acme_api, globex_api):
    acme_api.post(CUSTOMERS, ADA)
    assert globex_api.post(URL, ADA | {"match": "email"}).status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("match", ["email", "external_id"])
def test_parallel_requests_create_one_customer(acme, match):
    api = with_key(acme.organization, "customers.write")
    for number in range(10):
        email = f"ada{number}@b.co"
        body = {"name": "Ada", "email": email, "external_id": email, "match": match}
        responses = at_once(lambda sent: api.post(URL, sent), [body] * 20, threads=20)
        statuses = sorted(response.status_code for response in responses)
        assert statuses == [200] * 19 + [201]
        assert len({response.json()["id"] for response in responses}) == 1
    assert Customer.objects.count() == 10
