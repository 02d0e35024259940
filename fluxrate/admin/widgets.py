from collections.abc import Sequence
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey


class OrganizationAutocomplete(AutocompleteSelect):
    """AutocompleteSelect that ignores malformed ids and can be limited to an
    organization.
    """

    def __init__(
        self,
        field: ForeignKey,
        admin_site: AdminSite,
        *,
        organization: object | None = None,
    ) -> None:
        super().__init__(field, admin_site)
        self.organization = organization

    def get_url(self) -> str:
        url = super().get_url()
        return f"{url}?organization={self.organization}" if self.organization else url

    def optgroups(
        self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int | None]]:
        valid = [item for item in value if self._is_valid(item)]
        return super().optgroups(name, valid, attr)

    def _is_valid(self, value: str) -> bool:
        """Whether the value is empty or can be an id."""
        try:
            self.field.target_field.to_python(value or None)
        except ValidationError:
            return False
        return True
