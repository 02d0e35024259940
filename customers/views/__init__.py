"""Customers, plans and subscriptions over HTTP."""

from .clock import ClockView
from .customer import CustomerEventViewSet, CustomerViewSet, ExternalCustomerViewSet
from .plan import PlanViewSet
from .subscription import CustomerSubscriptionViewSet, SubscriptionViewSet

__all__ = [
    "ClockView",
    "CustomerEventViewSet",
    "CustomerSubscriptionViewSet",
    "CustomerViewSet",
    "ExternalCustomerViewSet",
    "PlanViewSet",
    "SubscriptionViewSet",
]
