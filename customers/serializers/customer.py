"""Customers, and the base of the serializers of plans and subscriptions."""

from datetime import datetime
from typing import Any, ClassVar

from django.db import models
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.fields import SkipField

from customers.fields import (
    KEYS,
    VALUE_LENGTH,
    CodeField,
    MetadataField,
    merge_metadata,
    validate_metadata,
)
from customers.models import Customer, Subscription
from customers.search.terms import FIELDS, Terms
from fluxrate.api.serializers import StrictModelSerializer, TextField

ORGANIZATION = "0193b0c4-11d8-7a51-9d0e-6c1f3b5a7e90"
CUSTOMER = "550e8400-e29b-41d4-a716-446655440000"
PLAN = "0193b0c6-5e02-7b3d-8a4c-2f9d1e6b8c30"
COMMON_EXAMPLE = {
    "metadata": {"crm": "C-1042"},
    "revision": 2,
    "created_at": "2025-01-01T00:00:00Z",
    "updated_at": "2025-01-15T10:30:00Z",
}


class CodeSerializerField(TextField):
    """A code of a published list, in upper case."""

    def to_internal_value(self, data: object) -> str:
        return super().to_internal_value(data).upper()


class MetadataSerializerField(serializers.DictField):
    """A flat map of strings; a change merges it by key, and null removes a key."""

    openapi: ClassVar = {
        "maxProperties": KEYS,
        "description": "A flat map. A change merges it by key; null removes a key.",
    }
    # A response has no null.
    openapi_response: ClassVar = {
        "additionalProperties": {"type": "string", "maxLength": VALUE_LENGTH}
    }
    child = TextField(allow_null=True, allow_blank=True, max_length=VALUE_LENGTH)
    default_error_messages = {"not_a_dict": "A flat map of strings is needed."}

    def __init__(self, **options: Any) -> None:
        super().__init__(
            **{
                name: value
                for name, value in options.items()
                if name not in {"decoder", "encoder", "validators"}
            }
        )

    def to_internal_value(self, data: Any) -> dict[str, str | None]:
        if isinstance(data, dict):
            validate_metadata(dict.fromkeys(data, ""))
        values: dict[str, str | None] = super().to_internal_value(data)
        return values


class RecordSerializer(StrictModelSerializer):
    # Of the whole object.
    example: ClassVar[dict[str, object]]
    serializer_field_mapping: ClassVar = (
        StrictModelSerializer.serializer_field_mapping
        | {CodeField: CodeSerializerField, MetadataField: MetadataSerializerField}
    )

    def validate_metadata(
        self, patch: dict[str, str | None]
    ) -> dict[str, str] | models.Func:
        """A new record has the keys with a value; a change merges the patch."""
        if self.instance is not None:
            return merge_metadata(patch)
        return {key: text for key, text in patch.items() if text is not None}


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
    """The fields that a search matched, each with the matching part; only in the
    results of a search.
    """

    def get_attribute(self, instance: Customer) -> Customer:
        if self.context.get("search") is None:
            raise SkipField
        return instance

    def to_representation(self, value: Customer) -> list[dict[str, str]]:
        terms: Terms = self.context["search"]
        return terms.matched_on(value)


class WrittenTimeField(serializers.DateTimeField):
    """A time in the JSON that PostgreSQL makes."""

    def to_representation(self, value: Any) -> str:
        return super().to_representation(datetime.fromisoformat(value))


class CustomerSubscriptionSerializer(serializers.Serializer):
    """A summary of one of the customer's newest subscriptions."""

    descriptions: ClassVar = {
        "plan_id": "Null if the plan is deleted.",
        "current_period_end": "The end of the billing period.",
        "cancel_at_period_end": "Whether it ends with the billing period.",
    }

    id = serializers.UUIDField()
    plan_id = serializers.UUIDField(allow_null=True)
    plan_name = serializers.CharField()
    status = serializers.ChoiceField(choices=Subscription.Status.choices)
    current_period_end = WrittenTimeField()
    cancel_at_period_end = serializers.BooleanField()


class CustomerSerializer(RecordSerializer):
    descriptions: ClassVar = {
        "status": "An `INACTIVE` customer accepts no new subscriptions.",
        "billing_address_state": "As people write it.",
        "subscription_counts": "The number of subscriptions by status; with `include`.",
        "subscriptions": "The 10 newest; with `include`.",
        "matched_on": "The fields that a search matched; in its results.",
    }

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
        **COMMON_EXAMPLE,
    }

    # Members of a search result, or that `include` names.
    only_in_some_responses: ClassVar = [
        "subscription_counts",
        "subscriptions",
        "matched_on",
    ]
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
