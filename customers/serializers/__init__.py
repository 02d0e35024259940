"""The JSON of customers, plans and subscriptions."""
