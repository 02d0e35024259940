"""Deleting and restoring a customer is the identity, whatever it has been through."""

import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from customers.models import Customer, Plan, Subscription
from customers.models.subscription_actions import BY_NAME
from customers.serializers.customer import CustomerSerializer
from customers.serializers.subscription import SubscriptionSerializer
from fluxrate.errors import RuleBroken
from fluxrate.history.deletion import Deletion, deletion_events
from fluxrate.models import Event
from fluxrate.models.row_count import count_mismatches

EXAMPLES = int(os.environ.get("RESTORED_GRAPHS", "100"))
TEXT = st.one_of(st.none(), st.text("aé✓ '\\\"", min_size=1).map("x{}".format))
METADATA = st.dictionaries(st.sampled_from("abc"), st.text("x\n\u00e9", max_size=5))
CUSTOMER = st.fixed_dictionaries(
    {
        "phone": TEXT,
        "billing_address_city": TEXT,
        "billing_address_country": st.sampled_from([None, "DE", "FR"]),
        "status": st.sampled_from(Customer.Status.values),
        "metadata": METADATA,
    }
)
ACTIONS = {
    "cancel": lambda one, at: one.perform(
        BY_NAME["cancel"], at=at, cancel_at_period_end=False
    ),
    "cancel later": lambda one, at: one.perform(
        BY_NAME["cancel"], at=at, cancel_at_period_end=True
    ),
    "pause": lambda one, at: one.perform(
        BY_NAME["pause"], at=at, resumes_at=at + timedelta(days=5)
    ),
    "past due": lambda one, at: one.perform(BY_NAME["mark-past-due"], at=at),
    "change": lambda one, at: one.perform(
        BY_NAME["change-plan"],
        at=at,
        plan=Plan.objects.get(name="Other"),
        at_period_end=True,
    ),
    "save": lambda one, _at: one.save(),
}
SUBSCRIPTION = st.fixed_dictionaries(
    {
        "trial": st.booleans(),
        "age": st.integers(0, 40),
        "metadata": METADATA,
        "actions": st.lists(st.sampled_from(sorted(ACTIONS)), max_size=2),
    }
)


def subscribe(customer, plan, trial, age, metadata, actions):
    at = datetime.now(UTC)
    one = Subscription.begin(
        at=at,
        organization=customer.organization,
        customer=customer,
        plan=plan,
        metadata=metadata,
        start_date=at - timedelta(days=age),
        trial_end_date=at + timedelta(days=3) if trial else None,
    )
    one.catch_up(at=at)
    for name in actions:
        # Another state allows the action.
        with suppress(RuleBroken):
            ACTIONS[name](one, at)


def representation(customer_id):
    customer = Customer.objects.get(pk=customer_id)
    rows = Subscription.objects.for_serializer().filter(customer=customer)
    objects = [
        CustomerSerializer(customer).data,
        *(SubscriptionSerializer(row).data for row in rows.order_by("id")),
    ]
    return [
        {name: each[name] for name in each if name not in {"revision", "updated_at"}}
        for each in objects
    ]


def delete(customer, *, by_sql):
    if not by_sql:
        customer.delete()
        return
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_customer WHERE id = %s", [customer.pk])


def assert_gapless(ids):
    for pk in ids:
        events = Event.objects.filter(object_id=pk).order_by("id")
        revisions = list(events.values_list("revision", flat=True))
        assert revisions == list(range(1, len(revisions) + 1))


@pytest.fixture
def plans(acme):
    owner = acme.organization
    return [Plan.objects.create(organization=owner, name=n) for n in ("Pro", "Other")]


def test_delete_and_restore_is_the_identity(acme, plans):
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(CUSTOMER, st.lists(SUBSCRIPTION, max_size=3), st.booleans())
    def check(fields, subscriptions, by_sql):
        customer = Customer.objects.create(
            organization=acme.organization, name="Ada", email="a@example.com"
        )
        for each in subscriptions:
            subscribe(customer, plans[0], **each)
        Customer.objects.filter(pk=customer.pk).update(**fields)
        pk, before = customer.pk, representation(customer.pk)
        ids = [
            pk,
            *Subscription.objects.filter(customer=pk).values_list("pk", flat=True),
        ]
        delete(customer, by_sql=by_sql)
        event = deletion_events([Customer]).get(object_id=pk)
        result = Deletion(event, Customer, restore_days=30).restore()
        assert result.periods == 0
        assert representation(pk) == before
        assert_gapless(ids)

    check()
    for model in (Customer, Subscription):
        assert count_mismatches(model) == []
