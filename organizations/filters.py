"""What lists can be narrowed by."""

from typing import Any

import django_filters

from fluxrate.api.filters import FilterSet, TextFilter

from .models import ApiKey
from .tokens import now


class ApiKeyFilter(FilterSet):
    name = TextFilter()
    status = django_filters.ChoiceFilter(
        choices=ApiKey.Status.choices, method="in_status"
    )

    class Meta:
        model = ApiKey
        fields: dict[str, list[str]] = {}

    def in_status(self, queryset: Any, name: str, value: str) -> Any:
        return queryset.in_status(value, at=now())
