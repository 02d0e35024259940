"""The field that says what becomes of the external_id of a restored object."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from fluxrate.api.serializers import TextField
from fluxrate.text import LineField

from .deletion import KEEP, ExternalId

_name = TextField(max_length=255, validators=LineField.default_validators)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "enum": ["keep", "drop"]},
            {
                "type": "object",
                "required": ["as"],
                "properties": {"as": {"type": "string", "maxLength": 255}},
                "additionalProperties": False,
            },
        ]
    }
)
class ExternalIdField(serializers.Field):
    """`"keep"`, `"drop"` or `{"as": "…"}`, as an ExternalId."""

    default_error_messages = {
        "invalid": '"keep", "drop" or {{"as": "an external_id"}} is needed.'
    }

    def to_internal_value(self, data: object) -> ExternalId:
        match data:
            case "keep":
                return KEEP
            case "drop":
                return ExternalId(drop=True)
            case {"as": value, **rest} if not rest:
                return ExternalId(other=str(_name.run_validation(value)))
        return self.fail("invalid")

    def to_representation(self, value: ExternalId) -> object:
        return {"as": value.other} if value.other else "drop" if value.drop else "keep"
