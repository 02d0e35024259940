"""Organizations, users and memberships in the admin, and what owned records share."""

from typing import Any, ClassVar

from django.apps import apps
from django.contrib import admin
from django.contrib.admin.options import IncorrectLookupParameters
from django.contrib.auth.admin import UserAdmin as DjangoUserAdmin
from django.contrib.auth.forms import AdminUserCreationForm, UserChangeForm
from django.contrib.auth.models import Group
from django.db.models import Q
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join

from fluxrate.admin.forms import RecordForm
from fluxrate.admin.records import RecordAdmin, as_uuid

from .models import Membership, Organization, User

TIMES = ("created_at", "updated_at")
SUGGESTED = 15


class OrganizationFilter(admin.SimpleListFilter):
    """Offers a few organizations; the page of each one leads to its own lists."""

    title = parameter_name = "organization"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        chosen = as_uuid(request.GET.get("organization", ""))
        first = Organization.objects.order_by("name", "id")[:SUGGESTED]
        found = {row.pk: row.name for row in first}
        if chosen and chosen not in found:
            found |= dict(
                Organization.objects.filter(pk=chosen).values_list("pk", "name")
            )
        return [(str(pk), name) for pk, name in found.items()]

    def has_output(self) -> bool:
        return True

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() is None:
            return queryset
        chosen = as_uuid(self.value() or "")
        if chosen is None:
            raise IncorrectLookupParameters
        return queryset.filter(organization=chosen)


class OwnedAdmin(RecordAdmin):
    """Records of an organization: which one is said once, when they are made."""

    list_filter: ClassVar[Any] = (OrganizationFilter,)
    list_select_related: ClassVar[Any] = ("organization",)
    autocomplete_fields: ClassVar[Any] = ("organization",)
    readonly_fields: ClassVar[Any] = ("id", "revision", *TIMES)
    # The id is the order of creation, and is what an index holds for all of them.
    sortable_by: ClassVar[Any] = ("created",)

    @admin.display(ordering="id", description="created")
    def created(self, record: Any) -> Any:
        return record.created_at

    def label(self, record: Any) -> str:
        return f"{record} — {record.organization}"

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).select_related(*self.list_select_related)

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[Any, bool]:
        """Suggestions can be narrowed to an organization, as the list is."""
        owner = as_uuid(request.GET.get("organization", ""))
        if owner is not None:
            queryset = queryset.filter(organization=owner)
        return super().get_search_results(request, queryset, search_term)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "organization") if obj is not None else fixed


@admin.register(Organization)
class OrganizationAdmin(RecordAdmin):
    """Not deleted here: that would take along every record it owns."""

    list_display = ("name", "id", *TIMES)
    sortable_by = ("name",)
    search_fields = ("name",)
    search_help_text = "A part of the name, or an id."
    readonly_fields = ("id", "records", *TIMES)
    fields = ("name", "records", "id", *TIMES)

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(name__icontains=text)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description="records")
    def records(self, organization: Any) -> str:
        """Links to the lists of what the organization owns."""
        return format_html_join(
            " · ",
            '<a href="{}?organization={}">{}</a>',
            (
                (
                    reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
                    organization.pk,
                    str(opts.verbose_name_plural).capitalize(),
                )
                for opts in (model._meta for model in apps.get_models())
                if self.admin_site.is_registered(opts.model)
                and any(field.name == "organization" for field in opts.fields)
            ),
        )


@admin.register(Membership)
class MembershipAdmin(RecordAdmin):
    list_display = ("user", "organization", "role", "created_at")
    list_filter = ("role", OrganizationFilter)
    list_select_related = ("user", "organization")
    sortable_by = ()
    search_fields = ("user__email",)
    search_help_text = "The beginning of a user's email, or an id."
    autocomplete_fields = ("user", "organization")
    readonly_fields = ("id", *TIMES)
    fields = ("user", "organization", "role", "id", *TIMES)

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(user__email__startswith=text.lower())

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        fixed = super().get_readonly_fields(request, obj)
        return (*fixed, "user", "organization") if obj is not None else fixed


class MembershipInline(admin.TabularInline):
    model = Membership
    form = RecordForm
    fields = ("organization", "role", "created_at")
    readonly_fields = ("created_at",)
    autocomplete_fields = ("organization",)
    extra = 0


class UserForm(RecordForm, UserChangeForm):
    class Meta:
        model = User
        fields = "__all__"


class NewUserForm(RecordForm, AdminUserCreationForm):
    class Meta:
        model = User
        fields = ("email", "name")


@admin.register(User)
class UserAdmin(RecordAdmin, DjangoUserAdmin):
    """Users are made inactive rather than deleted: history names them."""

    form = UserForm
    add_form = NewUserForm
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
    readonly_fields = ("id", "last_login", *TIMES)
    fieldsets = (
        (None, {"fields": ("email", "name", "password", "is_active")}),
        (
            "Admin",
            {
                "classes": ("collapse",),
                "fields": ("is_staff", "is_superuser", "groups", "user_permissions"),
            },
        ),
        ("Record", {"fields": ("id", "last_login", *TIMES)}),
    )
    add_fieldsets = (
        (None, {"fields": ("email", "name")}),
        ("Password", {"fields": ("usable_password", "password1", "password2")}),
    )
    powers = ("is_staff", "is_superuser", "groups", "user_permissions")

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(
            Q(email__startswith=text.lower()) | Q(name__istartswith=text)
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Only a superuser gives powers in the admin, or takes them."""
        fixed = super().get_readonly_fields(request, obj)
        superuser = getattr(request.user, "is_superuser", False)
        return fixed if superuser else (*fixed, *self.powers)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a superuser changes, or gives a password to, other staff."""
        if obj is not None and not getattr(request.user, "is_superuser", False):
            powerful = obj.is_staff or obj.is_superuser
            if powerful and obj.pk != request.user.pk:
                return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(RecordAdmin):
    """Named sets of rights in the admin; Django's own, under our rules."""

    search_fields = ("name",)
    fields = ("name", "permissions")
    filter_horizontal = ("permissions",)

    def search(self, queryset: Any, text: str) -> Any:
        return queryset.filter(name__icontains=text)

    def formfield_for_manytomany(
        self, db_field: Any, request: Any, **options: Any
    ) -> Any:
        if db_field.name == "permissions":
            rows = db_field.remote_field.model.objects.select_related("content_type")
            options["queryset"] = rows
        return super().formfield_for_manytomany(db_field, request, **options)
