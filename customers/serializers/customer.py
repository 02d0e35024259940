from typing import Any, ClassVar

from django.utils.dateparse import parse_datetime
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from customers.models import Customer, Subscription
from customers.search.terms import FIELDS

from .record import CUSTOMER, KEPT, ORGANIZATION, RecordSerializer


@extend_schema_field(
    {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["field", "text"],
            "properties": {
                "field": {"type": "string", "enum": ["id", *FIELDS]},
                "text": {"type": "string"},
            },
        },
    }
)
class MatchedOnField(serializers.Field):
    """The fields that a search found, each with the part of it that matched; left out
    where nothing was searched for.
    """

    def to_representation(self, value: Any) -> Any:
        return value


class WrittenTimeField(serializers.DateTimeField):
    """A time as PostgreSQL writes it in JSON, shown as any other."""

    def to_representation(self, value: Any) -> Any:
        time = parse_datetime(value)
        return time and super().to_representation(time)


class CustomerSubscriptionSerializer(serializers.Serializer):
    """One of the customer's newest subscriptions, in short."""

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField(allow_null=True)
    plan_name = serializers.CharField()
    status = serializers.ChoiceField(choices=Subscription.Status.choices)
    current_period_end = WrittenTimeField()
    cancel_at_period_end = serializers.BooleanField()


class CustomerSerializer(RecordSerializer):
    matched_on = MatchedOnField(read_only=True)

    example: ClassVar = {
        "id": CUSTOMER,
        "organization_id": ORGANIZATION,
        "name": "Acme Corp",
        "email": "billing@acme.com",
        "external_id": "acme-corp-001",
        "phone": "+1-555-0100",
        "billing_address_line1": "123 Main St",
        "billing_address_line2": None,
        "billing_address_city": "San Francisco",
        "billing_address_state": "CA",
        "billing_address_country": "US",
        "billing_address_postal_code": "94105",
        "status": "ACTIVE",
        **KEPT,
    }

    # By a search, or where `include` asks for it.
    sometimes: ClassVar = ["subscription_counts", "subscriptions", "matched_on"]
    subscription_counts = serializers.DictField(
        child=serializers.IntegerField(min_value=0), read_only=True
    )
    subscriptions = CustomerSubscriptionSerializer(
        source="newest_subscriptions", many=True, read_only=True
    )

    class Meta:
        model = Customer
        fields = [
            "id",
            "organization_id",
            "name",
            "email",
            "external_id",
            "phone",
            "billing_address_line1",
            "billing_address_line2",
            "billing_address_city",
            "billing_address_state",
            "billing_address_country",
            "billing_address_postal_code",
            "status",
            "metadata",
            "subscription_counts",
            "subscriptions",
            "revision",
            "created_at",
            "updated_at",
            "matched_on",
        ]
        validators: ClassVar[list[Any]] = []
