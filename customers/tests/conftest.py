from datetime import UTC, datetime

import pytest

from customers.models import Plan, Subscription

from .subscription_scenario import SubscriptionScenario


@pytest.fixture
def pro(acme):
    return Plan.objects.create(organization=acme.organization, name="Pro")


@pytest.fixture
def subscribe(pro):
    """Begin a subscription of a customer of Acme to its plan."""

    def begin(customer, **fields):
        return Subscription.begin(
            at=datetime.now(UTC),
            organization=customer.organization,
            customer=customer,
            plan=pro,
            **fields,
        )

    return begin


@pytest.fixture
def scenario(acme):
    return SubscriptionScenario(acme)
