from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.admin.sites import AdminSite
from django.contrib.admin.widgets import (
    AutocompleteMixin,
    AutocompleteSelect,
    AutocompleteSelectMultiple,
)
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db.models import ForeignKey
from django.forms import Select
from django.forms.renderers import BaseRenderer
from django.http import QueryDict
from django.utils.datastructures import MultiValueDict
from django.utils.html import format_html
from django.utils.safestring import SafeString


class WithWrittenIds(AutocompleteMixin, Select):
    """Without scripts nothing is suggested, so an id can be written."""

    placeholder = "Id"

    def render(
        self,
        name: str,
        value: object,
        attrs: dict[str, object] | None = None,
        renderer: BaseRenderer | None = None,
    ) -> SafeString:
        select = super().render(name, value, attrs, renderer)
        return select + format_html(
            '<noscript><input type="text" name="{}" placeholder="{}" aria-label="{}">'
            "</noscript>",
            name,
            self.placeholder,
            f"{name} {self.placeholder.lower()}",
        )

    def optgroups(
        self, name: str, value: Sequence[str], attr: dict[str, Any] | None = None
    ) -> list[tuple[str | None, list[dict[str, Any]], int | None]]:
        """Without malformed ids, whose lookup would fail."""
        valid = [item for item in value if self._is_valid(item)]
        return super().optgroups(name, valid, attr)

    def _is_valid(self, value: str) -> bool:
        """Whether the value is empty or can be an id."""
        try:
            self.field.target_field.to_python(value or None)
        except ValidationError:
            return False
        return True


class OrganizationAutocomplete(WithWrittenIds, AutocompleteSelect):
    """Can be limited to an organization."""

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

    def value_from_datadict(
        self, data: Mapping[str, object], files: object, name: str
    ) -> object:
        """The written id, or else the selected one."""
        values = data.getlist(name) if isinstance(data, QueryDict) else [data.get(name)]
        return next((value for value in reversed(values) if value), None)


class SeveralAutocomplete(WithWrittenIds, AutocompleteSelectMultiple):
    """The written ids are added to the selected ones."""

    placeholder = "Ids"

    def value_from_datadict(
        self,
        data: Mapping[str, object],
        files: MultiValueDict[str, UploadedFile],
        name: str,
    ) -> list[str]:
        values = super().value_from_datadict(data, files, name) or []
        return [pk for value in values for pk in str(value).replace(",", " ").split()]
