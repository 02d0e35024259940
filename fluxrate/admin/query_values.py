"""Values from a query string, which a person may have mistyped or made up."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.forms.utils import to_current_timezone


def parse_uuid(text: str) -> uuid.UUID | None:
    """The UUID in any of its usual notations."""
    try:
        return uuid.UUID(text)
    except ValueError:
        return None


def valid_initial(
    model: type[models.Model], data: Mapping[str, str | list[str]]
) -> dict[str, Any]:
    """A form's initial data in Python types, without values that no field can hold."""
    values = {name: _to_python(model, name, text) for name, text in data.items()}
    return {name: value for name, value in values.items() if value is not None}


def are_primary_keys(model: type[models.Model], texts: Sequence[str]) -> bool:
    """Whether each text is a possible value of the model's primary key."""
    name = model._meta.pk.name
    return all(_to_python(model, name, text) is not None for text in texts)


def _to_python(
    model: type[models.Model], name: str, text: str | list[str]
) -> object | None:
    """The field's value or list of values; None if the field cannot hold it."""
    try:
        field = model._meta.get_field(name)
        if isinstance(text, list):
            return [_field_value(field, item) for item in text]
        return _field_value(field, text)
    except (FieldDoesNotExist, ValidationError, ValueError, OverflowError):
        return None


def _field_value(field: Any, text: str) -> object:
    # A query string has no notation for an array.
    if "\0" in text or isinstance(field, ArrayField):
        raise ValueError(text)
    value: object = getattr(field, "target_field", field).to_python(text)
    if isinstance(field, models.DateTimeField) and isinstance(value, datetime):
        # A time at the ends of the calendar has no date in another time zone.
        to_current_timezone(value)
    return text if isinstance(field, models.ForeignKey) else value
