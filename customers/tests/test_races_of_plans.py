"""Concurrent requests that plans answer: one statement each, and nothing is lost."""

from collections import Counter
from datetime import UTC, datetime

import pytest
from django.conf import settings

from conftest import with_key
from customers.models import Customer
from fluxrate.models import Event
from fluxrate.tests.concurrency import at_once
from organizations.models import ApiKey

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(not settings.FAST_PATH, reason="There are no plans."),
]


def until_planned(call, *arguments):
    """The number of requests before a plan answers."""
    for number in range(5):
        response = call(*arguments)
        assert response.status_code < 300, response.content
        if getattr(response, "by_plan", False):
            return number + 1
    raise AssertionError("no plan")


@pytest.fixture
def ada(acme_api):
    return acme_api.post(URL, ADA)["Location"]


def test_of_changes_with_one_tag_one_succeeds(acme_api, ada):
    changed = until_planned(acme_api.patch, ada, {"phone": "1"})
    tag = acme_api.get(ada)["ETag"]

    def patch(number):
        body, headers = {"name": f"N{number}"}, {"If-Match": tag}
        return acme_api.patch(ada, body, headers=headers).status_code

    assert Counter(at_once(patch, range(40), threads=8)) == {200: 1, 412: 39}
    # The changes to the same phone count once.
    assert acme_api.get(ada).json()["revision"] <= changed + 2


def test_of_creations_with_one_external_id_one_succeeds(acme_api):
    created = until_planned(acme_api.post, URL, ADA)

    def post(_):
        return acme_api.post(URL, ADA | {"external_id": "one"}).status_code

    assert Counter(at_once(post, range(40), threads=8)) == {201: 1, 409: 39}
    assert acme_api.get(URL).json()["meta"]["total"] == created + 1
    assert Customer.objects.count() == created + 1


def test_changes_of_different_fields_all_survive(acme_api, ada):
    until_planned(acme_api.patch, ada, {"phone": "1"})
    before = acme_api.get(ada).json()["revision"]
    fields = [
        *("name", "phone", "billing_address_line1", "billing_address_line2"),
        *("billing_address_city", "billing_address_state", "external_id"),
    ]

    def patch(field):
        response = acme_api.patch(ada, {field: f"new {field}"})
        return response.status_code, getattr(response, "by_plan", False)

    assert set(at_once(patch, fields)) == {(200, True)}
    customer = acme_api.get(ada).json()
    assert {name: customer[name] for name in fields} == {n: f"new {n}" for n in fields}
    assert customer["revision"] == before + len(fields)
    events = Event.objects.filter(object_id=customer["id"]).order_by("id")
    revisions = list(events.values_list("revision", flat=True))
    assert revisions == list(range(1, customer["revision"] + 1))


def test_after_a_key_is_revoked_plans_refuse_it(acme):
    client = with_key(acme.organization, "customers.read", "customers.write")
    key = ApiKey.objects.get()
    until_planned(client.post, URL, ADA)
    revoked: list[bool] = []

    def post(number):
        if number == 20:
            key.revoke(at=datetime.now(UTC))
            revoked.append(True)
        late = bool(revoked)
        return late, client.post(URL, ADA).status_code

    statuses = set(at_once(post, range(60), threads=6))
    assert (True, 401) in statuses
    assert (True, 201) not in statuses
