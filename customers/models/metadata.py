"""A flat map of strings that callers hang on a record."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models

from fluxrate.text import normalized

KEYS, KEY_LENGTH, VALUE_LENGTH = 50, 40, 500


def validate_metadata(value: Any) -> None:
    """Refuse anything but {key: string}, within the bounds; null removes a key."""
    if not isinstance(value, dict):
        raise ValidationError("A flat map of strings is needed.", code="invalid")
    if len(value) > KEYS:
        raise ValidationError(f"At most {KEYS} keys are kept.", code="too_many_keys")
    for key, text in value.items():
        if not 0 < len(key) <= KEY_LENGTH:
            raise ValidationError(
                f"A key has 1 to {KEY_LENGTH} characters.", code="invalid_key"
            )
        if key != normalized(key):
            raise ValidationError(
                f"The key “{key}” has spaces around it, or is not in Unicode's NFC.",
                code="invalid_key",
            )
        if not isinstance(text, str):
            raise ValidationError(f"The value of “{key}” is not a string.", code="type")
        if len(text) > VALUE_LENGTH:
            raise ValidationError(
                f"The value of “{key}” has over {VALUE_LENGTH} characters.",
                code="max_length",
            )


def merged(patch: dict[str, str | None]) -> models.Func:
    """The column with the patch's keys set, or removed where they are null.

    PostgreSQL merges into the newest version of the row, so two writers of different
    keys both survive.
    """
    given = models.Value(patch, output_field=models.JSONField())
    column = models.F("metadata")
    return models.Func(
        models.Func(column, given, template="%(expressions)s", arg_joiner=" || "),
        function="jsonb_strip_nulls",
        output_field=models.JSONField(),
    )


class MetadataField(models.JSONField):
    """`metadata_is_flat(jsonb)`, made by the first migration, is its CHECK."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"default": dict, "blank": True}
        super().__init__(**(defaults | options))
        self.validators.append(validate_metadata)

    def get_prep_value(self, value: Any) -> Any:
        """Values as the API keeps them: trimmed and in NFC. A lookup keeps an empty
        one, which no row holds: without it, every row would be found.
        """
        if isinstance(value, dict):
            value = {
                key: normalized(text) if isinstance(text, str) else text
                for key, text in value.items()
            }
        return super().get_prep_value(value)

    def get_db_prep_save(self, value: Any, connection: Any) -> Any:
        """Empty values are left out."""
        if isinstance(value, dict):
            kept = self.get_prep_value(value)
            value = {key: text for key, text in kept.items() if text != ""}
        return super().get_db_prep_save(value, connection)


def metadata_is_flat(name: str) -> models.CheckConstraint:
    """The database's own refusal of metadata that is nested or too large."""
    return models.CheckConstraint(
        condition=models.Func(
            models.F("metadata"),
            function="metadata_is_flat",
            output_field=models.BooleanField(),
        ),
        name=name,
        violation_error_code="metadata_invalid",
        violation_error_message=(
            f"metadata: at most {KEYS} keys of {KEY_LENGTH} characters with strings "
            f"of {VALUE_LENGTH} characters are kept."
        ),
    )
