from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.forms.models import BaseInlineFormSet
from django.http import HttpRequest
from django.utils.timezone import now

from fluxrate.admin.forms import AdminModelForm
from fluxrate.admin.requests import is_superuser, staff_actor
from fluxrate.history.admin import HistoryAdmin
from fluxrate.postgres.attribution import atomic_as
from fluxrate.postgres.constraint_triggers import check_deferred
from fluxrate.text import folded
from organizations.models import Membership
from organizations.models.membership import KEEPS_AN_OWNER

from .owned import TIMES, OrganizationFilter


class SuperuserChanges:
    """Superusers hand out rights. A right to do so would be every right: staff who had
    it could give themselves, or an account that they have made, all others.
    """

    def has_add_permission(self, request: HttpRequest, *args: Any) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_superuser(request)


@admin.register(Membership)
class MembershipAdmin(SuperuserChanges, HistoryAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role", OrganizationFilter)
    list_select_related = ("user", "organization")
    sortable_by = ()
    search_fields = ("user__email",)
    search_help_text = "The beginning of a user's email, or an id."
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("id", *TIMES)
    fields = ("user", "organization", "role", "id", *TIMES)

    def search(self, request: HttpRequest, queryset: Any, text: str) -> Any:
        return queryset.filter(user__email__startswith=folded(text))

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "user", "organization") if obj is not None else fixed

    def save_model(self, request: Any, obj: Any, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        check_deferred(KEEPS_AN_OWNER)

    def delete_model(self, request: HttpRequest, obj: Membership) -> None:
        obj.leave(at=now())

    def delete_queryset(self, request: HttpRequest, queryset: Any) -> None:
        with atomic_as(staff_actor(request)):
            for member in queryset:
                member.leave(at=now())


REMOVED = (
    "A row that you changed was removed by somebody else meanwhile. Save again to keep "
    "the rest."
)


class NamedFormSet(BaseInlineFormSet):
    """A column's heading names no field for those who hear the page. A row that
    somebody else has removed meanwhile stays removed, and hinders no other edit.
    """

    def clean(self) -> None:
        super().clean()
        if any(_is_gone(form) and _is_edited(form) for form in self.initial_forms):
            raise ValidationError(REMOVED, code="conflict")

    def _should_delete_form(self, form: Any) -> bool:
        if form in self.initial_forms and _is_gone(form):
            return True
        return bool(super()._should_delete_form(form))  # type: ignore[misc]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        for name, field in form.fields.items():
            label = str(field.label or name).capitalize()
            field.widget.attrs.setdefault("aria-label", label)


def _is_gone(form: Any) -> bool:
    """Whether the row of a form that the page showed is not there any more."""
    return form.is_bound and bool(form.instance._state.adding)


def _is_edited(form: Any) -> bool:
    """Whether what comes back differs from what the page showed."""
    shown = {name: form.add_initial_prefix(name) for name in form.fields}
    return any(
        form.data[shown[name]] != form.data.get(form.add_prefix(name))
        for name in form.fields
        if shown[name] in form.data
    )


class MembershipInline(SuperuserChanges, admin.TabularInline):
    model = Membership
    form = AdminModelForm
    formset = NamedFormSet
    fields = ("organization", "role", "since")
    readonly_fields = ("since",)
    autocomplete_fields = ("organization",)
    extra = 0

    @admin.display(description="created at")
    def since(self, membership: Membership) -> Any:
        """Of a row that is not saved, PostgreSQL has set no time yet."""
        return "—" if membership._state.adding else membership.created_at
