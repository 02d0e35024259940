from .customer import CustomerAdmin
from .plan import PlanAdmin
from .subscription import SubscriptionAdmin

__all__ = ["CustomerAdmin", "PlanAdmin", "SubscriptionAdmin"]
