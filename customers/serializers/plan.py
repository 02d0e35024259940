from typing import ClassVar

from customers.models import Plan

from .customer import COMMON_EXAMPLE, ORGANIZATION, PLAN, RecordSerializer


class PlanSerializer(RecordSerializer):
    descriptions: ClassVar = {
        "type": "How the plan is priced.",
        "billing_interval": "The length of a billing period.",
        "description": "For people.",
    }

    example: ClassVar = {
        "id": PLAN,
        "organization_id": ORGANIZATION,
        "name": "Professional",
        "lookup_id": "professional-monthly",
        "type": "FIXED",
        "billing_interval": "month",
        "currency": "USD",
        "trial_days": 14,
        "description": "For growing teams.",
        "is_active": True,
        **{name: value for name, value in COMMON_EXAMPLE.items() if name != "metadata"},
    }

    class Meta:
        model = Plan
        fields = [
            "id",
            "organization_id",
            "name",
            "lookup_id",
            "type",
            "billing_interval",
            "currency",
            "trial_days",
            "description",
            "is_active",
            "revision",
            "created_at",
            "updated_at",
        ]
