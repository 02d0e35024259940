"""The API's filters of customers, plans and subscriptions in the admin's lists."""

from typing import ClassVar

from customers.filters import CustomerFilter, PlanFilter, SubscriptionFilter
from customers.models.customer import OPTIONAL
from fluxrate.admin.filter_sets import PairFilter
from organizations.admin import YES_NO, OwnerFilterSet

LABELS = {
    "billing_address_country": "Country",
    "customer_id": "Customer",
    "is_active": "Active",
    "plan_id": "Plan",
    "subscription_status": "Subscriptions",
}


class CustomerListFilterSet(OwnerFilterSet, CustomerFilter):
    metadata = PairFilter()
    # The list's own search finds customers of all organizations.
    search = None  # type: ignore[assignment]

    controls = (
        "organization",
        "status",
        "billing_address_country",
        "subscription_status",
        "created_from",
        "created_to",
        "metadata",
        "missing",
        "test",
    )
    labels: ClassVar = {**OwnerFilterSet.labels, **LABELS}
    choices: ClassVar = {
        **OwnerFilterSet.choices,
        "missing": [(name, name.replace("_", " ")) for name in OPTIONAL],
    }

    class Meta(CustomerFilter.Meta):
        pass


class PlanListFilterSet(OwnerFilterSet, PlanFilter):
    controls = (
        "organization",
        "is_active",
        "type",
        "billing_interval",
        "currency",
        "created_from",
        "created_to",
        "test",
    )
    labels: ClassVar = {**OwnerFilterSet.labels, **LABELS}
    choices: ClassVar = {
        **OwnerFilterSet.choices,
        "is_active": YES_NO,
    }

    class Meta(PlanFilter.Meta):
        pass


class SubscriptionListFilterSet(OwnerFilterSet, SubscriptionFilter):
    # These two need the clock or the customers of one organization.
    customer_external_id = None  # type: ignore[assignment]
    due = None  # type: ignore[assignment]

    controls = (
        "organization",
        "status",
        "billing_interval",
        "cancel_at_period_end",
        "created_from",
        "created_to",
        "test",
    )
    labels: ClassVar = {**OwnerFilterSet.labels, **LABELS}
    choices: ClassVar = {
        **OwnerFilterSet.choices,
        "cancel_at_period_end": YES_NO,
    }

    class Meta(SubscriptionFilter.Meta):
        pass
