from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.safestring import SafeString
from django.utils.timezone import now

from fluxrate.admin.html import badge
from fluxrate.text import folded
from organizations.models import Invitation

from .filter_sets import InvitationFilterSet
from .owned import OwnedAdmin


@admin.register(Invitation)
class InvitationAdmin(OwnedAdmin):
    """Only members invite: the link is emailed, not stored. A deletion revokes it."""

    list_display = ("email", "role", "state", "invited_by", "created", "owner")
    filter_set = InvitationFilterSet
    list_select_related = ("organization", "invited_by")
    title_columns = ("email", "organization__name")
    search_fields = ("email",)
    search_help_text = "The beginning of an email, or an id."
    fields = (
        ("email", "role"),
        ("organization", "invited_by"),
        "expires_at",
        ("id", "revision"),
        ("created_at", "updated_at"),
    )

    @admin.display(description="status")
    def state(self, invitation: Invitation) -> SafeString:
        status = invitation.status(at=now())
        return badge(status.value, status.label)

    def search(self, request: HttpRequest, queryset: QuerySet, text: str) -> QuerySet:
        return queryset.filter(email__startswith=folded(text))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(
        self, request: HttpRequest, obj: Model | None = None
    ) -> bool:
        return False
