"""The bodies of the actions of a subscription."""

from typing import ClassVar

from rest_framework import serializers

from customers.models import BillingInterval, Plan
from customers.models.subscription_actions import ActionTiming
from fluxrate.api.serializers import (
    BooleanField,
    ChoiceField,
    DateTimeField,
    OwnedRelatedField,
    StrictSerializer,
    TextField,
)
from fluxrate.times import validate_time


class EmptySerializer(StrictSerializer):
    """An empty body, or {}."""


class CancelSubscriptionSerializer(StrictSerializer):
    descriptions: ClassVar = {
        "reason": "Stored as `cancel_reason`.",
    }

    example: ClassVar = {"cancel_at_period_end": True, "reason": "Moved elsewhere."}

    cancel_at_period_end = BooleanField(default=False)
    reason = TextField(max_length=500, required=False, allow_null=True)


class PauseSubscriptionSerializer(StrictSerializer):
    example: ClassVar = {"resumes_at": "2025-03-01T00:00:00Z"}

    resumes_at = DateTimeField(
        required=False,
        allow_null=True,
        validators=[validate_time],
        help_text="The time of the automatic resumption; null means none.",
    )


class ExtendTrialSerializer(StrictSerializer):
    example: ClassVar = {"trial_end_date": "2025-03-01T00:00:00Z"}

    trial_end_date = DateTimeField(
        validators=[validate_time],
        help_text="A time after the present end of the trial.",
    )


class ChangePlanSerializer(StrictSerializer):
    descriptions: ClassVar = {
        "plan_id": "An active plan of the organization.",
    }

    example: ClassVar = {
        "plan_id": "0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30",
        "at": "period_end",
    }

    plan_id = OwnedRelatedField(queryset=Plan.objects.all(), source="plan")
    at = ChoiceField(choices=ActionTiming.choices, default=ActionTiming.NOW)
    billing_interval = ChoiceField(
        choices=BillingInterval.choices,
        required=False,
        help_text="The plan's interval by default.",
    )

    def validate(self, attrs: dict[str, object]) -> dict[str, object]:
        """Replace `at` by `at_period_end`: `at` is a time in `change_plan`."""
        return attrs | {"at_period_end": attrs.pop("at") == ActionTiming.PERIOD_END}


# The bodies of the actions that take one, by the action's name.
ACTION_BODIES: dict[str, type[StrictSerializer]] = {
    "cancel": CancelSubscriptionSerializer,
    "pause": PauseSubscriptionSerializer,
    "extend-trial": ExtendTrialSerializer,
    "change-plan": ChangePlanSerializer,
}


class MoveClockSerializer(StrictSerializer):
    descriptions: ClassVar = {
        "at": "The time to move to, later than the clock's.",
    }

    example: ClassVar = {"at": "2026-01-01T00:00:00Z"}

    at = DateTimeField(validators=[validate_time])


class SubscriptionSummarySerializer(serializers.Serializer):
    """The number of subscriptions, in total and by status."""

    descriptions: ClassVar = {
        "by_status": "The number in each status.",
    }

    example: ClassVar = {
        "total": 342,
        "by_status": {
            "TRIAL": 20,
            "ACTIVE": 290,
            "PAST_DUE": 12,
            "PAUSED": 5,
            "CANCELED": 15,
        },
    }

    total = serializers.IntegerField(min_value=0)
    by_status = serializers.DictField(child=serializers.IntegerField(min_value=0))
