"""What an address says to a page of the admin: a link may be mistyped or made up."""

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.forms.utils import to_current_timezone


def fitting(model: Any, texts: Mapping[str, Any]) -> dict[str, Any]:
    """The values that the model's fields can hold, as a form shows them at first."""
    values = {name: _read(model, name, text) for name, text in texts.items()}
    return {name: value for name, value in values.items() if value is not None}


def are_ids(model: Any, texts: list[str]) -> bool:
    """Whether each text can be a key of the model."""
    key = model._meta.pk.name
    return all(_read(model, key, text) is not None for text in texts)


def _read(model: Any, name: str, text: Any) -> Any:
    """What the text says to the field; None where it says nothing."""
    try:
        field = model._meta.get_field(name)
        each = text if isinstance(text, list) else [text]
        values = [_value(field, one) for one in each]
    except (FieldDoesNotExist, ValidationError, ValueError, OverflowError):
        return None
    return values if isinstance(text, list) else values[0]


def _value(field: Any, text: str) -> Any:
    if "\0" in text:
        raise ValueError(text)
    value = getattr(field, "target_field", field).to_python(text)
    if isinstance(field, models.DateTimeField):
        # At the ends of the calendar a time of one zone has no day in another.
        to_current_timezone(value)
    return text if isinstance(field, models.ForeignKey) else value
