"""The operations of the batch endpoints."""

from rest_framework import serializers

from customers.models.subscription_actions import ACTION_NAMES
from fluxrate.api.serializers import (
    ChoiceField,
    IntegerField,
    StrictSerializer,
    TextField,
    UUIDField,
)
from fluxrate.text import normalized

from .runs import Operation

CUSTOMER_OPERATIONS = ["create", "update", "upsert", "delete"]
REVISION = "Refuse the operation with 412 if the object has another revision."


class DataField(serializers.DictField):
    """An object that another serializer validates."""

    default_error_messages = {"not_a_dict": "A JSON object is needed."}

    def to_internal_value(self, data: object) -> Operation:
        if not isinstance(data, dict):
            self.fail("not_a_dict", input_type=type(data).__name__)
        return data


class OperationSerializer(StrictSerializer):
    """The row that an operation names: by `id`, or by `external_id`."""

    id = UUIDField(required=False)
    revision = IntegerField(required=False, min_value=1, help_text=REVISION)
    data = DataField(required=False, help_text="The body of the single request.")  # type: ignore[assignment]


class CustomerOperationSerializer(OperationSerializer):
    op = ChoiceField(choices=CUSTOMER_OPERATIONS)
    external_id = TextField(
        required=False, max_length=255, help_text="The customer, instead of by `id`."
    )

    def validate(self, attrs: Operation) -> Operation:
        op, named = attrs["op"], attrs.keys() & {"id", "external_id"}
        problem = None
        if op == "create" and named | attrs.keys() & {"revision"}:
            problem = "A create has only data."
        elif op == "upsert" and named != {"external_id"}:
            problem = "An upsert names the customer by external_id."
        elif op in {"update", "delete"} and len(named) != 1:
            problem = f"Name the customer by id or by external_id for the {op}."
        elif ("data" in attrs) is (op == "delete"):
            problem = "A delete has no data; the other operations need data."
        if problem is not None:
            raise serializers.ValidationError(problem, "invalid_operation")
        if op == "upsert":
            attrs["data"] = _with_external_id(attrs)
        return attrs


def _with_external_id(attrs: Operation) -> Operation:
    """The data with the external_id of the operation, which it may repeat."""
    external_id: str = attrs["external_id"]
    data: Operation = attrs["data"]
    repeated = data.get("external_id", external_id)
    if not isinstance(repeated, str) or normalized(repeated) != external_id:
        message = "This differs from the external_id of the operation."
        raise serializers.ValidationError({"data": {"external_id": message}}, "invalid")
    return data | {"external_id": external_id}


def is_plain_create(operation: object) -> bool:
    """Whether the serializer would accept the operation, and change nothing in it."""
    return (
        isinstance(operation, dict)
        and operation.keys() == {"op", "data"}
        and operation["op"] == "create"
        and isinstance(operation["data"], dict)
    )


class SubscriptionOperationSerializer(OperationSerializer):
    op = ChoiceField(choices=ACTION_NAMES)
    id = UUIDField()
