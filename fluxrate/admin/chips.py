"""The filters of a list as chips: each can be edited and removed."""

from functools import cached_property

from django.contrib.admin.views.main import (
    ALL_VAR,
    ERROR_FLAG,
    IGNORED_PARAMS,
    PAGE_VAR,
    SEARCH_VAR,
)
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from fluxrate.api.filters import ListFilter
from fluxrate.api.parameters import split_values

from .filter_controls import Chip, Control
from .filter_sets import ListFilterSet
from .language import word

# `organization_name` has a part of the name, for browsers without scripts.
NAME_SUFFIX = "_name"
# Parameters that a changed filter makes meaningless.
_RESET = {PAGE_VAR, ERROR_FLAG, ALL_VAR}
_OTHERS = {*IGNORED_PARAMS, PAGE_VAR}


class Chips:
    """The filters that a request's query names."""

    def __init__(
        self, request: HttpRequest, filter_set: type[ListFilterSet] | None
    ) -> None:
        self.query, self.filter_set = request.GET, filter_set or ListFilterSet
        known = QueryDict(mutable=True)
        for parameter, values in self.query.lists():
            texts = [text for text in values if text.strip()]
            if texts and self.filter_set.base_name(parameter):
                known.setlist(parameter, texts)
        self.known = known
        self.filters = self.filter_set(known, request=request) if known else None

    @cached_property
    def errors(self) -> dict[str, list[str]]:
        errors = self.filters.form.errors if self.filters else {}
        return {name: [str(text) for text in texts] for name, texts in errors.items()}

    def filter(self, rows: QuerySet) -> QuerySet:
        """The rows that match; none if a value is invalid."""
        if self.filters is None:
            return rows
        return rows.none() if self.errors else self.filters.filter_queryset(rows)

    @cached_property
    def all(self) -> list[Chip]:
        """The filters of the form, then others that the query names."""
        controls = self.filter_set.controls
        named = dict.fromkeys(map(self._base_name, self.query))
        others = [name for name in named if name and name not in controls]
        return [
            *(self._control(name) for name in controls),
            *(self._chip(name) for name in others),
        ]

    @property
    def active(self) -> list[Chip]:
        return [chip for chip in self.all if chip.text]

    @property
    def clear_url(self) -> str:
        """The list without filters, still searched and sorted."""
        names = [name for name in self.query if self._base_name(name)]
        return self._url_without(*names)

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """The parameters that the form repeats, since none of its controls has them."""
        shown = {SEARCH_VAR, *_RESET, *self.filter_set.controls}
        shown |= {f"{name}{NAME_SUFFIX}" for name in shown}
        return [
            (name, value)
            for name, values in self.query.lists()
            if name.partition("[")[0] not in shown
            for value in values
        ]

    def _base_name(self, parameter: str) -> str | None:
        """The filter that a parameter belongs to; a lookup of Django is its own."""
        if not any(text.strip() for text in self.query.getlist(parameter)):
            return None
        if name := self.filter_set.base_name(parameter):
            return name
        others = {*IGNORED_PARAMS, PAGE_VAR}
        return (
            None
            if parameter in others or parameter.endswith(NAME_SUFFIX)
            else parameter
        )

    def _url_without(self, *names: str) -> str:
        query = self.query.copy()
        for parameter in self.query:
            if parameter in _RESET or parameter.partition("[")[0] in names:
                del query[parameter]
        return f"?{query.urlencode()}"

    def _values(self, name: str) -> list[str]:
        texts = self.query.getlist(name)
        texts += [
            f"{parameter[len(name) + 1 : -1]}={value}"
            for parameter, values in self.query.lists()
            if parameter.startswith(f"{name}[")
            for value in values
        ]
        each = self.filter_set.base_filters.get(name)
        if isinstance(each, ListFilter) and name not in self.errors:
            texts = [value for text in texts for value in split_values(text)]
        return [text for text in texts if text.strip()]

    def _chip(self, name: str) -> Chip:
        values = self._values(name)
        label, text = self.filter_set.label(name), ", ".join(values)
        errors = self.errors.get(name, [])
        return Chip(name, label, text, self._url_without(name), values, errors)

    def _control(self, name: str) -> Chip:
        errors = self.errors.get(name, [])
        values = self._values(name)
        control = Control.of(self.filter_set, name, [] if errors else values)
        labels = dict(control.choices)
        text = ", ".join(word(labels.get(value, value)) for value in values)
        url, label = self._url_without(name), self.filter_set.label(name)
        return Chip(name, label, text, url, values, errors, control)
