"""Model fields of customers and plans: codes of published lists, and metadata.

The codes of countries (ISO 3166-1 alpha-2) and currencies (ISO 4217) come from the
pycountry package. They are not `choices` of the columns, so that a new country needs
no migration.
"""

from collections.abc import Mapping
from typing import Any, ClassVar

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from fluxrate.text import LineField, normalized

# User-assigned in ISO 3166-1, and used by the EU, SWIFT, CLDR and postal services.
KOSOVO = {"XK": "Kosovo"}
COUNTRIES = dict(
    sorted(
        (
            {country.alpha_2: country.name for country in pycountry.countries} | KOSOVO
        ).items()
    )
)
# The ISO codes for the codes that the European Union uses; ISO reserves these.
ISO_CODES = {"UK": "GB", "EL": "GR"}
CURRENCIES = {
    currency.alpha_3: currency.name
    for currency in sorted(pycountry.currencies, key=lambda currency: currency.alpha_3)
}


def validate_country(code: str) -> None:
    """Refuse unknown codes."""
    if code not in COUNTRIES:
        raise ValidationError(
            f"“{code}” is not an ISO 3166-1 alpha-2 country code, such as "
            f"{ISO_CODES.get(code, 'US')}.",
            code="unknown_country",
        )


def validate_currency(code: str) -> None:
    """Refuse unknown codes."""
    if code not in CURRENCIES:
        raise ValidationError(
            f"“{code}” is not an ISO 4217 currency code, such as USD.",
            code="unknown_currency",
        )


class CodeFormField(forms.TypedChoiceField):
    """Offers the list; the column's validators judge, as they do in the API."""

    def valid_value(self, value: object) -> bool:
        return True


class CodeField(LineField):
    """A code of a published list, stored in upper case; forms offer the list."""

    names: ClassVar[dict[str, str]]

    def to_python(self, value: object) -> object:
        text = super().to_python(value)
        return text.upper() if isinstance(text, str) else text

    def formfield(self, **options: Any) -> CodeFormField:
        choices = [(code, f"{code} {name}") for code, name in self.names.items()]
        return CodeFormField(
            choices=[("", "---------"), *choices] if self.null else choices,
            required=not self.blank,
            label=options.get("label") or str(self.verbose_name).capitalize(),
            help_text=self.help_text,
            empty_value=None,
        )


class CountryField(CodeField):
    default_validators = [*LineField.default_validators, validate_country]
    description = "ISO 3166-1 alpha-2"
    names = COUNTRIES

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"max_length": 2} | options))


class CurrencyField(CodeField):
    default_validators = [*LineField.default_validators, validate_currency]
    description = "ISO 4217"
    names = CURRENCIES

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **({"max_length": 3} | options))


KEYS, KEY_LENGTH, VALUE_LENGTH = 50, 40, 500


def validate_metadata(value: object) -> None:
    """Refuse anything but {key: string} within the bounds."""
    if not isinstance(value, dict):
        raise ValidationError("A flat map of strings is needed.", code="invalid")
    if len(value) > KEYS:
        raise ValidationError(
            f"Metadata has at most {KEYS} keys.", code="too_many_keys"
        )
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


def merge_metadata(patch: Mapping[str, str | None]) -> models.Func:
    """The column with the keys of the patch (RFC 7396): null removes a key.

    PostgreSQL merges into the newest version of the row, so that concurrent writers of
    different keys all succeed.
    """
    keys = models.Value(patch, output_field=models.JSONField())
    column = models.F("metadata")
    return models.Func(
        models.Func(column, keys, template="%(expressions)s", arg_joiner=" || "),
        function="jsonb_strip_nulls",
        output_field=models.JSONField(),
    )


class MetadataField(models.JSONField):
    """A flat map of strings; the SQL function `metadata_is_flat` is its CHECK."""

    def __init__(self, **options: Any) -> None:
        defaults: dict[str, Any] = {"default": dict, "blank": True}
        super().__init__(**(defaults | options))
        self.validators.append(validate_metadata)

    def get_prep_value(self, value: object) -> object:
        """Values normalized, as they are stored. A lookup may have an empty value,
        which no row has: without the value, every row would match.
        """
        if isinstance(value, dict):
            value = _normalized(value)
        return super().get_prep_value(value)

    def get_db_prep_save(self, value: object, connection: Any) -> object:
        """Without empty values."""
        if isinstance(value, dict):
            value = {key: text for key, text in _normalized(value).items() if text}
        return super().get_db_prep_save(value, connection)


def _normalized(metadata: dict[str, object]) -> dict[str, object]:
    return {
        key: normalized(text) if isinstance(text, str) else text
        for key, text in metadata.items()
    }


def metadata_is_flat(name: str) -> models.CheckConstraint:
    """PostgreSQL refuses metadata that is nested or too large."""
    return models.CheckConstraint(
        condition=models.Func(
            models.F("metadata"),
            function="metadata_is_flat",
            output_field=models.BooleanField(),
        ),
        name=name,
        violation_error_code="metadata_invalid",
        violation_error_message=(
            f"metadata: At most {KEYS} keys of {KEY_LENGTH} characters, with strings "
            f"of {VALUE_LENGTH} characters, are stored."
        ),
    )
