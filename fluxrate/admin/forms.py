"""One form for every record: what the API refuses, it refuses, in the same words."""

from collections.abc import Callable, Iterator
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.utils.functional import cached_property

from fluxrate.postgres.constraints import field_of
from fluxrate.text import REASON_MAX_LENGTH, reason_text

from . import refusals
from .tracked import Conflict, TrackedField, differs


class ReasonField(forms.CharField):
    """Why somebody changes something, as the API takes it."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=REASON_MAX_LENGTH,
            required=False,
            help_text="Kept in the history.",
            widget=forms.TextInput(attrs={"class": "vTextField"}),
            **options,
        )

    def widget_attrs(self, widget: forms.Widget) -> dict[str, Any]:
        """Without `maxlength`: a browser cuts off what is pasted, without a word."""
        attrs: dict[str, Any] = super().widget_attrs(widget)
        return {name: attrs[name] for name in attrs if name != "maxlength"}

    def to_python(self, value: Any) -> str:
        return reason_text(str(value or ""))


class LinesField(forms.CharField):
    """Lines of text, which end as they do in the database: with a line feed."""

    def to_python(self, value: Any) -> Any:
        text = super().to_python(value)
        return text.replace("\r\n", "\n") if isinstance(text, str) else text


class RecordForm(forms.ModelForm):
    """Checks constraints over the owner too, though nobody can change the owner.

    Of a record that exists, only what was edited is checked and written: `written` has
    the names. What another person changed meanwhile stays; where both have changed a
    field, the form asks which value stays. `refusal` is what stopped the first attempt
    to save: it becomes an error. `author` names who has changed the record meanwhile.
    """

    bound_field_class = TrackedField
    refusal: ClassVar[Exception | None] = None
    author: ClassVar[Callable[[Any], str]] = staticmethod(
        lambda _record: "somebody else"
    )
    reason = ReasonField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.written: list[str] = []
        for field in self.fields.values():
            # A browser would cut off what is pasted, without a word, and counts emoji
            # twice: the answer says what is too long.
            field.widget.attrs.pop("maxlength", None)
        for name in self._editable:
            self.fields[name].show_hidden_initial = True
            _keep_choices(self[name])

    @cached_property
    def _editable(self) -> list[str]:
        """The columns and relations of a record that exists already."""
        if self.instance._state.adding:
            return []
        opts = self.instance._meta
        known = {field.name for field in (*opts.fields, *opts.many_to_many)}
        return [n for n, f in self.fields.items() if n in known and not f.disabled]

    def _clean_fields(self) -> None:
        """What was not edited is neither wrong nor written."""
        super()._clean_fields()  # type: ignore[misc]
        edited = {name for name in self._editable if name in self.changed_data}
        edited -= set(self._settled(edited))
        for name in self._editable:
            if name not in edited:
                self.errors.pop(name, None)
                self.cleaned_data.pop(name, None)
        columns = {field.name for field in self.instance._meta.concrete_fields}
        self.written = [name for name in self._editable if name in edited & columns]

    def _settled(self, edited: set[str]) -> Iterator[str]:
        """Edited fields that the record has already, or is to keep as it is."""
        for name in edited:
            bound: Any = self[name]
            if not bound.has_moved:
                continue
            conflict = Conflict(bound, "")
            if (
                not differs(bound.field, bound.initial, bound.data)
                or conflict.choice == "theirs"
            ):
                yield name
            elif conflict.choice != "mine" and name not in self.errors:
                asked = Conflict(bound, type(self).author(self.instance)).message()
                self.add_error(name, ValidationError(asked, code="conflict"))

    @cached_property
    def beside(self) -> list[Any]:
        """Fields that somebody else has changed and this form has not."""
        bounds: list[Any] = [self[name] for name in self._editable]
        return [each for each in bounds if each.has_moved and not each._has_changed()]  # noqa: SLF001

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.refusal is not None:
            self._add(refusals.form_field(self.refusal), refusals.words(self.refusal))

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        excluded |= {name for name in self._editable if name not in self.written}
        owned = getattr(self.instance, "organization_id", None) is not None
        return excluded - {"organization"} if owned else excluded

    def save(self, commit: bool = True) -> Any:
        if not commit or self.instance._state.adding or self.errors:
            return super().save(commit)
        self.instance.save(update_fields=self.written)
        self._save_m2m()  # type: ignore[attr-defined]
        return self.instance

    def _update_errors(self, errors: ValidationError) -> None:
        """A broken constraint stands at its field, where it has just one."""
        found = getattr(errors, "error_dict", {})
        for error in found.pop(NON_FIELD_ERRORS, []):
            self._add(self._constrained.get(error.message), error)
        super()._update_errors(errors)  # type: ignore[misc]

    @property
    def _constrained(self) -> dict[str, str | None]:
        """The field of each constraint, by the constraint's sentence."""
        return {
            constraint.get_violation_error_message(): refusals.form_name(
                field_of(constraint)
            )
            for constraint in self.instance._meta.constraints
        }

    def _add(self, field: str | None, error: Any) -> None:
        """Beside its field, a sentence need not begin with the field's name."""
        if field not in self.fields:
            self.add_error(None, error)
            return
        sentence = str(error.message).removeprefix(f"{field}: ")
        self.add_error(field, ValidationError(sentence, code=error.code))


def _keep_choices(bound: Any) -> None:
    """A stored code stays a choice of its own form when the list has it no longer: a
    browser would choose another one in its place.
    """
    field: Any = bound.field
    is_list = isinstance(field, forms.ChoiceField)
    if not is_list or isinstance(field, forms.ModelChoiceField):
        return
    known = {str(value) for value, _ in field.choices}
    for value in dict.fromkeys((bound.initial, bound.shown)):
        if value and str(value) not in known:
            field.choices = [*field.choices, (value, f"{value} (no longer listed)")]
