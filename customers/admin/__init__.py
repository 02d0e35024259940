from .customer import CustomerAdmin
from .deletion import DeletionAdmin
from .plan import PlanAdmin
from .subscription import SubscriptionAdmin

__all__ = ["CustomerAdmin", "DeletionAdmin", "PlanAdmin", "SubscriptionAdmin"]
