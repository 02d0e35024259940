"""Users, and the groups of staff permissions."""

import uuid
from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import (
    AdminPasswordChangeForm,
    AdminUserCreationForm,
    ReadOnlyPasswordHashField,
    UserChangeForm,
)
from django.contrib.auth.models import Group
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _
from django_otp.plugins.otp_static.admin import StaticDevice
from django_otp.plugins.otp_totp.admin import TOTPDevice

from fluxrate.admin.actions import ModelAction
from fluxrate.admin.base import without
from fluxrate.admin.fields import ReasonField
from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.password_again import require_password
from fluxrate.admin.query_values import parse_uuid
from fluxrate.admin.requests import is_superuser, staff_actor
from fluxrate.models.limits import current_limit
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.constraint_triggers import check_deferred
from fluxrate.text import folded
from organizations.models import (
    Session,
    User,
    change_password,
    end_all_sessions,
    group_key,
)
from organizations.models.membership import KEEPS_AN_OWNER
from organizations.models.second_factor import has_second_factor, remove_second_factor

from .filter_sets import UserFilterSet
from .history import HistoryAdmin
from .membership import MembershipInline, SuperuserChanges
from .owned import TIMES
from .permissions import PermissionChoices
from .saved_views import SavedViewsAdmin
from .widgets import PasswordWidget

RIGHTS = (
    "is_staff",
    "is_superuser",
    "groups",
    "user_permissions",
    "is_limited",
    "staff_organizations",
)


class SuperuserAction(ModelAction):
    allowed_permissions = ("superuser",)


def remove(user: User, **_: object) -> None:
    remove_second_factor(user)


def log_out(user: User, **_: object) -> None:
    end_all_sessions(user, at=now())


class UserForm(UserChangeForm, AdminModelForm):
    password = ReadOnlyPasswordHashField(
        widget=PasswordWidget, help_text=_("Only a hash of it is stored.")
    )

    class Meta:
        model = User
        fields = "__all__"
        labels: ClassVar = {
            "is_limited": _("Limited to organizations"),
            "staff_organizations": _("These organizations"),
        }


class NewPasswordForm(AdminPasswordChangeForm):
    """Ends every session of the user, as a change by the user does."""

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
class UserAdmin(PermissionChoices, SavedViewsAdmin, HistoryAdmin, DjangoUserAdmin):
    """Users are made inactive rather than deleted: history names them."""

    form = UserForm
    add_form = NewUserForm
    change_password_form = NewPasswordForm
    inlines = (MembershipInline,)
    title_columns = ("email", "name")
    list_display = (
        "email",
        "name",
        "is_active",
        "is_staff",
        "last_login",
        "created_at",
    )
    list_filter = ()
    filter_set = UserFilterSet
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
                "fields": RIGHTS,
            },
        ),
        (_("Record"), {"fields": ("id", "email_confirmed_at", "last_login", *TIMES)}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name")}),
        (_("Password"), {"fields": ("usable_password", "password1", "password2")}),
    )
    autocomplete_fields = ("staff_organizations",)
    permission_fields = RIGHTS
    actions = (
        SuperuserAction(
            "log_out_everywhere", "Log out everywhere…", "logged out", log_out
        ),
        SuperuserAction(
            "remove_second_factor",
            "Remove the second factor…",
            "left without a second factor",
            remove,
            available=has_second_factor,
            needs_password=True,
        ),
    )

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(
            Q(email__startswith=folded(text)) | Q(name__istartswith=text)
        )

    def get_fieldsets(
        self, request: HttpRequest, obj: Model | None = None
    ) -> list[tuple[Any, Any]]:
        """Without the password for staff who must not set it."""
        fieldsets = super().get_fieldsets(request, obj)
        if obj is None or self._controls_login(request, obj.pk):
            return fieldsets
        return list(without(fieldsets, ["password"]))

    def get_inlines(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return () if obj is None else super().get_inlines(request, obj)

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        """Only a superuser changes permissions, and another user's email, because a
        password reset is sent to it.
        """
        names = tuple(super().get_readonly_fields(request, obj))
        if is_superuser(request):
            return names
        if obj is None or self._controls_login(request, obj.pk):
            return (*names, *self.permission_fields)
        return (*names, *self.permission_fields, "email")

    @staticmethod
    def _controls_login(request: HttpRequest, user_id: uuid.UUID | None) -> bool:
        """Whether the request's user may change the account's password and email."""
        return is_superuser(request) or user_id == request.user.pk

    def save_model(
        self, request: HttpRequest, obj: Any, form: AdminModelForm, change: bool
    ) -> None:
        """A new email is not confirmed yet. Rights, and an email to which a password
        reset is sent, need the password.
        """
        if not {"email", *RIGHTS}.isdisjoint(form.changed_data) and change:
            require_password(request)
        if change and "email" in form.update_fields:
            obj.email_confirmed_at = None
            form.update_fields.append("email_confirmed_at")
        super().save_model(request, obj, form, change)

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        if any(formset.has_changed() for formset in formsets):
            require_password(request)
        super().save_related(request, form, formsets, change)
        check_deferred(KEEPS_AN_OWNER)

    def user_change_password(
        self,
        request: HttpRequest,
        id: str,  # noqa: A002
        form_url: str = "",
    ) -> HttpResponse:
        """Only a superuser sets another user's password, which opens the account."""
        if not self._controls_login(request, parse_uuid(id)):
            raise PermissionDenied
        if request.method == "POST" and parse_uuid(id) != request.user.pk:
            require_password(request)
        with atomic_as(staff_actor(request)):
            return super().user_change_password(request, id, form_url)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes other staff. A user may have other organizations
        than a limited member of staff, who therefore changes none.
        """
        if obj is not None and not is_superuser(request):
            is_staff = obj.is_staff or obj.is_superuser
            is_other = obj.pk != request.user.pk
            if is_other and (is_staff or current_limit() is not None):
                return False
        return super().has_change_permission(request, obj)

    def has_superuser_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def object_actions(self, request: HttpRequest, record: Model) -> list[ModelAction]:
        actions = super().object_actions(request, record)
        return actions if is_superuser(request) else []

    def has_add_permission(self, request: HttpRequest) -> bool:
        """A new user is in no organization, so not for limited staff."""
        return current_limit() is None and super().has_add_permission(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False


# The pages of django-otp show keys; the account page does instead, and only one's own.
admin.site.unregister([Group, TOTPDevice, StaticDevice])


@admin.register(Group)
class GroupAdmin(SuperuserChanges, PermissionChoices, HistoryAdmin):
    """Named sets of the admin's permissions."""

    search_fields = ("name",)
    fields = ("name", "permissions")
    filter_horizontal = ("permissions",)

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(name__icontains=text)

    def event_object_id(self, object_id: str) -> uuid.UUID | None:
        digits = object_id.isascii() and object_id.isdecimal() and len(object_id) < 10
        return group_key(int(object_id)) if digits else None

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return is_superuser(request)

    def save_model(
        self, request: HttpRequest, obj: Any, form: AdminModelForm, change: bool
    ) -> None:
        require_password(request)
        super().save_model(request, obj, form, change)
