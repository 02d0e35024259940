"""One form for every record: what the API refuses, it refuses, in the same words."""

from typing import Any, ClassVar

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS, ValidationError

from fluxrate.text import OneLine

from . import refusals


class ReasonField(forms.CharField):
    """Why somebody changes something: one line of 500 characters at most."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            max_length=500,
            required=False,
            validators=[OneLine()],
            help_text="Kept in the history.",
            **options,
        )


class RecordForm(forms.ModelForm):
    """Checks constraints over the owner too, though nobody can change the owner.

    `refusal` is what stopped the first attempt to save: it becomes an error.
    """

    refusal: ClassVar[Exception | None] = None
    reason = ReasonField()

    def _post_clean(self) -> None:
        super()._post_clean()  # type: ignore[misc]
        if self.refusal is not None:
            self._add(refusals.form_field(self.refusal), refusals.words(self.refusal))

    def _get_validation_exclusions(self) -> set[str]:
        excluded: set[str] = super()._get_validation_exclusions()  # type: ignore[misc]
        owned = getattr(self.instance, "organization_id", None) is not None
        return excluded - {"organization"} if owned else excluded

    def _update_errors(self, errors: ValidationError) -> None:
        """A broken constraint stands at its field, where it has just one."""
        found = getattr(errors, "error_dict", {})
        for error in found.pop(NON_FIELD_ERRORS, []):
            self._add(self._constrained.get(error.code), error)
        super()._update_errors(errors)  # type: ignore[misc]

    @property
    def _constrained(self) -> dict[str | None, str | None]:
        """The field of each constraint, by the constraint's error code."""
        return {
            constraint.violation_error_code: refusals.field_name(constraint)
            for constraint in self.instance._meta.constraints
            if constraint.violation_error_code
        }

    def _add(self, field: str | None, error: Any) -> None:
        self.add_error(field if field in self.fields else None, error)
