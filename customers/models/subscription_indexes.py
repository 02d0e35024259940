"""Indexes of subscriptions."""

from django.db.models import Index, Q

SUBSCRIPTION_INDEXES = [
    Index(fields=["id"], name="subscription_id"),
    # With the status, a customer's subscriptions are counted in it alone.
    Index(
        fields=["customer", "id"],
        include=["status"],
        name="subscription_customer",
    ),
    # With the customer, customers with such subscriptions are counted in it alone.
    Index(
        fields=["organization", "status", "id"],
        include=["customer"],
        name="subscription_status",
    ),
    Index(
        fields=["organization", "updated_at", "id"],
        name="subscription_updated",
    ),
    Index(
        fields=["organization", "current_period_end", "id"],
        name="subscription_period_end",
    ),
    Index(
        fields=["due_at"],
        condition=Q(due_at__isnull=False),
        name="subscription_due",
    ),
    # For a search over all organizations.
    Index(
        fields=["external_id"],
        condition=Q(external_id__isnull=False),
        name="subscription_external_id",
    ),
    Index(
        fields=["due_at"], condition=Q(status="TRIAL"), name="subscription_trial_end"
    ),
    Index(
        fields=["scheduled_plan"],
        condition=Q(scheduled_plan__isnull=False),
        name="subscription_scheduled_plan",
    ),
]
