"""Email addresses: ASCII (RFC 5321) and beyond it (RFC 6531), in every field alike."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.validators import EmailValidator
from django.db import models

from .text import folded, in_form, normalized, visible

EMAIL_NEEDED = "Enter a valid email address, such as ada@example.com."
_ASCII = EmailValidator()
_JOINER = re.compile(
    "(?<=[^\\x00-\\x7f\u200c\u200d])[\u200c\u200d](?=[^\\x00-\\x7f\u200c\u200d])"
)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
# What IDNA reads as the dot between labels, beside the dot.
_DOTS = "\u3002\uff0e\uff61"


def validate_email(address: str) -> None:
    """Refuse what is no address: `local@domain`, either of them in any script."""
    local, _, domain = address.rpartition("@")
    valid = _is_local(local) and _is_domain(domain)
    if not valid or _CONTROL.search(address):
        raise ValidationError(EMAIL_NEEDED, code="invalid")


def _is_local(local: str) -> bool:
    """A dot-atom, of visible characters where it is not ASCII; or a quoted string."""
    if not local.isascii() and all(map(_is_atom, local)):
        local = "".join(each if each.isascii() else "x" for each in local)
    return bool(_ASCII.user_regex.match(local))


def _is_domain(domain: str) -> bool:
    """A domain whose labels have one spelling, as they are looked up (RFC 5891)."""
    if domain.isascii():
        allowed = domain in _ASCII.domain_allowlist
        return allowed or _ASCII.validate_domain_part(domain)
    labels = domain.split(".")
    if not all(each.isascii() or _is_label(each) for each in labels):
        return False
    encoded = (_a_label(each) for each in labels)
    return _ASCII.validate_domain_part(".".join(encoded))


def _is_label(label: str) -> bool:
    """Whether no two spellings of the label lead to one domain.

    UTS 46 maps ignorable characters to nothing and compatible ones to each other; the
    joiners that Persian and the scripts of India need stand between two letters.
    """
    if in_form("NFKC", label) != label or label.strip("-") != label:
        return False
    return all(map(_is_atom, _JOINER.sub("", label)))


def _is_atom(character: str) -> bool:
    return character.isascii() or (visible(character) and character not in _DOTS)


def _a_label(label: str) -> str:
    """The label as the DNS holds it."""
    if label.isascii():
        return label
    return f"xn--{label.lower().encode('punycode').decode()}"


class EmailField(models.EmailField):
    """An address, kept trimmed, in NFC and with its case."""

    default_validators = [validate_email]

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return normalized(text) if isinstance(text, str) else text

    def formfield(self, **options: Any) -> Any:
        """Django's own form field, and Chromium's, know ASCII only."""
        widget = forms.TextInput(attrs={"inputmode": "email", "class": "vTextField"})
        options = options | {"form_class": forms.CharField, "widget": widget}
        return super(models.EmailField, self).formfield(**options)


class LoginEmailField(EmailField):
    """An address that a user logs in with, kept in small letters."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return folded(text) if isinstance(text, str) else text
