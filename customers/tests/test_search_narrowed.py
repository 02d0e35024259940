"""A search among some of an organization's customers costs what it costs among all."""

import json

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Subscription
from customers.search.statement import Search
from customers.search.terms import Terms

URL = "/api/v1/customers"


@pytest.fixture
def smiths(acme):
    """Save customers named Jane Smith, each with the fields of one of the arguments."""

    def save(*fields):
        Customer.objects.bulk_create(
            Customer(
                organization=acme.organization,
                name="Jane Smith",
                email="a@b.test",
                **each,
            )
            for each in fields
        )

    return save


def indexes_of(sql):
    """The indexes that the plan of a search reads beside the newest rows."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql.text}", sql.parameters)
        (plan,) = cursor.fetchone()
    plan = json.loads(plan) if isinstance(plan, str) else plan
    (indexed,) = (
        each
        for each in plan[0]["Plan"]["Plans"]
        if each.get("Subplan Name") == "CTE indexed_matches"
    )
    return set(_values(indexed, "Index Name"))


def _values(plan, name):
    if name in plan:
        yield plan[name]
    for each in plan.get("Plans", ()):
        yield from _values(each, name)


@pytest.mark.parametrize(
    "narrow",
    [
        lambda rows: rows,
        lambda rows: rows.filter(status="INACTIVE"),
        lambda rows: rows.filter(billing_address_city="K\u00f6ln"),
        lambda rows: rows.filter(metadata__contains={"tier": "1"}),
        lambda rows: rows.filter(created_at__gte="2026-01-01T00:00:00Z"),
        lambda rows: rows.missing(["phone"]),
        lambda rows: rows.filter(Subscription.objects.exists_for_customer("PAST_DUE")),
    ],
)
def test_a_filter_adds_no_index_to_the_search(acme, smiths, narrow):
    smiths(*[{}] * 50)
    rows = narrow(Customer.objects.owned_by(acme.organization))
    owner = acme.organization.pk
    search = Search(rows, Terms("lovelace"), organization_id=owner, is_narrowed=True)
    read = indexes_of(search.statement().ranked())
    assert {each for each in read if each.startswith("customer_")} == {
        "customer_search"
    }


def test_a_search_within_an_organization_reads_no_other(staff, acme):
    address = f"/admin/customers/customer/?organization={acme.organization.pk}&q=ada"
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert staff.get(address).status_code == 200
    searches = [
        each["sql"] for each in captured if "customer_search_terms" in each["sql"]
    ]
    assert searches
    assert not [each for each in searches if "FROM organizations_organization" in each]


def test_a_common_word_and_a_rare_filter_match_all(acme_api, smiths, monkeypatch):
    monkeypatch.setattr("customers.search.statement.NEWEST_MATCHES_FILTERED", 5)
    monkeypatch.setattr("customers.search.statement.NEWEST_ROWS", 30)
    rare = {"billing_address_city": "K\u00f6ln"}
    smiths(*[rare] * 3, *[{}] * 40, rare, *[{}] * 20)
    meta = acme_api.get(URL, {"search": "smith"} | rare).json()["meta"]
    assert (meta["total"], meta.get("total_is_exact", True)) == (4, True)
    smiths(*[rare] * 6)
    meta = acme_api.get(URL, {"search": "smith"} | rare).json()["meta"]
    assert (meta["total"], meta["total_is_exact"]) == (5, False)
