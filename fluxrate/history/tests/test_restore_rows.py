"""Deleted rows come back from their events; the database watches over the revision."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction

from customers.models import Customer, Plan, Subscription
from customers.models.subscription_actions import BY_NAME
from fluxrate.history.restore import restore_rows
from fluxrate.models import Event

pytestmark = pytest.mark.django_db


@pytest.fixture
def pro(acme):
    return Plan.objects.create(organization=acme.organization, name="Pro")


@pytest.fixture
def customer(acme):
    return Customer.objects.create(
        organization=acme.organization,
        name="Ada",
        email="ada@example.com",
        external_id="ada",
        metadata={"crm": "C-1"},
    )


def subscription(customer, plan):
    at = datetime.now(UTC)
    owner = customer.organization
    return Subscription.begin(at=at, organization=owner, customer=customer, plan=plan)


def deletions(noun):
    return Event.objects.filter(type=f"{noun}.deleted")


def row(model, pk):
    values = model.objects.filter(pk=pk).values().get()
    return {
        name: value
        for name, value in values.items()
        if name not in {"revision", "updated_at", "search_text"}
    }


def test_a_row_comes_back_with_the_next_revision_and_an_event(customer):
    customer.name = "Ada Lovelace"
    customer.save()
    before = row(Customer, customer.pk)
    Customer.objects.filter(pk=customer.pk).delete()

    assert restore_rows(Customer, deletions("customer")) == 1

    assert row(Customer, customer.pk) == before
    events = Event.objects.filter(object_id=customer.pk).order_by("id")
    assert list(events.values_list("type", "revision")) == [
        ("customer.created", 1),
        ("customer.updated", 2),
        ("customer.deleted", 3),
        ("customer.restored", 4),
    ]
    restored = Customer.objects.get(pk=customer.pk)
    assert restored.revision == 4
    assert restored.updated_at == events.last().created_at


def test_values_replace_those_of_the_event(customer):
    Customer.objects.filter(pk=customer.pk).delete()

    restore_rows(Customer, deletions("customer"), values={"external_id": None})

    assert Customer.objects.get(pk=customer.pk).external_id is None


def test_a_row_that_exists_or_was_restored_before_is_refused(customer):
    customer.delete()
    first = deletions("customer")[:1].get()
    events = Event.objects.filter(pk=first.pk)
    restore_rows(Customer, events)
    with pytest.raises(IntegrityError), transaction.atomic():
        restore_rows(Customer, events)
    Customer.objects.all().delete()
    with pytest.raises(IntegrityError, match="revision after its deletion"):
        restore_rows(Customer, events)


def test_a_reference_whose_object_is_gone_is_null(customer, pro):
    ended = subscription(customer, pro)
    ended.perform(BY_NAME["cancel"], at=datetime.now(UTC), cancel_at_period_end=False)
    Subscription.objects.all().delete()
    pro.delete()

    assert restore_rows(Subscription, deletions("subscription")) == 1

    restored = Subscription.objects.get()
    assert restored.pk == ended.pk
    assert (restored.plan_id, restored.plan_name) == (None, "Pro")


def test_a_column_that_the_event_lacks_has_its_default(customer):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE customers_customer DROP COLUMN metadata CASCADE")
        Customer.objects.filter(pk=customer.pk)._raw_delete("default")
        cursor.execute("ALTER TABLE customers_customer ADD metadata jsonb NOT NULL")

        restore_rows(Customer, deletions("customer"))

    assert Customer.objects.get().metadata == {}


def test_no_setting_lets_a_writer_choose_a_revision(customer):
    insert = (
        "INSERT INTO customers_customer (id, organization_id, name, email, status, "
        "metadata, revision) VALUES (gen_random_uuid(), %s, 'B', 'b@example.com', "
        "'ACTIVE', '{}', 7)"
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('fluxrate.restoring', pg_current_xact_id()::text, true)"
        )
        with pytest.raises(IntegrityError):
            cursor.execute(insert, [customer.organization_id])


def test_the_insert_after_a_restoration_begins_at_revision_one(customer):
    customer.delete()
    with transaction.atomic():
        restore_rows(Customer, deletions("customer"))
        other = Customer(
            organization=customer.organization, name="B", email="b@example.com"
        )
        other.revision = 7
        other.save()
    other.refresh_from_db()
    assert other.revision == 1
