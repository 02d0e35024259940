from datetime import datetime

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import now

from fluxrate.admin.actions import ModelAction
from fluxrate.admin.html import badge
from organizations.models import ApiKey

from .filter_sets import ApiKeyFilterSet
from .owned import OwnedAdmin


def revoke(key: ApiKey, *, at: datetime, **_: object) -> None:
    key.revoke(at=at)


def is_active(key: ApiKey) -> bool:
    return key.status(at=now()) == ApiKey.Status.ACTIVE


@admin.register(ApiKey)
class ApiKeyAdmin(OwnedAdmin):
    """Staff revoke keys; only the organization creates them, and sees them once."""

    list_display = (
        "name",
        "prefix",
        "state",
        "scopes",
        "expires_at",
        "last_used_at",
        "created",
        "owner",
    )
    filter_set = ApiKeyFilterSet
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
        ModelAction(
            "revoke",
            "Revoke…",
            "revoked",
            revoke,
            available=is_active,
            needs_password=True,
        ),
    )

    @admin.display(description="status")
    def state(self, key: ApiKey) -> SafeString:
        status = key.status(at=now())
        return badge(status.value, status.label)

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(prefix=text[:17])

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        return tuple(
            field.name for field in self.opts.fields if field.name != "key_hash"
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False
