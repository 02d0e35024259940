from .customer import Customer
from .plan import BillingInterval, Plan
from .subscription import Subscription

__all__ = ["BillingInterval", "Customer", "Plan", "Subscription"]
