from django.utils.timezone import now

from fluxrate.api.filters import ChoicesFilter, EmailFilter, FilterSet, TextFilter

from .models import ApiKey, Invitation, Membership, Role
from .models.api_key import ApiKeyQuerySet


class MembershipFilter(FilterSet):
    email = EmailFilter(field_name="user__email", lookup_expr="iexact")
    role = ChoicesFilter(choices=Role.choices)

    class Meta:
        model = Membership
        fields: dict[str, list[str]] = {}


class InvitationFilter(FilterSet):
    email = EmailFilter(lookup_expr="iexact")
    role = ChoicesFilter(choices=Role.choices)

    class Meta:
        model = Invitation
        fields: dict[str, list[str]] = {}


class ApiKeyFilter(FilterSet):
    name = TextFilter()
    status = ChoicesFilter(choices=ApiKey.Status.choices, method="in_status")

    class Meta:
        model = ApiKey
        fields: dict[str, list[str]] = {}

    def in_status(
        self, queryset: ApiKeyQuerySet, name: str, value: list[str]
    ) -> ApiKeyQuerySet:
        return queryset.in_status(*value, at=now())
