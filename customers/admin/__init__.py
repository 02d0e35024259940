from .customer import CustomerAdmin
from .deletion import DeletionAdmin
from .index import index_parts
from .plan import PlanAdmin
from .subscription import SubscriptionAdmin

__all__ = [
    "CustomerAdmin",
    "DeletionAdmin",
    "PlanAdmin",
    "SubscriptionAdmin",
    "index_parts",
]
