from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import BillingInterval, Customer, Plan, Subscription
from customers.models.subscription_actions import (
    ACTION_NAMES,
    ActionTiming,
    SubscriptionState,
    available_actions,
    unavailable_actions,
)
from fluxrate.api.serializers import DateTimeField, IncludedField, OwnedRelatedField

from .customer import (
    COMMON_EXAMPLE,
    CUSTOMER,
    ORGANIZATION,
    PLAN,
    CustomerSerializer,
    RecordSerializer,
)
from .plan import PlanSerializer

EXAMPLE_STATE = SubscriptionState(
    Subscription.Status.ACTIVE, cancel_scheduled=False, change_scheduled=False
)


class AvailableActionSerializer(serializers.Serializer):
    """An action that the state allows: POST to `/subscriptions/{id}/{name}`."""

    name = serializers.ChoiceField(choices=ACTION_NAMES)
    needs = serializers.ListField(
        child=serializers.CharField(), help_text="The required fields of the body."
    )
    takes = serializers.ListField(
        child=serializers.CharField(), help_text="The optional fields of the body."
    )
    when = serializers.ListField(
        child=serializers.ChoiceField(choices=ActionTiming.choices),
        help_text="The times at which it may take effect.",
    )


class UnavailableActionSerializer(serializers.Serializer):
    """An action that the state forbids, and the reason."""

    name = serializers.ChoiceField(choices=ACTION_NAMES)
    code = serializers.CharField(help_text="The reason, stable, for programs.")
    reason = serializers.CharField(help_text="The reason, for people.")


class ScheduledChangeSerializer(serializers.Serializer):
    """The change of plan at the end of the current period."""

    descriptions: ClassVar = {
        "plan_id": "The plan after the change.",
        "billing_interval": "The interval after the change.",
    }

    plan_id = serializers.UUIDField()
    plan_name = serializers.CharField()
    billing_interval = serializers.ChoiceField(choices=BillingInterval.choices)
    at = serializers.DateTimeField(
        allow_null=True, help_text="Null while the subscription is paused."
    )


@extend_schema_field(CustomerSerializer)
class IncludedCustomerField(IncludedField):
    """The customer; only if `include` names it."""

    serializer_class = CustomerSerializer


@extend_schema_field(PlanSerializer)
class IncludedPlanField(IncludedField):
    """The plan, null if it is deleted; only if `include` names it."""

    serializer_class = PlanSerializer


class PlanIDField(OwnedRelatedField):
    """A plan, which is required; null in a response once the plan is deleted."""

    openapi_response: ClassVar = {"type": ["string", "null"]}


class SubscriptionSerializer(RecordSerializer):
    descriptions: ClassVar = {
        "customer_id": "The customer, who cannot be changed.",
        "plan_id": "The plan; `change-plan` changes it. Null if it is deleted.",
        "plan_name": "The name of the plan, or its last one.",
        "customer": "The whole customer; with `include`.",
        "plan": "The whole plan, null if it is deleted; with `include`.",
        "status": "Actions and time change it.",
        "billing_interval": "The length of a billing period; by default the plan's.",
        "start_date": "The time of the start; by default the present.",
        "current_period_start": "The start of the trial or the billing period.",
        "cancel_at_period_end": "Whether a cancellation is scheduled.",
        "cancel_reason": "The reason that `cancel` stated.",
        "ended_at": "The time of the end; null while the subscription lives.",
        "paused_at": "The start of the pause; null without one.",
        "resumes_at": "The time of the automatic resumption; null without one.",
        "scheduled_change": "A change of plan at the end of the billing period.",
        "available_actions": "What the state allows.",
        "unavailable_actions": "What the state forbids, with the reason. A list has "
        "it with `include`.",
    }

    example: ClassVar = {
        "id": "0193b0c8-90aa-7e6f-b1c2-4d5e6f708192",
        "organization_id": ORGANIZATION,
        "customer_id": CUSTOMER,
        "plan_id": PLAN,
        "plan_name": "Professional",
        "external_id": "acme-subscription-1",
        "status": "ACTIVE",
        "billing_interval": "month",
        "billing_anchor": "2025-01-15T00:00:00Z",
        "start_date": "2025-01-15T00:00:00Z",
        "current_period_start": "2025-01-15T00:00:00Z",
        "current_period_end": "2025-02-15T00:00:00Z",
        "trial_end_date": None,
        "cancel_at_period_end": False,
        "canceled_at": None,
        "cancel_reason": None,
        "ended_at": None,
        "paused_at": None,
        "resumes_at": None,
        "due_at": "2025-02-15T00:00:00Z",
        "scheduled_change": None,
        "available_actions": available_actions(EXAMPLE_STATE),
        "unavailable_actions": unavailable_actions(EXAMPLE_STATE),
        **COMMON_EXAMPLE,
    }

    customer_id = OwnedRelatedField(queryset=Customer.objects.all(), source="customer")
    plan_id = PlanIDField(queryset=Plan.objects.all(), source="plan", allow_null=False)
    plan_name = serializers.SerializerMethodField()
    only_in_some_responses: ClassVar = ["customer", "plan", "unavailable_actions"]
    customer = IncludedCustomerField()
    plan = IncludedPlanField(allow_null=True)
    due_at = DateTimeField(
        read_only=True,
        allow_null=True,
        help_text="The next time at which the subscription changes.",
    )
    scheduled_change = ScheduledChangeSerializer(read_only=True, allow_null=True)
    available_actions = AvailableActionSerializer(many=True, read_only=True)
    unavailable_actions = UnavailableActionSerializer(many=True, read_only=True)

    class Meta:
        model = Subscription
        fields = [
            "id",
            "organization_id",
            "customer_id",
            "plan_id",
            "plan_name",
            "customer",
            "plan",
            "external_id",
            "status",
            "billing_interval",
            "billing_anchor",
            "start_date",
            "current_period_start",
            "current_period_end",
            "trial_end_date",
            "cancel_at_period_end",
            "canceled_at",
            "cancel_reason",
            "ended_at",
            "paused_at",
            "resumes_at",
            "due_at",
            "scheduled_change",
            "available_actions",
            "unavailable_actions",
            "metadata",
            "revision",
            "created_at",
            "updated_at",
        ]
        read_only_fields: ClassVar = [
            "status",
            "current_period_start",
            "current_period_end",
            "cancel_at_period_end",
            "canceled_at",
            "cancel_reason",
            "ended_at",
            "paused_at",
            "resumes_at",
            "due_at",
        ]
        extra_kwargs: ClassVar = {
            "billing_interval": {"required": False},
            "start_date": {"required": False},
            "billing_anchor": {
                "required": False,
                "help_text": "Periods begin a whole number of intervals from it. By "
                "default, it is the start or the end of the trial.",
            },
            "trial_end_date": {
                "help_text": "By default, the plan's trial_days decide; a time "
                "equal to start_date means no trial.",
            },
        }

    def get_plan_name(self, subscription: Subscription) -> str:
        return subscription.plan.name if subscription.plan else subscription.plan_name

    def create(self, validated_data: dict[str, Any]) -> Subscription:
        at = validated_data["organization"].now()
        return Subscription.begin(at=at, **validated_data)


class SubscriptionUpdateSerializer(SubscriptionSerializer):
    """The fields that PUT and PATCH may change; actions change the others."""

    class Meta(SubscriptionSerializer.Meta):
        # Its component is PatchedSubscriptionRequest.
        ref_name = "Subscription"
        read_only_fields: ClassVar = [
            *SubscriptionSerializer.Meta.read_only_fields,
            "billing_interval",
            "billing_anchor",
            "start_date",
            "trial_end_date",
        ]

    customer_id = serializers.UUIDField(read_only=True)  # type: ignore[assignment]
    plan_id = serializers.UUIDField(read_only=True)  # type: ignore[assignment]
