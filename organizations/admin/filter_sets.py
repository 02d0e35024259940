"""The filters of the lists of models that an organization owns, and of its accounts."""

from typing import ClassVar

from django.db.models import QuerySet

from fluxrate.admin.filter_sets import AutocompleteFilter, DayFilter, ListFilterSet
from fluxrate.api.filters import BooleanFilter, ChoicesFilter
from fluxrate.history.filters import EventFilter
from fluxrate.models import INSTALLATION
from fluxrate.models.batch import NOUN
from fluxrate.postgres.triggers import object_types
from organizations.filters import ApiKeyFilter, InvitationFilter, MembershipFilter
from organizations.models import Membership, Organization, User

# Any foreign key to organizations; it names their table.
SOURCE = Membership._meta.get_field("organization")
YES_NO = [("true", "Yes"), ("false", "No")]
ACCOUNT = ("is_active", "is_staff", "is_superuser")
# Of more test organizations, the ids are not listed in a statement.
MAX_TESTS = 1_000
TEST_LIVE = [("true", "Test"), ("false", "Live")]
# The type of the events that an erasure and a pruning write: they belong to no row.
HISTORY = "history"


def _types() -> list[tuple[str, str]]:
    """The types of every model with history triggers, once all are loaded."""
    return [(name, name) for name in (*object_types(), HISTORY, NOUN)]


class OwnerFilterSet(ListFilterSet):
    organization = AutocompleteFilter(SOURCE, field_name="organization_id")
    test = BooleanFilter(method="filter_test")
    created_from = DayFilter(field_name="created_at", lookup_expr="gte")
    created_to = DayFilter(field_name="created_at", lookup_expr="lte")

    controls: ClassVar[tuple[str, ...]] = (
        "organization",
        "created_from",
        "created_to",
        "test",
    )
    labels: ClassVar = {"test": "Test or live"}
    choices: ClassVar = {"test": TEST_LIVE}

    def filter_test(self, queryset: QuerySet, name: str, value: bool) -> QuerySet:
        """By the ids of the test organizations: a join would read the table."""
        tests = Organization.objects.filter(is_test=True).values_list("pk", flat=True)
        ids = list(tests[: MAX_TESTS + 1])
        if len(ids) > MAX_TESTS:
            return queryset.filter(organization__is_test=value)
        owned = {"organization_id__in": ids}
        return queryset.filter(**owned) if value else queryset.exclude(**owned)


class ApiKeyFilterSet(OwnerFilterSet, ApiKeyFilter):
    controls = ("organization", "status", "created_from", "created_to", "test")

    class Meta(ApiKeyFilter.Meta):
        pass


class InvitationFilterSet(OwnerFilterSet, InvitationFilter):
    controls = ("organization", "role", "created_from", "created_to", "test")

    class Meta(InvitationFilter.Meta):
        pass


class MembershipFilterSet(OwnerFilterSet, MembershipFilter):
    controls = ("organization", "role", "created_from", "created_to", "test")

    class Meta(MembershipFilter.Meta):
        pass


class OrganizationFilterSet(ListFilterSet):
    created_from = DayFilter(field_name="created_at", lookup_expr="gte")
    created_to = DayFilter(field_name="created_at", lookup_expr="lte")

    controls = ("is_test", "created_from", "created_to")
    labels: ClassVar = {"is_test": "Test or live"}
    choices: ClassVar = {"is_test": TEST_LIVE}

    class Meta:
        model = Organization
        fields: ClassVar = {"is_test": ["exact"]}


class UserFilterSet(ListFilterSet):
    created_from = DayFilter(field_name="created_at", lookup_expr="gte")
    created_to = DayFilter(field_name="created_at", lookup_expr="lte")

    controls = (*ACCOUNT, "created_from", "created_to")
    labels: ClassVar = {"is_active": "Active", "is_staff": "Staff"}
    choices: ClassVar = dict.fromkeys(ACCOUNT, YES_NO)

    class Meta:
        model = User
        fields: ClassVar = {name: ["exact"] for name in ACCOUNT}


class EventFilterSet(ListFilterSet, EventFilter):
    """An event stays when its organization is deleted: it refers to none."""

    organization = AutocompleteFilter(SOURCE, field_name="organization_id")
    object_type = ChoicesFilter(choices=_types)
    installation = BooleanFilter(method="filter_installation")
    created_from = DayFilter(field_name="created_at", lookup_expr="gte")
    created_to = DayFilter(field_name="created_at", lookup_expr="lte")

    controls = (
        "organization",
        "object_type",
        "created_from",
        "created_to",
        "installation",
    )
    labels: ClassVar = {"object_type": "Object"}
    choices: ClassVar = {"installation": YES_NO}

    class Meta(EventFilter.Meta):
        pass

    def filter_installation(
        self, queryset: QuerySet, name: str, value: bool
    ) -> QuerySet:
        """The installation owns the events of users, groups and logins of staff."""
        owned = {"organization_id": INSTALLATION}
        return queryset.filter(**owned) if value else queryset.exclude(**owned)
