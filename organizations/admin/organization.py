from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

from fluxrate.admin.html import kind_badge
from fluxrate.models.limits import current_limit
from organizations.models import Organization

from .filter_sets import OrganizationFilterSet
from .history import HistoryAdmin
from .owned import TIMES
from .saved_views import SavedViewsAdmin


@admin.register(Organization)
class OrganizationAdmin(SavedViewsAdmin, HistoryAdmin):
    """The admin deletes no organization, since all of its records would go with it."""

    list_display = ("name", "test", "id", *TIMES)
    filter_set = OrganizationFilterSet
    sortable_by = ("name",)
    search_fields = ("name",)
    search_help_text = "A part of the name, or an id."
    title_columns = ("name", "name")
    readonly_fields = ("id", "test", "records", *TIMES)
    fields = ("name", "test", "records", "id", *TIMES)

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(name__icontains=text)

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Not for limited staff, for whom a new one would not exist."""
        return current_limit() is None and super().has_add_permission(request)

    def has_delete_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False

    @admin.display(description="kind")
    def test(self, organization: Organization) -> str:
        return kind_badge(organization.is_test)

    @admin.display(description="records")
    def records(self, organization: Organization) -> SafeString:
        """Links to the lists of the organization's records."""
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
