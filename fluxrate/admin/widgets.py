from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import ValidationError
from django.db.models import ForeignKey
from django.forms.renderers import BaseRenderer
from django.http import QueryDict
from django.utils.html import format_html
from django.utils.safestring import SafeString


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

    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, object] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        """Without scripts nothing is suggested, so an id can be written."""
        select = super().render(name, value, attrs, renderer)
        text = format_html(
            '<noscript><input type="text" name="{}" placeholder="{}" aria-label="{}">'
            "</noscript>",
            name,
            "Id",
            f"{name} id",
        )
        return select + text

    def value_from_datadict(
        self, data: Mapping[str, object], files: object, name: str
    ) -> object:
        """The written id, or else the selected one."""
        values = data.getlist(name) if isinstance(data, QueryDict) else [data.get(name)]
        return next((value for value in reversed(values) if value), None)

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
