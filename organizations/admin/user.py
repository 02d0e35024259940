"""Users and the groups of rights that staff have."""

import uuid
from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    UserChangeForm,
)
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest
from django.utils.timezone import now

from fluxrate.admin.base import without
from fluxrate.admin.fields import ReasonField
from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.requests import is_superuser, staff_actor
from fluxrate.history.admin import HistoryAdmin
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.constraint_triggers import check_deferred
from fluxrate.text import folded
from organizations.models import Session, User, change_password, group_key
from organizations.models.membership import KEEPS_AN_OWNER

from .membership import MembershipInline, SuperuserChanges
from .owned import TIMES


class UserForm(UserChangeForm, AdminModelForm):
    class Meta:
        model = User
        fields = "__all__"


class NewPasswordForm(AdminPasswordChangeForm):
    """Ends every login of the user, as a password that they change themselves does."""

    reason = ReasonField()

    def save(self, commit: bool = True) -> User:
        user: User = self.user
        if self.cleaned_data["set_usable_password"]:
            change_password(user, self.cleaned_data["password1"], at=now())
        else:
            super().save(commit)
            Session.objects.filter(user=user).end(at=now())
        return user


class NewUserForm(AdminUserCreationForm, AdminModelForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(HistoryAdmin, DjangoUserAdmin):
    """Users are made inactive rather than deleted: history names them."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    inlines = (MembershipInline,)
    list_display = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "last_login",
        "created_at",
    )
    list_filter = ("is_active", "is_staff", "is_superuser")
    sortable_by = ("email",)
    ordering = ("email",)
    search_fields = ("email",)
    search_help_text = "The beginning of an email or of a name, or an id."
    filter_horizontal = ("groups", "user_permissions")
    readonly_fields = ("id", "email_confirmed_at", "last_login", *TIMES)
    fieldsets = (
        (None, {"fields": ("email", "name", "password", "is_active")}),
        (
            "Admin",
            {
                "classes": ("collapse",),
                "fields": ("is_staff", "is_superuser", "groups", "user_permissions"),
            },
        ),
        ("Record", {"fields": ("id", "email_confirmed_at", "last_login", *TIMES)}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
    )
    powers = ("is_staff", "is_superuser", "groups", "user_permissions")

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return queryset.filter(
            Q(email__startswith=folded(text)) | Q(name__istartswith=text)
        )

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        """No way to a new password is shown to staff who may not set it."""
        sets = super().get_fieldsets(request, obj)
        if obj is None or self._may_enter(request, obj.pk):
            return sets
        return without(sets, ["password"])

    def get_inlines(self, request: HttpRequest, obj: Any = None) -> Any:
        return () if obj is None else super().get_inlines(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser gives powers in the admin, or takes them. A new email is a
        way to a new password, so nobody else changes that of another person.
        """
        fixed = super().get_readonly_fields(request, obj)
        if is_superuser(request):
            return fixed
        entered = obj is None or self._may_enter(request, obj.pk)
        return (*fixed, *self.powers, *(() if entered else ("email",)))

    @staticmethod
    def _may_enter(request: Any, user_id: Any) -> bool:
        """Whether the one who asks may have the account's password and email."""
        return is_superuser(request) or user_id == request.user.pk

    def save_model(
        self, request: HttpRequest, obj: Any, form: Any, change: bool
    ) -> None:
        """Nobody has shown yet that mail to a new address reaches them."""
        if change and "email" in form.update_fields:
            obj.email_confirmed_at = None
            form.update_fields.append("email_confirmed_at")
        super().save_model(request, obj, form, change)

    def save_related(self, *args: Any, **kwargs: Any) -> None:
        super().save_related(*args, **kwargs)
        check_deferred(KEEPS_AN_OWNER)

    def user_change_password(self, request: Any, id: str, form_url: str = "") -> Any:  # noqa: A002
        """A password is the way into the account: a superuser sets that of others."""
        if not self._may_enter(request, parse_uuid(id)):
            raise PermissionDenied
        with atomic_as(staff_actor(request)):
            return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes other staff."""
        if obj is not None and not is_superuser(request):
            powerful = obj.is_staff or obj.is_superuser
            if powerful and obj.pk != request.user.pk:
                return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(SuperuserChanges, HistoryAdmin):
    """Named sets of rights in the admin; Django's own, under our rules."""

    search_fields = ("name",)
    fields = ("name", "permissions")
    filter_horizontal = ("permissions",)

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return queryset.filter(name__icontains=text)

    def history_key(self, object_id: str) -> uuid.UUID | None:
        digits = object_id.isascii() and object_id.isdecimal() and len(object_id) < 10
        return group_key(int(object_id)) if digits else None

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)

    def formfield_for_manytomany(
        self, db_field: Any, request: Any, **options: Any
    ) -> Any:
        if db_field.name == "permissions":
            rows = db_field.remote_field.model.objects.select_related("content_type")
            options["queryset"] = rows
        return super().formfield_for_manytomany(db_field, request, **options)
