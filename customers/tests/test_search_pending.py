"""A worker merges the pending entries of the search indexes."""

import pytest
from django.db import connection

from customers.lanes import SEARCH
from customers.models.customer_indexes import INDEXES

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"


def pending_pages():
    """How many pages of entries a merge finds."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT gin_clean_pending_list(name) FROM unnest(%s::regclass[]) AS name",
            [INDEXES],
        )
        return [pages for (pages,) in cursor]


def test_a_round_leaves_no_entry_to_a_write(acme_api):
    create = {"name": "Ada", "email": "ada@example.com", "phone": "+1-555-0100"}
    acme_api.post(URL, create)
    assert all(pending_pages())
    acme_api.post(URL, create | {"name": "Bea"})
    assert list(SEARCH.begin()) == [{}]
    assert pending_pages() == [0, 0]
    assert acme_api.get(f"{URL}?search=bea").json()["meta"]["total"] == 1
