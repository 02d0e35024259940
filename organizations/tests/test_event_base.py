"""A consumer whose cursor is ahead of all rows gets every following event."""

import time

import pytest
from django.core.management import call_command
from django.db import connection

from fluxrate.models.event import Event
from fluxrate.models.event_ids import EventPosition

EVENTS = "/api/v1/events"
CUSTOMERS = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


def lost_position():
    """The id of an event that a failover has lost, a million transactions ahead."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_position()")
        position = cursor.fetchone()[0]
    row = Event.objects.order_by("id").last().pk
    return EventPosition(position + 1_000_000, row + 1_000_000).id()


def following(api, cursor, count):
    """The events behind the cursor, once the feed has them."""
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        events = api.get(f"{EVENTS}?after={cursor}").json()["data"]
        if len(events) >= count:
            return events
        time.sleep(0.1)
    return events


@pytest.mark.django_db(transaction=True)
def test_a_consumer_misses_no_event_after_lost_transactions(acme_api, capsys):
    acme_api.post(CUSTOMERS, ADA)
    cursor = lost_position()
    try:
        call_command("raise_event_base")
        created = [acme_api.post(CUSTOMERS, ADA).json()["id"] for _ in range(5)]
        events = following(acme_api, cursor, 5)
        assert [event["object_id"] for event in events] == created
        assert following(acme_api, events[-1]["id"], 0) == []
    finally:
        with connection.cursor() as restoring:
            restoring.execute(
                "CREATE OR REPLACE FUNCTION event_base() RETURNS bigint LANGUAGE sql "
                "STABLE PARALLEL SAFE AS 'SELECT 0::bigint'"
            )
    assert "now begin at" in capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_without_the_command_they_would_be_missed(acme_api):
    acme_api.post(CUSTOMERS, ADA)
    cursor = lost_position()
    acme_api.post(CUSTOMERS, ADA)
    time.sleep(0.5)
    assert following(acme_api, cursor, 0) == []
