"""Customers in 402 organizations (half of them in one) or in 10,000 of one size, and a
customer with very many subscriptions.
"""

import uuid

from django.db import connection

from customers.demo_data.load import fill
from customers.models import Customer, Plan
from organizations.models import Organization, User

EMAIL, PASSWORD = "staff@bench.example", "a-benchmark-and-no-secret"
LARGE = "Large"
SUBSCRIPTIONS = 100_000
BATCH = 1_000
_FILL = """
    INSERT INTO customers_subscription (id, organization_id, customer_id, plan_id,
        plan_name, status, billing_interval, billing_anchor, start_date,
        current_period_start, current_period_end, cancel_at_period_end, metadata)
    SELECT uuidv7(), %s, %s, %s, 'Pro', 'ACTIVE', 'month', now(), now(),
        now(), now() + interval '28 days', false, '{}' FROM generate_series(1, %s)
"""
_VACUUM = "VACUUM (ANALYZE) customers_customer, customers_subscription, fluxrate_event"


def sizes(customers: int, organizations: int) -> list[int]:
    """Customers of each organization; the first is the large one."""
    if organizations > BATCH:
        return [customers // organizations] * organizations
    rest = (customers - customers // 2 - customers // 10) // (organizations - 2)
    return [customers // 2, customers // 10, *[rest] * (organizations - 2)]


def build(customers: int, organizations: int) -> uuid.UUID:
    """Make the data, if it is not there; the customer with many subscriptions."""
    name = "Very many subscriptions"
    if not Organization.objects.exists():
        made = Organization.objects.bulk_create(
            Organization(name=f"Company {number:05d}" if number else LARGE)
            for number in range(organizations)
        )
        counts = sizes(customers, organizations)
        fill(dict(zip(made, counts, strict=True)), history=False)
        User.objects.create_superuser(EMAIL, PASSWORD)
        _subscriptions(made[0], name)
    return Customer.objects.get(organization__name=LARGE, name=name).pk


def _subscriptions(organization: Organization, name: str) -> None:
    """They leave as many events."""
    customer = Customer.objects.create(
        organization=organization, name=name, email="many@bench.example"
    )
    plan = Plan.objects.create(organization=organization, name="Pro")
    values = [organization.pk, customer.pk, plan.pk, SUBSCRIPTIONS]
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute(_VACUUM)
