"""Concurrent writes: no change is lost, no row is created twice."""

from collections import Counter

import pytest

from customers.models import Customer
from fluxrate.models import Event
from fluxrate.tests.concurrency import at_once

URL = "/api/v1/customers"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def ada(acme_api):
    return acme_api.post(URL, {"name": "Ada", "email": "a@b.co"})["Location"]


def test_of_a_hundred_puts_with_one_tag_one_succeeds(acme_api, ada):
    def put(number):
        return acme_api.put(
            ada, {"name": f"N{number}"}, headers={"If-Match": '"1"'}
        ).status_code

    assert Counter(at_once(put, range(100), threads=20)) == {200: 1, 412: 99}
    assert acme_api.get(ada).json()["revision"] == 2


def test_a_hundred_posts_with_one_key_make_one_row(acme_api):
    def post(_):
        return acme_api.post(
            URL,
            {"name": "Ada", "email": "a@b.co"},
            headers={"Idempotency-Key": "one"},
        ).status_code

    statuses = Counter(at_once(post, range(100), threads=20))
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    customer = Customer.objects.get()
    assert Event.objects.filter(object_id=customer.pk).count() == 1


def test_fifty_changes_of_different_fields_all_survive(acme_api, ada):
    fields = ["name", "phone", "billing_address_line1", "billing_address_city"]

    def patch(number):
        body = {"metadata": {f"key{number}": str(number)}}
        if number < len(fields):
            body[fields[number]] = f"N{number}"
        return acme_api.patch(ada, body).status_code

    assert Counter(at_once(patch, range(50), threads=20)) == {200: 50}
    customer = acme_api.get(ada).json()
    assert customer["metadata"] == {f"key{n}": str(n) for n in range(50)}
    assert [customer[name] for name in fields] == [f"N{n}" for n in range(4)]
    assert customer["revision"] == 51
    events = Event.objects.filter(object_id=customer["id"]).order_by("id")
    assert list(events.values_list("revision", flat=True)) == list(range(1, 52))
