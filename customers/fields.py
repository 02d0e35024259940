"""Model fields of customers and plans: codes of published lists, and metadata.

The codes of countries (ISO 3166-1 alpha-2) and currencies (ISO 4217) come from the
pycountry package. They are not `choices` of the columns, so that a new country needs
no migration.
"""

from typing import Any, ClassVar

import pycountry
from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from fluxrate.text import LineField, normalized

# User-assigned in ISO 3166-1, and used by the EU, SWIFT, CLDR and postal services.
KOSOVO = {"XK": "Kosovo"}
COUNTRIES = dict(
    sorted(({each.alpha_2: each.name for each in pycountry.countries} | KOSOVO).items())
)
# Codes that the Union uses, and that ISO has reserved for it, by those of ISO.
MEANT = {"UK": "GB", "EL": "GR"}
CURRENCIES = {
    currency.alpha_3: currency.name
    for currency in sorted(pycountry.currencies, key=lambda currency: currency.alpha_3)
}


def validate_country(code: str) -> None:
    """Refuse what is no ISO 3166-1 alpha-2 code."""
    if code not in COUNTRIES:
        raise ValidationError(
            f"“{code}” is not an ISO 3166-1 alpha-2 country code, such as "
            f"{MEANT.get(code, 'US')}.",
            code="unknown_country",
        )


def validate_currency(code: str) -> None:
    """Refuse what is no ISO 4217 code."""
    if code not in CURRENCIES:
        raise ValidationError(
            f"“{code}” is not an ISO 4217 currency code, such as USD.",
            code="unknown_currency",
        )


class CodeField(LineField):
    """A code of a published list, kept in upper case, chosen from it in forms."""

    names: ClassVar[dict[str, str]]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.upper() if isinstance(text, str) else text

    def formfield(self, **options: Any) -> Any:
        choices = [(code, f"{code} {name}") for code, name in self.names.items()]
        return forms.TypedChoiceField(
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
