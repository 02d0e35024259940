"""Customers, plans and subscriptions over HTTP."""

from .customer import CustomerEventViewSet, CustomerViewSet, ExternalCustomerViewSet
from .plan import PlanViewSet
from .subscription import CustomerSubscriptionViewSet, SubscriptionViewSet

__all__ = [
    "CustomerEventViewSet",
    "CustomerSubscriptionViewSet",
    "CustomerViewSet",
    "ExternalCustomerViewSet",
    "PlanViewSet",
    "SubscriptionViewSet",
]
