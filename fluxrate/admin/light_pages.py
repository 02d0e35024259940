"""Pages without the bytes that no page of ours needs."""

from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db.models import Model
from django.forms import Media
from django.utils.html import format_html
from django.utils.safestring import SafeString

SCRIPTS = (
    "vendor/jquery/jquery.min.js",
    "jquery.init.js",
    "core.js",
    "admin/RelatedObjectLookups.js",
    "actions.js",
)
CHECKBOX = '<input type="checkbox" name="{}" value="{}" class="{}" aria-label="{}">'


class LightPagesAdmin(admin.ModelAdmin):
    @property
    def media(self) -> Media:
        """Django's scripts, without the 50 KB for fields that fill other fields."""
        return Media(js=[f"admin/js/{name}" for name in SCRIPTS])

    def action_checkbox(self, obj: Model) -> SafeString:
        return format_html(CHECKBOX, ACTION_CHECKBOX_NAME, obj.pk, "action-select", obj)
