"""The JSON of customers, plans and subscriptions."""

from .actions import (
    ACTION_BODIES,
    EmptySerializer,
    MoveClockSerializer,
    SubscriptionSummarySerializer,
)
from .customer import CustomerSerializer
from .plan import PlanSerializer
from .subscription import SubscriptionSerializer, SubscriptionUpdateSerializer

__all__ = [
    "ACTION_BODIES",
    "CustomerSerializer",
    "EmptySerializer",
    "MoveClockSerializer",
    "PlanSerializer",
    "SubscriptionSerializer",
    "SubscriptionSummarySerializer",
    "SubscriptionUpdateSerializer",
]
