from datetime import datetime

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Model, QuerySet
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import now
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.password_again import require_password
from fluxrate.admin.requests import is_superuser, staff_actor
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.constraint_triggers import check_deferred
from fluxrate.text import folded
from organizations.models import Membership
from organizations.models.membership import KEEPS_AN_OWNER

from .filter_sets import MembershipFilterSet
from .history import HistoryAdmin
from .owned import TIMES, owner_name
from .saved_views import SavedViewsAdmin

ROW_REMOVED = _(
    "A row that you changed was removed by somebody else meanwhile. Save again to keep "
    "the rest."
)


class SuperuserChanges:
    """Only superusers add and change: a permission to grant permissions would include
    all others, since its holder could grant them to any account.
    """

    def has_add_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return is_superuser(request)

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return is_superuser(request)


@admin.register(Membership)
class MembershipAdmin(SuperuserChanges, SavedViewsAdmin, HistoryAdmin):
    list_display = ("user", "role", "created_at", "owner")
    filter_set = MembershipFilterSet
    list_select_related = ("user", "organization")
    sortable_by = ()
    search_fields = ("user__email",)
    search_help_text = "The beginning of a user's email, or an id."
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("id", *TIMES)
    fields = ("user", "organization", "role", "id", *TIMES)

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        return super().get_queryset(request).select_related(*self.list_select_related)

    @admin.display(description="organization")
    def owner(self, membership: Membership) -> SafeString:
        return owner_name(membership.organization)

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(user__email__startswith=folded(text))

    def get_readonly_fields(
        self, request: HttpRequest, obj: Model | None = None
    ) -> tuple[str, ...]:
        names = tuple(super().get_readonly_fields(request, obj))
        return names if obj is None else (*names, "user", "organization")

    def save_model(
        self, request: HttpRequest, obj: Model, form: AdminModelForm, change: bool
    ) -> None:
        require_password(request)
        super().save_model(request, obj, form, change)
        check_deferred(KEEPS_AN_OWNER)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        obj.leave(at=now())

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet) -> None:
        with atomic_as(staff_actor(request)):
            for membership in queryset:
                membership.leave(at=now())


class MembershipFormSet(BaseInlineFormSet):
    """Gives each input an accessible name, since a column's heading is not one.

    A membership that was removed meanwhile is skipped, so the user's other fields can
    be saved.
    """

    def clean(self) -> None:
        super().clean()
        if any(_is_removed(form) and _is_edited(form) for form in self.initial_forms):
            raise ValidationError(ROW_REMOVED, code="conflict")

    def _should_delete_form(self, form: forms.ModelForm) -> bool:
        if form in self.initial_forms and _is_removed(form):
            return True
        return bool(super()._should_delete_form(form))  # type: ignore[misc]

    def add_fields(self, form: forms.ModelForm, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            label = str(field.label or name).capitalize()
            field.widget.attrs.setdefault("aria-label", label)


def _is_removed(form: forms.ModelForm) -> bool:
    """Whether the form's row existed when the page was shown and no longer does."""
    return form.is_bound and form.instance._state.adding


def _is_edited(form: forms.ModelForm) -> bool:
    """Whether a submitted value differs from the one that the page showed."""
    hidden = {name: form.add_initial_prefix(name) for name in form.fields}
    return any(
        form.data[hidden[name]] != form.data.get(form.add_prefix(name))
        for name in form.fields
        if hidden[name] in form.data
    )


class MembershipInline(SuperuserChanges, admin.TabularInline):
    model = Membership
    form = AdminModelForm
    formset = MembershipFormSet
    fields = ("organization", "role", "since")
    readonly_fields = ("since",)
    autocomplete_fields = ("organization",)
    extra = 0

    @admin.display(description=_("created at"))
    def since(self, membership: Membership) -> datetime | str:
        """A new row has no time yet: PostgreSQL sets it."""
        return "—" if membership._state.adding else membership.created_at
