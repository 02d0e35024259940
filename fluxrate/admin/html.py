"""Small pieces of HTML."""

from typing import cast

from django.contrib import admin
from django.db.models import Model
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from .urls import AdminURLs


def badge(value: str, label: str | Promise) -> SafeString:
    """A status, in the color of its CSS class in admin.css."""
    return format_html(
        '<span class="badge {}">{}</span>', value.lower(), gettext(str(label))
    )


def kind_badge(is_test: bool) -> SafeString:
    """Whether an organization is a test organization or live."""
    return badge("test", "Test") if is_test else badge("live", "Live")


def link(record: Model, label: str = "") -> SafeString:
    """A link to the record's page in the admin."""
    urls = cast(AdminURLs, admin.site.get_model_admin(type(record)))
    return format_html('<a href="{}">{}</a>', urls.page_url(record.pk), label or record)
