"""The batch of a transaction is in each of its events."""

import contextlib
import uuid

from django.db import connection, transaction

from customers.models import Customer
from fluxrate.context import context
from fluxrate.models import Event
from fluxrate.postgres.attribution import atomic_as

BATCH = str(uuid.UUID(int=7))
UPDATE = """
    SET LOCAL fluxrate.batch = '00000000-0000-0000-0000-000000000007';
    UPDATE customers_customer SET name = name || '!'
"""


def create(acme, name):
    return Customer.objects.create(
        organization=acme.organization, name=name, email="a@b.co"
    )


def batches():
    """Name → batch of the customers' events."""
    events = Event.objects.filter(object_type="customer").order_by("id")
    return {event.data["name"]: event.batch_id for event in events}


def test_the_events_of_a_batch_have_its_id_and_the_others_none(acme):
    create(acme, "before")
    with atomic_as("shell:ada", batch=BATCH):
        Customer.objects.bulk_create(
            Customer(organization=acme.organization, name=name, email="a@b.co")
            for name in ("one", "two")
        )
    create(acme, "after")
    assert batches() == {
        "before": None,
        "one": uuid.UUID(BATCH),
        "two": uuid.UUID(BATCH),
        "after": None,
    }


def test_a_batch_within_a_transaction_ends_with_its_block(acme):
    with atomic_as("shell:ada"):
        create(acme, "before")
        with atomic_as("shell:ada", batch=BATCH):
            create(acme, "within")
        create(acme, "after")
    assert [bool(batch) for batch in batches().values()] == [False, True, False]


def test_a_transaction_within_a_batch_belongs_to_it(acme):
    with atomic_as("shell:ada"), atomic_as("shell:ada", batch=BATCH):
        create(acme, "before")
        with atomic_as("shell:ada", reason="Moved"):
            create(acme, "within")
        with contextlib.suppress(ZeroDivisionError), atomic_as("shell:bea"):
            create(acme, str(1 / 0))
        create(acme, "after")
    assert set(batches().values()) == {uuid.UUID(BATCH)}
    reasons = Event.objects.filter(object_type="customer").values_list("reason")
    assert [reason for (reason,) in reasons.order_by("id")] == ["", "Moved", ""]


def test_a_context_gives_its_batch_to_each_transaction(acme):
    with context(batch=BATCH):
        with atomic_as("shell:ada"):
            create(acme, "one")
        with atomic_as("shell:bea"):
            create(acme, "two")
    assert set(batches().values()) == {uuid.UUID(BATCH)}


def test_raw_sql_names_a_batch(acme):
    create(acme, "Ada")
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(UPDATE)
    assert batches() == {"Ada": None, "Ada!": uuid.UUID(BATCH)}


def test_the_feed_is_filtered_by_batch(acme, acme_api):
    create(acme, "before")
    with atomic_as("shell:ada", batch=BATCH):
        create(acme, "within")
    page = acme_api.get("/api/v1/events", {"batch_id": BATCH}).json()
    (event,) = page["data"]
    assert (event["data"]["name"], event["batch_id"]) == ("within", BATCH)
