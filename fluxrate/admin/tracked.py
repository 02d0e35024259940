"""A form's fields that bring back the value they showed: what has been edited, by whom.

Beside each field a hidden one (Django's `show_hidden_initial`) holds the value that the
page showed. A field is edited where what comes back differs from that, and it has moved
where the record differs from that: somebody else has saved it meanwhile.
"""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms import BoundField
from django.utils.functional import cached_property
from django.utils.html import format_html

from .links import are_ids

MARK = "_form"
"""The hidden field that every page of ours sends, and nobody who writes by hand."""
LONGEST = 300


def differs(field: Any, initial: Any, data: Any) -> bool:
    """Django's `has_changed`, where spaces that no form sends back are no change."""
    return bool(field.has_changed(_as_sent(field, initial), _lines(data)))


def _as_sent(field: Any, initial: Any) -> Any:
    """A stored text as the field would read it: without the spaces at its ends."""
    if not isinstance(initial, str) or isinstance(field, forms.ModelChoiceField):
        return initial
    try:
        return field.to_python(_lines(initial))
    except forms.ValidationError:
        return initial


def _lines(value: Any) -> Any:
    return value.replace("\r\n", "\n") if isinstance(value, str) else value


class TrackedField(BoundField):
    """`initial` is the record's value, `shown` was the page's, `data` was typed."""

    form: Any
    field: Any

    @cached_property
    def _sent(self) -> Any:
        widget = self.field.hidden_widget()
        return self.form._widget_data_value(widget, self.html_initial_name)  # noqa: SLF001

    @property
    def is_tracked(self) -> bool:
        return bool(self.field.show_hidden_initial and MARK in self.form.data)

    @cached_property
    def shown(self) -> Any:
        if not self.is_tracked:
            return self.initial
        if isinstance(self.field, forms.ModelChoiceField):
            return self._sent
        try:
            return self.field.to_python(self._sent)
        except forms.ValidationError:
            return self.initial

    def _has_changed(self) -> bool:
        return differs(self.field, self.shown, self.data)

    @property
    def has_moved(self) -> bool:
        return self.is_tracked and differs(self.field, self.initial, self._sent)

    def as_hidden(
        self, attrs: Any = None, *, only_initial: bool = False, **options: Any
    ) -> Any:
        """What the first page showed stays, however often errors come back."""
        if not only_initial:
            return super().as_hidden(attrs, **options)
        stored = self.field.prepare_value(self.initial)
        return self.field.hidden_widget().render(
            name=self.html_initial_name,
            value=self._sent if self.is_tracked else stored,
            attrs={"autocomplete": "off"},
            renderer=self.form.renderer,
        )

    def text(self, value: Any) -> str:
        """A value as a person knows it."""
        text = self._words(value)
        return f"{text[:LONGEST]}…" if len(text) > LONGEST else text or "—"

    def _words(self, value: Any) -> str:
        field = self.field
        match field:
            case forms.ModelChoiceField():
                rows: Any = field.queryset
                found = rows.filter(pk__in=_ids(field, value))
                return ", ".join(sorted(map(str, found)))
            case forms.ChoiceField():
                choices: Any = field.choices
                return str(dict(choices).get(value, value or ""))
            case forms.BooleanField():
                return "yes" if field.to_python(value) else "no"
            case forms.JSONField() if isinstance(value, dict):
                return json.dumps(value, ensure_ascii=False)
        return "" if value is None else str(value)


def _ids(field: Any, value: Any) -> list[Any]:
    """The keys that the model can have; of a form that was made up, maybe none."""
    prepared = field.prepare_value(value)
    ids = prepared if isinstance(prepared, list | tuple) else [prepared]
    return [each for each in ids if each and are_ids(field.queryset.model, [str(each)])]


@dataclass(frozen=True)
class Conflict:
    """One field that two people have changed: a person says which value stays."""

    bound: TrackedField
    author: str

    @property
    def theirs(self) -> str:
        return self.bound.text(self.bound.initial)

    @cached_property
    def seal(self) -> str:
        """Of the value that was answered: another one asks again."""
        return hashlib.sha256(self.theirs.encode()).hexdigest()[:16]

    @property
    def name(self) -> str:
        return f"choice-{self.bound.html_name}"

    @property
    def choice(self) -> str:
        """`theirs` or `mine`, where that was said of this very value."""
        chosen = str(self.bound.form.data.get(self.name, ""))
        value, _, seal = chosen.partition(":")
        return value if seal == self.seal else ""

    def message(self) -> str:
        """The three values, and the question."""
        bound = self.bound
        return format_html(
            "This was changed by {author} since you opened the page. Which value stays?"
            '<span class="conflict">'
            '<span><b>Before</b> <span class="value">{shown}</span></span>'
            '<label><input type="radio" name="{name}" value="theirs:{seal}"> <b>Theirs'
            '</b> <span class="value">{theirs}</span></label>'
            '<label><input type="radio" name="{name}" value="mine:{seal}"> <b>Yours'
            '</b> <span class="value">{mine}</span></label></span>',
            author=self.author,
            name=self.name,
            seal=self.seal,
            shown=bound.text(bound.shown),
            theirs=self.theirs,
            mine=bound.text(bound.data),
        )
