"""The validated data of a body, as the serializer's own fields validate its values.

An acceptor accepts; it never refuses. A body that it does not accept goes the ordinary
way, whose serializer has the words for the errors, or knows better.
"""

import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from django.core.exceptions import ValidationError as DjangoValidationError
from django.core.validators import MaxLengthValidator, ProhibitNullCharactersValidator
from django.db.models import Model
from rest_framework import serializers
from rest_framework.validators import ProhibitSurrogateCharactersValidator

from fluxrate.api.serializers import (
    OwnedRelatedField,
    StrictModelSerializer,
    TextField,
)
from fluxrate.postgres.constraints import TenantForeignKey
from fluxrate.text import OneLine, Visible

from .recording import CannotRecordError, without_request

Accept = Callable[[object], object]
# Of an id as UUIDs are usually written.
_ID_LENGTH = 36
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
        self._references = {
            str(field.field_name)
            for field in fields
            if isinstance(field, serializers.RelatedField)
        }
        self._fields = {
            str(field.field_name): _acceptor(serializer, field)
            for field in fields
            if field.field_name not in self._references
            or _is_enforced(serializer, field)
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

    def agrees(self, body: Mapping[str, object]) -> bool:
        """Whether the serializer itself validates the body to the same values, apart
        from references, which the database checks.
        """
        accepted = self.accept(body)
        for name in self._references & body.keys():
            del accepted[self._fields[name][0]]
        for name in self._references & self._serializer.fields.keys():
            del self._serializer.fields[name]
        rest = {name: body[name] for name in body.keys() - self._references}
        return bool(accepted == self._serializer.run_validation(rest))


def _acceptor(serializer: Any, field: serializers.Field) -> tuple[str, Accept]:
    """The attribute of the field, and what the serializer does with a value of it."""
    if isinstance(field, serializers.RelatedField):
        return f"{field.source}_id", _reference
    further = getattr(serializer, f"validate_{field.field_name}", None)
    run: Accept = field.run_validation
    if type(field) is TextField:
        run = _text_acceptor(field)
    if further is None:
        return str(field.source), run
    return str(field.source), lambda value: further(run(value))


def _is_enforced(serializer: StrictModelSerializer, field: serializers.Field) -> bool:
    """Whether PostgreSQL alone refuses what the field would refuse: an id that no row
    of the organization has.
    """
    model: type[Model] = cast(Any, serializer).Meta.model
    return (
        isinstance(field, OwnedRelatedField)
        and type(field) is OwnedRelatedField
        and not hasattr(serializer, f"validate_{field.field_name}")
        and not field.rows.query.where
        and any(
            isinstance(each, TenantForeignKey) and each.field == field.source
            for each in model._meta.constraints
        )
    )


def _reference(value: object) -> object:
    if type(value) is not str or len(value) != _ID_LENGTH:
        raise NotAcceptedError
    return uuid.UUID(value)


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
