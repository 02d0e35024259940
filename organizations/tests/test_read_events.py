"""Reading what happened: pages, a feed that misses nothing, and the past."""

import threading
import time
import uuid
from datetime import timedelta

import pytest
from django.db import connections, transaction
from django.utils.dateparse import parse_datetime

from fluxrate.models import Event, write_event
from fluxrate.models.event_ids import EventPosition

URL, CUSTOMERS = "/api/v1/events", "/api/v1/customers"
NIL = str(uuid.UUID(int=0))


@pytest.fixture
def ada(acme_api):
    created = acme_api.post(CUSTOMERS, {"name": "Ada", "email": "a@b.co"}).json()
    address = f"{CUSTOMERS}/{created['id']}"
    why = {"X-Change-Reason": "Married"}
    acme_api.patch(address, {"name": "Bea"}, headers=why)
    acme_api.patch(address, {"status": "INACTIVE"})
    return address


def types(response):
    return [event["type"] for event in response.json()["data"]]


def test_events_are_listed_newest_first(acme, acme_api, ada):
    response = acme_api.get(URL, {"object_type": "customer"})
    assert types(response) == [
        "customer.inactive",
        "customer.updated",
        "customer.created",
    ]
    assert response.json()["meta"]["total"] == 3
    event = response.json()["data"][1]
    assert (
        event
        | {
            "object_id": ada.rpartition("/")[2],
            "revision": 2,
            "actor": f"user:{acme.owner.pk}",
            "reason": "Married",
            "changes": {"name": ["Ada", "Bea"]},
        }
        == event
    )
    assert event["data"]["updated_at"] == event["created_at"]
    created = response.json()["data"][2]
    assert created["changes"]["name"] == [None, "Ada"]


def test_events_are_filtered(acme, acme_api, ada):
    by = {"type": "customer.updated"}
    event = acme_api.get(URL, by).json()["data"][0]
    assert types(acme_api.get(URL, {"request_id": event["request_id"]})) == [by["type"]]
    assert types(acme_api.get(URL, {"actor": "staff:nobody"})) == []
    since = {"created_at__gte": event["created_at"], "object_id": event["object_id"]}
    assert types(acme_api.get(URL, since)) == ["customer.inactive", "customer.updated"]
    assert acme_api.get(URL, {"ordering": "type"}).status_code == 400


def test_another_organizations_events_are_not_seen(acme_api, globex_api, ada):
    assert "customer.created" not in types(globex_api.get(URL))
    assert globex_api.get(f"{ada}/events").status_code == 404


def test_a_customers_events_outlive_it(acme_api, ada):
    assert acme_api.delete(ada).status_code == 204
    response = acme_api.get(f"{ada}/events")
    assert types(response)[0] == "customer.deleted"
    assert response.json()["data"][0]["changes"]["name"] == ["Bea", None]
    assert [event["revision"] for event in response.json()["data"]] == [4, 3, 2, 1]


def test_an_id_is_a_position():
    for position in (
        EventPosition(0, 0),
        EventPosition(7, 9),
        EventPosition((1 << 60) - 1, (1 << 62) - 1),
    ):
        assert EventPosition.from_id(position.id()) == position
        assert position.id().version == 8
    assert (
        EventPosition(7, 9).id() < EventPosition(7, 10).id() < EventPosition(8, 1).id()
    )


@pytest.mark.django_db(transaction=True)
def test_a_feed_is_walked_forward_to_its_end(acme_api, ada):
    seen, last = [], NIL
    while len(seen) < 3:
        asked = {"after": last, "page_size": 2, "object_type": "customer"}
        page = acme_api.get(URL, asked).json()
        assert page["meta"]["page"] is None
        seen += page["data"]
        last = page["data"][-1]["id"] if page["data"] else last
    asked["after"] = last
    assert acme_api.get(URL, asked).json()["data"] == []
    assert [event["revision"] for event in seen] == [1, 2, 3]


@pytest.mark.django_db(transaction=True)
def test_a_feed_misses_nothing_that_is_committed_late(acme, acme_api):
    """The first to write is the last to commit: its event must still be read."""
    written, may_commit = threading.Event(), threading.Event()

    def slow():
        try:
            with transaction.atomic():
                make(acme, "Slow")
                written.set()
                assert may_commit.wait(20)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slow)
    thread.start()
    try:
        assert written.wait(20)
        make(acme, "Fast")
        before = names(acme_api, NIL)
        assert before == []
    finally:
        may_commit.set()
        thread.join()
    assert feed(acme_api, 2) == ["Slow", "Fast"]
    assert list(
        Event.objects.filter(object_type="note")
        .order_by("id")
        .values_list("data__name", flat=True)
    ) == ["Slow", "Fast"]


@pytest.mark.django_db(transaction=True)
def test_a_feed_follows_transactions_and_not_the_order_of_rows(acme, acme_api):
    """A row that was numbered early by a late transaction stands behind."""
    steps = [threading.Event() for _ in range(2)]

    def early():
        try:
            with transaction.atomic():
                make(acme, "Early-1")
                steps[0].set()
                assert steps[1].wait(20)
                make(acme, "Early-2")
        finally:
            connections.close_all()

    thread = threading.Thread(target=early)
    thread.start()
    assert steps[0].wait(20)
    make(acme, "Late")
    steps[1].set()
    thread.join()
    assert feed(acme_api, 3) == ["Early-1", "Early-2", "Late"]


def make(acme, name):
    """No customer: of two writers, one may wait for the other's slot of the totals."""
    write_event("note.written", acme.organization, data={"name": name})


def feed(api, length):
    """The feed from its beginning, once it is so long.

    A transaction anywhere on the server, another test's too, may hold it back.
    """
    deadline = time.monotonic() + 30
    while len(feed := names(api, NIL)) < length:
        assert time.monotonic() < deadline
    return feed


def names(api, after):
    page = api.get(URL, {"after": after, "object_type": "note"}).json()
    return [event["data"]["name"] for event in page["data"]]


def test_a_customer_is_read_as_it_was(acme_api, ada):
    now = acme_api.get(ada).json()
    times = [
        event["created_at"] for event in acme_api.get(f"{ada}/events").json()["data"]
    ]
    inactive, updated, created = times
    for at, name, revision in ((created, "Ada", 1), (updated, "Bea", 2)):
        response = acme_api.get(ada, {"as_of": at})
        assert response.json() == now | {
            "name": name,
            "status": "ACTIVE",
            "revision": revision,
            "updated_at": at,
        }
        assert response["ETag"] == f'"{revision}"'
    assert acme_api.get(ada, {"as_of": inactive}).json() == now
    earlier = parse_datetime(created) - timedelta(microseconds=1)
    assert acme_api.get(ada, {"as_of": earlier.isoformat()}).status_code == 404
    assert acme_api.delete(ada).status_code == 204
    assert acme_api.get(ada).status_code == 404
    assert acme_api.get(ada, {"as_of": inactive}).json() == now
    assert acme_api.get(ada, {"as_of": "2999-01-01T00:00:00Z"}).status_code == 404


def test_two_times_are_compared(acme_api, globex_api, ada):
    events = acme_api.get(f"{ada}/events").json()["data"]
    created = events[-1]["created_at"]
    response = acme_api.get(f"{ada}/diff", {"from": created}).json()
    assert response["changes"] == {
        "name": ["Ada", "Bea"],
        "status": ["ACTIVE", "INACTIVE"],
    }
    assert (response["from"], response["from_revision"]) == (created, 1)
    assert response["to_revision"] == 3
    born = {"from": "2000-01-01T00:00:00Z", "to": created}
    response = acme_api.get(f"{ada}/diff", born).json()
    assert (response["from_revision"], response["changes"]["name"]) == (
        None,
        [None, "Ada"],
    )
    assert acme_api.get(f"{ada}/diff").status_code == 400
    assert globex_api.get(f"{ada}/diff", born).status_code == 404


@pytest.mark.parametrize("at", ["", "yesterday", "2026-13-01T00:00:00Z"])
def test_an_invalid_time_is_refused(acme_api, ada, at):
    response = acme_api.get(ada, {"as_of": at})
    assert (response.status_code, response.json()["code"]) == (400, "invalid_parameter")
