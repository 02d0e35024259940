"""The faces of customers, plans and subscriptions."""

from .actions import (
    CancelSubscriptionSerializer,
    ChangePlanSerializer,
    EmptySerializer,
    ExtendTrialSerializer,
    MoveClockSerializer,
    PauseSubscriptionSerializer,
    SubscriptionSummarySerializer,
)
from .customer import CustomerSerializer
from .plan import PlanSerializer
from .subscription import SubscriptionSerializer, SubscriptionUpdateSerializer

__all__ = [
    "CancelSubscriptionSerializer",
    "ChangePlanSerializer",
    "CustomerSerializer",
    "EmptySerializer",
    "ExtendTrialSerializer",
    "MoveClockSerializer",
    "PauseSubscriptionSerializer",
    "PlanSerializer",
    "SubscriptionSerializer",
    "SubscriptionSummarySerializer",
    "SubscriptionUpdateSerializer",
]
