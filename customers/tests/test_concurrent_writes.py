"""Many write at the same moment: nothing is lost, nothing is doubled."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections

from customers.models import Customer
from fluxrate.models import Event

URL = "/api/v1/customers"
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(times, call):
    """Call it with 0 … times-1 from twenty threads, each with a connection."""

    def work(share):
        try:
            return [call(number) for number in share]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        shares = [range(start, times, 20) for start in range(20)]
        return [answer for answers in pool.map(work, shares) for answer in answers]


@pytest.fixture
def ada(acme_api):
    return acme_api.post(URL, {"name": "Ada", "email": "a@b.co"})["Location"]


def test_of_a_hundred_puts_with_one_tag_one_succeeds(acme_api, ada):
    def put(number):
        return acme_api.put(
            ada, {"name": f"N{number}"}, headers={"If-Match": '"1"'}
        ).status_code

    assert Counter(at_once(100, put)) == {200: 1, 412: 99}
    assert acme_api.get(ada).json()["revision"] == 2


def test_a_hundred_posts_with_one_key_make_one_row(acme_api):
    def post(_):
        return acme_api.post(
            URL,
            {"name": "Ada", "email": "a@b.co"},
            headers={"Idempotency-Key": "one"},
        ).status_code

    statuses = Counter(at_once(100, post))
    assert set(statuses) <= {201, 409}
    assert statuses[201] >= 1
    made = Customer.objects.get()
    assert Event.objects.filter(object_id=made.pk).count() == 1


def test_fifty_changes_of_different_fields_all_survive(acme_api, ada):
    fields = ["name", "phone", "billing_address_line1", "billing_address_city"]

    def patch(number):
        body = {"metadata": {f"key{number}": str(number)}}
        if number < len(fields):
            body[fields[number]] = f"N{number}"
        return acme_api.patch(ada, body).status_code

    assert Counter(at_once(50, patch)) == {200: 50}
    found = acme_api.get(ada).json()
    assert found["metadata"] == {f"key{n}": str(n) for n in range(50)}
    assert [found[name] for name in fields] == [f"N{n}" for n in range(4)]
    assert found["revision"] == 51
    kept = Event.objects.filter(object_id=found["id"]).order_by("id")
    assert list(kept.values_list("revision", flat=True)) == list(range(1, 52))
