"""Text and email addresses: normalization, validators and model fields."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any, Literal

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.deconstruct import deconstructible

from .invisible import IGNORABLE

REASON_MAX_LENGTH = 500
EMAIL_NEEDED = "Enter a valid email address, such as ada@example.com."
# Ignorable characters that change the visible character before them: variation
# selectors (of an emoji, of a Han or Mongolian character) and the tags of a flag.
_SUFFIX = re.compile(
    "[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]"
    "|(?<=\U0001f3f4)[\U000e0020-\U000e007f]+"
)
# unicodedata normalizes this many characters in a few milliseconds in the worst case.
_SHORT = 1_000
_ASCII_EMAIL = EmailValidator()
_JOINER = re.compile(
    "(?<=[^\\x00-\\x7f\u200c\u200d])[\u200c\u200d](?=[^\\x00-\\x7f\u200c\u200d])"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# The characters other than "." that IDNA reads as the dot between two labels.
_DOTS = "\u3002\uff0e\uff61"


def normalize(form: Literal["NFC", "NFKC", "NFKD"], value: str) -> str:
    """unicodedata.normalize in nearly linear time.

    unicodedata sorts combining marks by insertion, in quadratic time, and holds the
    interpreter's lock: a body of marks would occupy a process for half an hour.
    """
    if len(value) > _SHORT:
        decomposition: Literal["NFKD", "NFD"] = "NFKD" if "K" in form else "NFD"
        value = "".join(_decomposed(decomposition, value))
    return unicodedata.normalize(form, value)


def _decomposed(form: Literal["NFD", "NFKD"], value: str) -> Iterator[str]:
    """The decomposed characters, marks in canonical order (UAX #15, D109)."""
    characters = "".join(unicodedata.normalize(form, each) for each in value)
    # The combining class of a character that is not a mark is 0.
    for _, run in groupby(characters, lambda each: unicodedata.combining(each) > 0):
        yield from sorted(run, key=unicodedata.combining)


def normalized(value: str) -> str:
    """Without white space and ignorable characters at the ends, and in NFC."""
    if value.isascii():
        return value.strip()
    return normalize("NFC", _trimmed(value))


def truncated(value: str, length: int) -> str:
    """The first `length` characters, and an ellipsis for the others."""
    return value if len(value) <= length else f"{value[:length]}…"


def _trimmed(value: str) -> str:
    start, end = 0, len(value)
    while start < end and _is_blank(value[start]):
        start += 1
    while end > start and _is_blank(value[end - 1]):
        end -= 1
    suffix = _SUFFIX.match(value, end) if end > start else None
    return value[start : suffix.end() if suffix else end]


def _is_blank(character: str) -> bool:
    return character.isspace() or character in IGNORABLE


def is_visible(value: str) -> bool:
    """Whether one character is neither a space, a control or format character nor
    ignorable.
    """
    return any(
        unicodedata.category(character)[0] not in "ZC" and character not in IGNORABLE
        for character in value
    )


def folded(email: str) -> str:
    """A login's email address as it is stored and compared: normalized, lower case."""
    return normalize("NFC", normalized(email).lower())


def opaque(password: str) -> str:
    """The OpaqueString profile of RFC 8265: NFC, and SPACE for every other space."""
    spaced = "".join(
        " " if unicodedata.category(character) == "Zs" else character
        for character in password
    )
    return normalize("NFC", spaced)


def reason_text(value: str) -> str:
    """The reason of a change: one line of at most 500 characters, normalized."""
    text = normalized(value)
    OneLine()(text)
    if len(text) > REASON_MAX_LENGTH:
        raise ValidationError(
            f"A reason has at most {REASON_MAX_LENGTH} characters; this has "
            f"{len(text)}.",
            code="max_length",
        )
    return text


@deconstructible
class OneLine:
    """Refuses control characters and surrogates."""

    def __call__(self, value: str) -> None:
        for character in value:
            if unicodedata.category(character) in {"Cc", "Cs"}:
                raise ValidationError(
                    f"Control character U+{ord(character):04X} is not allowed.",
                    code="control_character",
                )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, OneLine)

    def __hash__(self) -> int:
        return hash(OneLine)


@deconstructible
class Visible:
    """Refuses text without a visible character."""

    def __call__(self, value: str) -> None:
        if not is_visible(value):
            raise ValidationError(
                "At least one visible character is needed.", code="blank"
            )

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Visible)

    def __hash__(self) -> int:
        return hash(Visible)


def validate_email(address: str) -> None:
    """`local@domain`, each in ASCII (RFC 5321) or beyond it (RFC 6531)."""
    local, _, domain = address.rpartition("@")
    valid = _is_local(local) and _is_domain(domain)
    if not valid or _CONTROL.search(address):
        raise ValidationError(EMAIL_NEEDED, code="invalid")


def _is_local(local: str) -> bool:
    """A quoted string, or a dot-atom of visible characters in any script."""
    if not local.isascii() and all(map(_is_atom, local)):
        local = "".join(each if each.isascii() else "x" for each in local)
    return bool(_ASCII_EMAIL.user_regex.match(local))


def _is_domain(domain: str) -> bool:
    """A domain whose labels have one spelling (RFC 5891)."""
    if domain.isascii():
        allowed = domain in _ASCII_EMAIL.domain_allowlist
        return allowed or _ASCII_EMAIL.validate_domain_part(domain)
    labels = domain.split(".")
    if not all(label.isascii() or _is_label(label) for label in labels):
        return False
    encoded = (_a_label(label) for label in labels)
    return _ASCII_EMAIL.validate_domain_part(".".join(encoded))


def _is_label(label: str) -> bool:
    """Whether no other spelling of the label leads to the same domain.

    UTS 46 removes ignorable characters and maps compatible characters to each other.
    The joiners that Persian and Indic scripts need stand between two characters.
    """
    if normalize("NFKC", label) != label or label.strip("-") != label:
        return False
    return all(map(_is_atom, _JOINER.sub("", label)))


def _is_atom(character: str) -> bool:
    return character.isascii() or (is_visible(character) and character not in _DOTS)


def _a_label(label: str) -> str:
    """The A-label (RFC 5890), which the DNS holds."""
    if label.isascii():
        return label
    return f"xn--{label.lower().encode('punycode').decode()}"


def _clean(field: models.Field, value: object) -> object:
    """A text normalized; an empty one is None where the field is nullable."""
    if not isinstance(value, str):
        return value
    text = normalized(value)
    return None if field.null and not text else text


class LineField(models.CharField):
    """One normalized line of text; an empty optional one is null."""

    default_validators = [OneLine(), Visible()]

    def to_python(self, value: object) -> object:
        return _clean(self, super().to_python(value))

    def get_prep_value(self, value: object) -> object:
        """A lookup compares a blank text with "", which no row holds: compared with
        null, it would match every row without a value.
        """
        prepared = super().get_prep_value(value)
        return "" if prepared is None and isinstance(value, str) else prepared

    def get_db_prep_save(
        self, value: object, connection: BaseDatabaseWrapper
    ) -> object:
        prepared = super().get_db_prep_save(value, connection)
        blank = self.null and isinstance(prepared, str) and not prepared
        return None if blank else prepared


class TextField(models.TextField):
    """Normalized lines of text; an empty optional text is null."""

    def to_python(self, value: object) -> object:
        return _clean(self, super().to_python(value))


class EmailField(models.EmailField):
    """A normalized address; its case does not change."""

    default_validators = [validate_email]

    def to_python(self, value: object) -> object:
        text = super().to_python(value)
        return normalized(text) if isinstance(text, str) else text

    def formfield(self, **options: Any) -> forms.Field | None:
        """A plain text input: Django's form field and Chromium's know ASCII only."""
        widget = forms.TextInput(attrs={"inputmode": "email", "class": "vTextField"})
        options = options | {"form_class": forms.CharField, "widget": widget}
        return super(models.EmailField, self).formfield(**options)


class LoginEmailField(EmailField):
    """An address that a user logs in with, in lower case."""

    def to_python(self, value: object) -> object:
        text = super().to_python(value)
        return folded(text) if isinstance(text, str) else text
