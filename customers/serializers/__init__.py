"""The faces of customers, plans and subscriptions."""

from .actions import (
    CancelSerializer,
    ChangePlanSerializer,
    ClockSerializer,
    EmptySerializer,
    ExtendTrialSerializer,
    PauseSerializer,
    SummarySerializer,
)
from .customer import CustomerSerializer
from .plan import PlanSerializer
from .subscription import SubscriptionChangeSerializer, SubscriptionSerializer

__all__ = [
    "CancelSerializer",
    "ChangePlanSerializer",
    "ClockSerializer",
    "CustomerSerializer",
    "EmptySerializer",
    "ExtendTrialSerializer",
    "PauseSerializer",
    "PlanSerializer",
    "SubscriptionChangeSerializer",
    "SubscriptionSerializer",
    "SummarySerializer",
]
