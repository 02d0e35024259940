"""The model form of the admin: it rejects what the API rejects, in the same words."""

from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db.models import Model
from django.forms.models import InlineForeignKeyField, construct_instance
from django.utils.functional import cached_property
from django.utils.translation import gettext

from fluxrate.postgres.constraints import field_of

from . import errors
from .fields import ReasonField
from .merge import Conflict, MergedField, choice_labels

_EMPTY = "This may not be empty."
WORDS_OF_API = {
    "required": _EMPTY,
    "blank": _EMPTY,
    "max_length": "Ensure this field has no more than %(limit_value)d characters.",
}
"""The sentences of the API by the codes of Django's errors."""
WORDS_OF_NUMBERS = dict.fromkeys(("required", "invalid"), "A whole number is needed.")


def unknown_author(_record: Model) -> str:
    return gettext("somebody else")


class AdminModelForm(forms.ModelForm):
    """Merges concurrent edits field by field, and leaves constraints to PostgreSQL.

    On a change only edited fields are validated and saved; `update_fields` names their
    columns. What another user changed meanwhile stays. If both changed a field, the
    form asks which value to save.

    With `database_checks`, constraints are not queried before saving, because
    PostgreSQL checks them then; `save_error` is the error of the first attempt. A form
    with errors queries all of them, so that it shows every error at once.
    """

    bound_field_class = MergedField
    database_checks: ClassVar[bool] = False
    save_error: ClassVar[Exception | None] = None
    prefilled: ClassVar[Mapping[str, object]] = {}
    """Values that the form shows instead of the record's; they count as typed."""
    author: ClassVar[Callable[[Any], str]] = staticmethod(unknown_author)
    """The name of the user who changed the record meanwhile."""
    reason = ReasonField()

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.update_fields: list[str] = []
        self._merged: list[MergedField] = []
        for field in self.fields.values():
            # A browser silently cuts off a longer text, and counts emoji twice.
            field.widget.attrs.pop("maxlength", None)
            field.error_messages |= _words_of(field)
        for bound in self._tracked:
            bound.field.show_hidden_initial = True
            _keep_choices(bound)

    @cached_property
    def _tracked(self) -> list[MergedField]:
        """The editable columns and relations of a saved record."""
        if self.instance._state.adding:
            return []
        opts = self.instance._meta
        names = {field.name for field in (*opts.fields, *opts.many_to_many)}
        return [
            bound
            for bound in self
            if isinstance(bound, MergedField)
            and bound.name in names
            and not bound.field.disabled
        ]

    def _clean_fields(self) -> None:
        """Ignore errors and values of fields that were not edited."""
        super()._clean_fields()  # type: ignore[misc]
        edited = [bound for bound in self._tracked if bound.name in self.changed_data]
        changed = {bound.name for bound in edited if self._is_to_be_saved(bound)}
        for bound in self._tracked:
            if bound.name not in changed:
                self.errors.pop(bound.name, None)
                self.cleaned_data.pop(bound.name, None)
        columns = {field.name for field in self.instance._meta.concrete_fields}
        self.update_fields = [
            bound.name for bound in self._tracked if bound.name in changed & columns
        ]

    def _is_to_be_saved(self, bound: MergedField) -> bool:
        """False if the record has the value already, or the user chose the record's."""
        if not bound.is_changed_elsewhere:
            return True
        merge = getattr(bound.field, "merge", None)
        if merge is not None and bound.name in self.cleaned_data:
            return self._merge_keys(bound, merge)
        conflict = Conflict(bound)
        if bound.is_already_saved or conflict.choice == "theirs":
            return False
        if conflict.choice != "mine" and bound.name not in self.errors:
            self._add_conflict(conflict)
        return True

    def _add_conflict(self, conflict: Conflict) -> None:
        message = conflict.message(type(self).author(self.instance))
        error = ValidationError(message, code="conflict")
        self.add_error(conflict.bound.name, error)

    def _merge_keys(
        self, bound: MergedField, merge: Callable[..., tuple[object, list[str]]]
    ) -> bool:
        """Merge a map key by key; ask about the keys that both changed."""
        record, mine = bound.initial, self.cleaned_data[bound.name]
        merged, clashing = merge(bound.page_value, record, mine)
        conflict = Conflict(bound, tuple(clashing))
        if clashing and conflict.choice == "theirs":
            theirs = {key: record[key] for key in clashing if key in record}
            agreed = {k: v for k, v in dict(merged).items() if k not in clashing}  # type: ignore[call-overload]
            merged = agreed | theirs
        elif clashing and conflict.choice != "mine":
            self._add_conflict(conflict)
            return True
        self.cleaned_data[bound.name] = merged
        self._merged.append(bound)
        return bool(merged != record)

    @cached_property
    def changed_elsewhere(self) -> list[MergedField]:
        """Fields that another user changed and this form did not."""
        return [
            bound
            for bound in self._tracked
            if bound.is_changed_elsewhere and not bound.is_edited
        ] + self._merged

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        untouched = {bound.name for bound in self._tracked} - set(self.update_fields)
        return excluded | untouched

    def _post_clean(self) -> None:
        """As in Django 6.0, whose forms validate constraints in a step of their own."""
        options, exclude = self._meta, self._get_validation_exclusions()
        exclude |= {
            name
            for name, field in self.fields.items()
            if isinstance(field, InlineForeignKeyField)
        }
        try:
            self.instance = construct_instance(
                self, self.instance, options.fields, options.exclude
            )
            self.instance.full_clean(
                exclude, validate_unique=False, validate_constraints=False
            )
        except ValidationError as error:
            self._update_errors(error)
        self.validate_unique()
        if self.errors or self.save_error or not self.database_checks:
            self._validate_constraints()
        if self.save_error is not None:
            name = errors.field_name(self.save_error, type(self.instance))
            self._add(name, errors.as_validation_error(self.save_error))

    def _validate_constraints(self) -> None:
        exclude = self._get_validation_exclusions()
        if getattr(self.instance, "organization_id", None) is not None:
            # Forms of saved records lack this field, which unique constraints contain.
            exclude.discard("organization")
        try:
            self.instance.validate_constraints(exclude)
        except ValidationError as error:
            self._update_errors(error)

    def save(self, commit: bool = True) -> Any:
        if not commit or self.instance._state.adding or self.errors:
            return super().save(commit)
        self.instance.save(update_fields=self.update_fields)
        self._save_m2m()  # type: ignore[attr-defined]
        return self.instance

    def _update_errors(self, error: ValidationError) -> None:
        """Show a violated constraint at its field, if it has exactly one."""
        by_field = getattr(error, "error_dict", {})
        for violation in by_field.pop(NON_FIELD_ERRORS, []):
            self._add(self._field_by_message.get(violation.message), violation)
        super()._update_errors(error)  # type: ignore[misc]

    @cached_property
    def _field_by_message(self) -> dict[str, str | None]:
        """The field of each constraint, by the constraint's message."""
        model = type(self.instance)
        return {
            constraint.get_violation_error_message(): errors.form_name(
                field_of(constraint), model
            )
            for constraint in model._meta.constraints
        }

    def _add(self, name: str | None, error: ValidationError) -> None:
        """Add the error once; at its field it need not begin with the field's name."""
        sentence = " ".join(error.messages)
        if name not in self.fields:
            name = None
        else:
            sentence = sentence.removeprefix(f"{name}: ")
        if sentence not in self.errors.get(name or NON_FIELD_ERRORS, []):
            self.add_error(name, ValidationError(sentence, code=error.code))


def _words_of(field: forms.Field) -> dict[str, str]:
    """The API's sentences for the errors of the field."""
    if isinstance(field, forms.IntegerField):
        return WORDS_OF_NUMBERS
    if not isinstance(field, forms.ModelChoiceField) or field.queryset is None:
        return WORDS_OF_API
    noun = field.queryset.model._meta.verbose_name
    return WORDS_OF_API | {"invalid_choice": f"There is no such {noun}."}


def _keep_choices(bound: MergedField) -> None:
    """Keep a stored code that is no longer listed as a choice of the record's form:
    otherwise a browser selects another one.
    """
    field = bound.field
    if not isinstance(field, forms.ChoiceField) or isinstance(
        field, forms.ModelChoiceField
    ):
        return
    labels = choice_labels(field)
    listed = {str(value) for value in labels}
    for value in dict.fromkeys((bound.initial, bound.page_value)):
        if value and str(value) not in listed:
            labels[value] = gettext("%s (no longer listed)") % value
    field.choices = list(labels.items())
