"""Suggestions instead of drop-downs."""

from typing import Any

from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError


class Suggest(AutocompleteSelect):
    """Django's, which an id that is none does not break, narrowed to an organization
    where one is given."""

    def __init__(self, *args: Any, organization: Any = None, **options: Any) -> None:
        super().__init__(*args, **options)
        self.organization = organization

    def get_url(self) -> str:
        address = super().get_url()
        return (
            f"{address}?organization={self.organization}"
            if self.organization
            else address
        )

    def optgroups(self, name: str, value: Any, attrs: Any = None) -> Any:
        return super().optgroups(
            name, [each for each in value if self._id(each)], attrs
        )

    def _id(self, value: Any) -> bool:
        """Whether the value can be an id, or is the empty one."""
        try:
            self.field.target_field.to_python(value or None)
        except ValidationError:
            return False
        return True
