"""Small pieces of HTML."""

from django.db.models import Model
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString


def badge(value: str, label: str | Promise) -> SafeString:
    """A status, in the color of its CSS class in admin.css."""
    return format_html('<span class="badge {}">{}</span>', value.lower(), label)


def link(record: Model, label: str = "") -> SafeString:
    """A link to the record's page in the admin."""
    opts = record._meta
    name = f"admin:{opts.app_label}_{opts.model_name}_change"
    url = reverse(name, args=[record.pk])
    return format_html('<a href="{}">{}</a>', url, label or record)
