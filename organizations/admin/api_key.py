from datetime import datetime
from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest
from django.utils.timezone import now

from fluxrate.admin.actions import ModelAction
from fluxrate.admin.html import badge
from organizations.models import ApiKey

from .owned import OwnedAdmin


def revoke(key: ApiKey, *, at: datetime, **_: Any) -> None:
    key.revoke(at=at)


def is_active(key: ApiKey) -> bool:
    return key.status(at=now()) == ApiKey.Status.ACTIVE


class StatusFilter(admin.SimpleListFilter):
    title = parameter_name = "status"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Any:
        return ApiKey.Status.choices

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        value = self.value()
        known = value in ApiKey.Status.values
        return queryset.in_status(value, at=now()) if known else queryset


@admin.register(ApiKey)
class ApiKeyAdmin(OwnedAdmin):
    """Revoked here; made by the organization itself, to which alone a key is shown."""

    list_display = ("name", "prefix", "state", "scopes", "last_used_at", "organization")
    list_filter: ClassVar[Any] = (StatusFilter, *OwnedAdmin.list_filter)
    search_help_text = "The beginning of a key, or an id."
    search_fields = ("prefix",)
    fields = (
        ("name", "prefix"),
        "organization",
        "scopes",
        ("expires_at", "last_used_at", "revoked_at"),
        ("id", "revision"),
        ("created_at", "updated_at"),
    )
    actions = (
        ModelAction("revoke", "Revoke…", "revoked", revoke, available=is_active),
    )

    @admin.display(description="status")
    def state(self, key: ApiKey) -> str:
        status = key.status(at=now())
        return badge(status.value, status.label)

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return queryset.filter(prefix=text[:17])

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return [field.name for field in self.opts.fields if field.name != "key_hash"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
