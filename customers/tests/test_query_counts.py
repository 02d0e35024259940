"""A write takes few statements, and telling who acts takes none."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "a@b.co"}
pytestmark = pytest.mark.django_db(transaction=True)


def statements(call, *arguments, **options):
    """The first words of what was sent, after the caller was recognised."""
    with CaptureQueriesContext(connection) as captured:
        assert call(*arguments, **options).status_code < 300
    return [query["sql"].split(None, 1)[0].strip(";") for query in captured][1:]


def test_a_create_is_one_insert_in_one_transaction(acme_api):
    acme_api.post(URL, ADA)
    assert statements(acme_api.post, URL, ADA) == ["BEGIN", "INSERT", "COMMIT"]


def test_a_change_is_one_update_in_one_transaction(acme_api):
    made = acme_api.post(URL, ADA)["Location"]
    patch = statements(acme_api.patch, made, {"name": "Bea"})
    assert patch == ["SELECT", "BEGIN", "UPDATE", "COMMIT"]


def test_a_change_with_a_tag_locks_first(acme_api):
    made = acme_api.post(URL, ADA)["Location"]
    patch = statements(
        acme_api.patch, made, {"name": "Bea"}, headers={"If-Match": '"1"'}
    )
    assert patch == ["BEGIN", "SELECT", "UPDATE", "COMMIT"]


def test_a_keyed_create_looks_and_keeps(acme_api):
    acme_api.post(URL, ADA)
    key = {"Idempotency-Key": "k-1"}
    assert statements(acme_api.post, URL, ADA, headers=key) == [
        "BEGIN",
        "SELECT",
        "SAVEPOINT",
        "INSERT",
        "RELEASE",
        "INSERT",
        "COMMIT",
    ]
    assert statements(acme_api.post, URL, ADA, headers=key) == [
        "BEGIN",
        "SELECT",
        "COMMIT",
    ]
