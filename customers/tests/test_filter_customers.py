"""Every filter of customers, and refused values."""

import pytest

URL = "/api/v1/customers"
FULL = {
    "name": "Ada",
    "email": "Ada@Example.com",
    "external_id": "a-1",
    "phone": "+1-555-0100",
    "billing_address_city": "Köln",
    "billing_address_state": "NRW",
    "billing_address_country": "DE",
    "billing_address_postal_code": "50667",
    "metadata": {"segment": "smb", "source": "web"},
}


@pytest.fixture
def ada(acme_api):
    """Ada has everything, Bob nothing that is optional."""
    bob = acme_api.post(URL, {"name": "Bob", "email": "bob@example.com"}).json()
    return acme_api.post(URL, FULL).json() | {"bob": bob["id"]}


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"email": "ADA@example.com"}, ["Ada"]),
        ({"name": "Ada"}, ["Ada"]),
        ({"phone": "+1-555-0100"}, ["Ada"]),
        ({"billing_address_country": "de"}, ["Ada"]),
        ({"billing_address_city": "Köln", "status": "ACTIVE"}, ["Ada"]),
        ({"billing_address_city": "Köln", "status": "INACTIVE"}, []),
        ({"external_id__in": "a-1,a-2"}, ["Ada"]),
        ({"metadata[segment]": "smb"}, ["Ada"]),
        ({"metadata[segment]": "smb", "metadata[source]": "web"}, ["Ada"]),
        ({"metadata[segment]": "smb", "metadata[source]": "fair"}, []),
        ({"missing": "phone,billing_address_country"}, ["Bob"]),
        ({"missing": "billing_address_line1"}, ["Ada", "Bob"]),
        ({"subscription_status": "ACTIVE"}, []),
        ({"ordering": "email"}, ["Ada", "Bob"]),
        ({"ordering": "-email"}, ["Bob", "Ada"]),
    ],
)
def test_a_filter_selects_matching_customers(ada, acme_api, query, expected):
    body = acme_api.get(URL, query).json()
    assert [row["name"] for row in body["data"]] == expected
    assert body["meta"]["total"] == len(expected)


def test_customers_are_filtered_by_ids_and_subscription_status(ada, acme_api):
    both = acme_api.get(URL, {"id__in": f"{ada['id']},{ada['bob']}"}).json()
    assert both["meta"]["total"] == 2
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()["id"]
    body = {"customer_id": ada["id"], "plan_id": plan}
    assert acme_api.post("/api/v1/subscriptions", body).status_code == 201
    data = acme_api.get(URL, {"subscription_status": "ACTIVE"}).json()["data"]
    assert [row["name"] for row in data] == ["Ada"]


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"id__in": "x"}, "id__in"),
        ({"external_id__in": ",".join("a" * 101)}, "external_id__in"),
        ({"missing": "name"}, "missing"),
        ({"metadata": "smb"}, "metadata"),
        ({"metadata[]": "smb"}, "metadata[]"),
        ({"subscription_status": "GONE"}, "subscription_status"),
        ({"sreach": "a"}, "sreach"),
    ],
)
def test_a_bad_filter_is_refused_by_name(acme_api, query, field):
    answer = acme_api.get(URL, query)
    assert answer.status_code == 400, answer.content
    assert answer.json()["errors"][0]["field"] == field
