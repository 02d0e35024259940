"""The validated data of a body, as the serializer's own fields validate its values.

An acceptor accepts; it never refuses. A body that it does not accept goes the ordinary
way, whose serializer has the words for the errors, or knows better.
"""

from collections.abc import Callable
from typing import Any

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from fluxrate.api.serializers import StrictModelSerializer, TextField
from fluxrate.text import OneLine, Visible

from .recording import CannotRecordError, without_request

Accept = Callable[[object], object]
# Validators that hold for printable ASCII text without spaces at its ends.
_HOLD_FOR_ASCII = (
    MaxLengthValidator,
    OneLine,
    ProhibitNullCharactersValidator,
    ProhibitSurrogateCharactersValidator,
    Visible,
)
# Steps of a serializer that an acceptor replaces.
_STEPS = (
    StrictModelSerializer.run_validation,
    StrictModelSerializer.to_internal_value,
    StrictModelSerializer.validate,
    StrictModelSerializer.get_fields,
)


class NotAcceptedError(Exception):
    """The ordinary way decides."""


class BodyAcceptor:
    """Bodies of a serializer that is bound once; `partial` ones may lack any field."""

    def __init__(self, serializer: Any, *, partial: bool) -> None:
        kind = type(serializer)
        if any(getattr(kind, step.__name__) is not step for step in _STEPS):
            raise CannotRecordError
        self._serializer = without_request(serializer)
        fields = list(serializer._writable_fields)  # noqa: SLF001 - of DRF
        self._fields = {
            str(field.field_name): (str(field.source), _acceptor(serializer, field))
            for field in fields
            if not isinstance(field, serializers.RelatedField)
        }
        self._required = set()
        if not partial:
            self._required = {
                str(field.field_name)
                for field in fields
                if field.required or field.default is not serializers.empty
            }

    def accept(self, body: object) -> dict[str, object]:
        """Field source → validated value. Raises NotAcceptedError."""
        if type(body) is not dict or not self._required <= body.keys():
            raise NotAcceptedError
        accepted = {}
        try:
            for name, value in body.items():
                source, accept = self._fields[name]
                accepted[source] = accept(value)
        except (
            KeyError,
            serializers.ValidationError,
            serializers.SkipField,
            DjangoValidationError,
        ):
            raise NotAcceptedError from None
        return accepted

    def agrees(self, body: object) -> bool:
        """Whether the serializer itself validates the body to the same values."""
        return bool(self.accept(body) == self._serializer.run_validation(body))


def _acceptor(serializer: Any, field: serializers.Field) -> Accept:
    """What the serializer does with a value of the field."""
    further = getattr(serializer, f"validate_{field.field_name}", None)
    run: Accept = field.run_validation
    if type(field) is TextField:
        run = _text_acceptor(field)
    if further is None:
        return run
    return lambda value: further(run(value))


def _text_acceptor(field: TextField) -> Accept:
    """The field's own validation, without its steps for plain text."""
    validate = field.run_validation
    if not all(isinstance(item, _HOLD_FOR_ASCII) for item in field.validators):
        return validate
    longest = field.max_length or 0

    def accept(value: object) -> object:
        is_plain = (
            type(value) is str
            and 0 < len(value) <= longest
            and value.isascii()
            and value.isprintable()
            and value.strip() == value
        )
        return value if is_plain else validate(value)

    return accept
