"""A three-way merge of a form's fields: the page's value, the record's, the submitted.

A hidden input beside each input (Django's `show_hidden_initial`) returns the value that
the page showed. A field was edited if the submitted value differs from that value. It
was changed elsewhere if the record's value differs from it.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.db.models import Model, QuerySet
from django.forms import BoundField
from django.utils.choices import flatten_choices
from django.utils.functional import cached_property
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from .idempotency import FORM_ID
from .query_values import are_primary_keys

MAX_SHOWN = 300
"""Characters of a value in a message."""


def differs(field: forms.Field, initial: object, data: object) -> bool:
    """`field.has_changed`, ignoring what a form cannot return: outer spaces, CRLF."""
    return field.has_changed(_as_submitted(field, initial), _with_line_feeds(data))


def _as_submitted(field: forms.Field, initial: object) -> object:
    """A stored text as the field returns it, without outer spaces."""
    if not isinstance(initial, str) or isinstance(field, forms.ModelChoiceField):
        return initial
    try:
        return field.to_python(_with_line_feeds(initial))
    except forms.ValidationError:
        return initial


def _with_line_feeds(value: object) -> object:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class MergedField(BoundField):
    """`initial` is the record's value, `page_value` the page's, `data` the submitted.

    A POST without a form id comes from no page, so there is nothing to merge.
    """

    @cached_property
    def _hidden_data(self) -> Any:
        widget, form = self.field.hidden_widget(), self.form
        return widget.value_from_datadict(form.data, form.files, self.html_initial_name)

    @property
    def is_tracked(self) -> bool:
        return self.field.show_hidden_initial and FORM_ID in self.form.data

    @cached_property
    def page_value(self) -> Any:
        if not self.is_tracked:
            return self.initial
        if isinstance(self.field, forms.ModelChoiceField):
            return self._hidden_data
        try:
            return self.field.to_python(self._hidden_data)
        except forms.ValidationError:
            return self.initial

    def value(self) -> object:
        prefilled: dict[str, object] = getattr(self.form, "prefilled", {})
        if self.form.is_bound or self.name not in prefilled:
            return super().value()
        return self.field.prepare_value(prefilled[self.name])

    def _has_changed(self) -> bool:
        return self.is_edited

    @property
    def is_edited(self) -> bool:
        return differs(self.field, self.page_value, self.data)

    @property
    def is_changed_elsewhere(self) -> bool:
        return self.is_tracked and differs(self.field, self.initial, self._hidden_data)

    @property
    def is_already_saved(self) -> bool:
        """Whether the record has the submitted value."""
        return not differs(self.field, self.initial, self.data)

    def as_hidden(
        self,
        attrs: dict[str, str | bool] | None = None,
        *,
        only_initial: bool = False,
        **options: Any,
    ) -> SafeString:
        """The hidden input keeps the first page's value when the form has errors."""
        if not only_initial:
            return super().as_hidden(attrs, **options)
        value = self.field.prepare_value(self.initial)
        return self.field.hidden_widget().render(
            name=self.html_initial_name,
            value=self._hidden_data if self.is_tracked else value,
            attrs={"autocomplete": "off"},
            renderer=self.form.renderer,
        )

    def display(self, value: Any) -> str:
        """A value as text for a message, at most `MAX_SHOWN` characters."""
        text = self._text(value)
        return f"{text[:MAX_SHOWN]}…" if len(text) > MAX_SHOWN else text or "—"

    def _text(self, value: Any) -> str:
        field = self.field
        match field:
            case forms.ModelChoiceField(queryset=QuerySet() as rows):
                keys = _valid_keys(rows.model, field.prepare_value(value))
                return ", ".join(sorted(map(str, rows.filter(pk__in=keys))))
            case forms.ChoiceField():
                return str(choice_labels(field).get(value, value or ""))
            case forms.BooleanField():
                return gettext("yes") if field.to_python(value) else gettext("no")
            case forms.JSONField() if isinstance(value, dict):
                return json.dumps(value, ensure_ascii=False)
        return "" if value is None else str(value)


def choice_labels(field: forms.ChoiceField) -> dict[Any, Any]:
    choices: Any = field.choices
    return dict(flatten_choices(choices))


def _valid_keys(model: type[Model], value: Any) -> list[Any]:
    """One key or several, without malformed ones of a forged form."""
    keys = value if isinstance(value, list | tuple) else [value]
    return [key for key in keys if key and are_primary_keys(model, [str(key)])]


@dataclass(frozen=True)
class Conflict:
    """A field that two people changed, or `keys` of one; the user chooses the value."""

    bound: MergedField
    keys: tuple[str, ...] = ()

    @property
    def theirs(self) -> str:
        return self._display(self.bound.initial)

    def _display(self, value: Any) -> str:
        """The value; of a map, the keys that both changed."""
        if not self.keys:
            return self.bound.display(value)
        if not isinstance(value, dict):
            value = self.bound.field.to_python(value) or {}
        metadata: dict[str, str] = value
        return "; ".join(f"{key}: {metadata.get(key, '—')}" for key in self.keys)

    @cached_property
    def digest(self) -> str:
        """The hash of the record's value: a choice expires when that value changes."""
        return hashlib.sha256(self.theirs.encode()).hexdigest()[:16]

    @property
    def input_name(self) -> str:
        return f"choice-{self.bound.html_name}"

    @property
    def choice(self) -> str:
        """`theirs`, `mine`, or "" before a choice."""
        data = str(self.bound.form.data.get(self.input_name, ""))
        choice, _, digest = data.partition(":")
        return choice if digest == self.digest else ""

    def message(self, author: str) -> SafeString:
        """The three values, and radio buttons for two of them."""
        bound = self.bound
        return format_html(
            '{question}<span class="conflict">'
            '<span><b>{was}</b> <span class="value">{before}</span></span>'
            '<label><input type="radio" name="{name}" value="theirs:{digest}"> '
            '<b>{of_record}</b> <span class="value">{theirs}</span></label>'
            '<label><input type="radio" name="{name}" value="mine:{digest}"> '
            '<b>{own}</b> <span class="value">{mine}</span></label></span>',
            question=gettext(
                "This was changed by %s since you opened the page. Which value stays?"
            )
            % author,
            was=gettext("Before"),
            of_record=gettext("Theirs"),
            own=gettext("Yours"),
            name=self.input_name,
            digest=self.digest,
            before=self._display(bound.page_value),
            theirs=self.theirs,
            mine=self._display(bound.data),
        )
