"""Names are sorted as people look for them."""

import pytest
from django.db import connection
from django.db.models import OrderBy

from customers.models import Customer
from customers.views import CustomerViewSet

URL = "/api/v1/customers"


@pytest.fixture
def sorted_names(acme_api):
    def ask(*names, ordering="name", **parameters):
        for name in names:
            body = {"name": name, "email": "nobody@nowhere.test"}
            assert acme_api.post(URL, body).status_code == 201, name
        answer = acme_api.get(URL, {"ordering": ordering} | parameters)
        return [each["name"] for each in answer.json()["data"]]

    return ask


def test_names_sort_without_case_and_accents(sorted_names):
    names = ["Zebra", "\u00c4pfel", "apple", "Apfelbaum", "\u00d8rsted", "Omega", "zoo"]
    expected = ["\u00c4pfel", "Apfelbaum", "apple", "Omega", "\u00d8rsted"]
    assert sorted_names(*names) == [*expected, "Zebra", "zoo"]
    assert sorted_names(ordering="-name") == ["zoo", "Zebra", *reversed(expected)]


def test_equal_names_sort_by_id(sorted_names):
    names = ["Muller", "M\u00fcller", "MULLER"]
    assert sorted_names(*names) == names
    assert sorted_names(ordering="-name") == names[::-1]
    assert sorted_names(name="M\u00fcller") == ["M\u00fcller"]


@pytest.mark.parametrize(
    "name", ["\ufdfa" * 255, "\U0001f468" * 255, "\u0149" * 255, "x" * 254 + "y"]
)
def test_the_index_holds_the_longest_names(sorted_names, name):
    assert sorted_names(name, "Other", name=name) == [name]


@pytest.mark.parametrize(("column", "sign"), [("name", ""), ("email", "-")])
def test_deep_pages_by_name_and_email_use_index_only_scans(acme, column, sign):
    order = OrderBy(CustomerViewSet.ordering_expressions[column], descending=bool(sign))
    rows = Customer.objects.owned_by(acme.organization).order_by(order, f"{sign}id")
    with connection.cursor() as cursor:
        # Of a table that is nearly empty, the planner would rather sort the rows.
        for node in ("seqscan", "bitmapscan", "sort"):
            cursor.execute(f"SET LOCAL enable_{node} = off")
    plan = rows.values("pk").explain()
    assert "Index Only Scan" in plan, plan
    assert "Sort" not in plan, plan
