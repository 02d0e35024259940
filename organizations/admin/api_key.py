from datetime import datetime

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.safestring import SafeString
from django.utils.timezone import now

from fluxrate.admin.actions import ModelAction
from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.html import badge
from fluxrate.admin.idempotency import answer_repeats
from fluxrate.admin.password_again import require_password
from organizations.models import ApiKey, Scope

from .filter_sets import ApiKeyFilterSet
from .new_key import NewKeyForm, RotateAction, RotateForm, refused_scopes, secret_page
from .owned import OwnedAdmin

NEW_FIELDS = ("organization", "name", "scopes", "expires_at")


def revoke(key: ApiKey, *, at: datetime, **_: object) -> None:
    key.revoke(at=at)


def is_active(key: ApiKey) -> bool:
    return key.status(at=now()) == ApiKey.Status.ACTIVE


@admin.register(ApiKey)
class ApiKeyAdmin(OwnedAdmin):
    """Keys are created, rotated and revoked; nothing else about them changes."""

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
        RotateAction(
            "rotate",
            "Rotate…",
            "rotated",
            form=RotateForm,
            available=is_active,
            needs_password=True,
        ),
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
        if obj is None:
            return ()
        return tuple(
            field.name for field in self.opts.fields if field.name != "key_hash"
        )

    def get_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str | tuple[str, ...], ...]:
        return NEW_FIELDS if obj is None else self.fields

    def add_view(
        self,
        request: HttpRequest,
        form_url: str = "",
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        """Saved once: the next page is that with the secret."""
        buttons = {"show_save_and_add_another": False, "show_save_and_continue": False}
        context = (extra_context or {}) | buttons
        return super().add_view(request, form_url, context)

    def get_form(
        self,
        request: HttpRequest,
        obj: Model | None = None,
        change: bool = False,
        **options: object,
    ) -> type[AdminModelForm]:
        """A new key with the scopes that the user may grant."""
        if obj is not None:
            return super().get_form(request, obj, change, **options)
        form = super().get_form(request, obj, change, **options | {"form": NewKeyForm})
        refused = set(refused_scopes(request, Scope.values))
        scopes = form.base_fields["scopes"]
        scopes.choices = [each for each in scopes.choices if each[0] not in refused]  # type: ignore[attr-defined]
        return form

    def save_model(
        self, request: HttpRequest, obj: Model, form: AdminModelForm, change: bool
    ) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        require_password(request)
        values = {name: getattr(obj, name) for name in NEW_FIELDS}
        obj.__dict__.update(ApiKey.issue(id=obj.pk, **values).__dict__)

    def response_add(
        self, request: HttpRequest, obj: ApiKey, post_url_continue: str | None = None
    ) -> HttpResponse:
        answer_repeats(request, self.change_url(obj.pk))
        return secret_page(self, request, obj)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False
