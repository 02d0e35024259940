"""Countries (ISO 3166-1 alpha-2) and currencies (ISO 4217): codes, checked.

The lists are those of the pycountry package; they are no `choices` of the columns,
so that a new country needs no migration.
"""

from typing import Any, ClassVar

import pycountry
from django import forms
from django.core.exceptions import ValidationError

from fluxrate.text import LineField

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
