"""Events that hold what Python cannot: every list and page still shows them."""

import json

import pytest
from django.db import connection

from customers.models import Customer
from fluxrate.ids import uuid7
from fluxrate.models import Event

EVENTS = "/api/v1/events"
TIMES = [
    "infinity",
    "-infinity",
    "10000-01-01T00:00:00+00:00",
    "0044-03-15T00:00:00+00:00 BC",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
    "no time",
]


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


def insert(customer, data, changes="{}"):
    """As a trigger wrote it before the database had bounds."""
    row = {"id": str(customer.pk), "organization_id": str(customer.organization_id)}
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO fluxrate_event (organization_id, type, object_type, "
            "object_id, revision, actor, request_id, reason, changes, data, created_at)"
            " VALUES (%s, 'customer.updated', 'customer', %s, 9, 'x', '', '', %s, "
            "%s::jsonb || %s::jsonb, now())",
            [customer.organization_id, customer.pk, changes, json.dumps(row), data],
        )


def newest(api, customer):
    response = api.get(f"{EVENTS}?object_id={customer.pk}")
    assert response.status_code == 200, response.content
    json.loads(response.content, parse_constant=pytest.fail)
    return response.json()["data"][0]


@pytest.mark.parametrize("time", TIMES)
def test_a_time_that_python_cannot_hold_stays_text(acme_api, staff, ada, time):
    data = json.dumps({"name": "Ada", "email": "a@b.co", "created_at": time})
    insert(ada, data, json.dumps({"created_at": [time, "2026-01-01T00:00:00+00:00"]}))
    event = newest(acme_api, ada)
    assert event["data"]["created_at"] == time
    assert event["changes"]["created_at"] == [time, "2026-01-01T00:00:00Z"]
    assert acme_api.get(EVENTS).status_code == 200
    assert acme_api.get(f"{EVENTS}?after={uuid7()}").status_code == 200
    pages = [
        f"/admin/customers/customer/{ada.pk}/history/",
        "/admin/fluxrate/event/",
        f"/admin/fluxrate/event/{Event.objects.latest('id').pk}/change/",
    ]
    for page in pages:
        assert staff.get(page).status_code == 200, page


@pytest.mark.parametrize("time", TIMES)
def test_an_object_as_it_was_has_no_such_time(acme_api, ada, time):
    data = {"name": "Ada", "email": "a@b.co", "status": "ACTIVE", "created_at": time}
    insert(ada, json.dumps(data))
    url, now = f"/api/v1/customers/{ada.pk}", "2999-01-01T00:00:00Z"
    was = acme_api.get(f"{url}?as_of={now}")
    assert (was.status_code, was.json()["created_at"]) == (200, None), was.content
    diff = acme_api.get(f"{url}/diff?from=2020-01-01T00:00:00Z&to={now}")
    assert diff.status_code == 200
    assert diff.json()["changes"]["created_at"] == [None, time]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("1e400", "1" + "0" * 400),
        ("-1e400", "-1" + "0" * 400),
        ("1e400 + 0.5", None),
        ("1e5000", "1" + "0" * 5000),
        ("1e300", "1" + "0" * 300),
        ("9223372036854775807", 2**63 - 1),
        ("9223372036854775808", "9223372036854775808"),
        ("0.1", 0.1),
        ("7", 7),
    ],
)
def test_a_number_that_json_s_readers_cannot_hold_stays_text(
    acme_api, staff, ada, number, shown
):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT jsonb_build_object('size', {number}::numeric)::text")
        data = cursor.fetchone()[0]
    insert(ada, data)
    size = newest(acme_api, ada)["data"]["size"]
    assert shown is None or size == shown
    page = f"/admin/fluxrate/event/{Event.objects.latest('id').pk}/change/"
    assert staff.get(page).status_code == 200
