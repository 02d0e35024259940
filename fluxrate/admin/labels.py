"""Small pieces of HTML."""

from typing import Any

from django.urls import reverse
from django.utils.html import format_html


def badge(value: str, label: Any) -> str:
    """A status, in the color that its value has in the style sheet."""
    return format_html('<span class="badge {}">{}</span>', value.lower(), label)


def link(record: Any, label: Any = None) -> str:
    """A link to the record's page in the admin."""
    opts = record._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_change"
    address = reverse(name, args=[record.pk])
    return format_html('<a href="{}">{}</a>', address, label or record)
