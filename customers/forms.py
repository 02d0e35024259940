"""How people type what the API takes as JSON, and how a subscription begins."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms.fields import InvalidJSONInput

from fluxrate.admin.forms import AdminModelForm
from fluxrate.api.parsers import MalformedJSON, parse
from fluxrate.text import normalized

from .models import Subscription

EMPTIED = "An empty box removes nothing. Write {} to remove all metadata."


class MetadataFormField(forms.JSONField):
    """A JSON object, read as strictly as the API reads one; empty text is {}."""

    def to_python(self, value: Any) -> Any:
        if self.disabled:
            return value
        try:
            given = parse((value or "").strip().encode() or b"{}")
        except MalformedJSON as error:
            raise ValidationError(str(error.detail), code="invalid") from None
        if given is None:
            return {}
        if not isinstance(given, dict):
            raise ValidationError("A flat map of strings is needed.", code="invalid")
        return _trimmed(given)

    def _clean_bound_field(self, bound: Any) -> Any:
        """An emptied box is more often a slip than a wish to lose everything."""
        if str(bound.data or "").strip() in {"", "null"} and getattr(
            bound, "page_value", None
        ):
            raise ValidationError(EMPTIED, code="required")
        return super()._clean_bound_field(bound)  # type: ignore[misc]

    def bound_data(self, data: Any, initial: Any) -> Any:
        """What was typed, to the letter, also where it is no JSON."""
        return initial if self.disabled else InvalidJSONInput(data or "{}")

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _trimmed(given: dict[str, Any]) -> dict[str, Any]:
    """As the API keeps it: strings trimmed and in NFC, empty ones left out."""
    kept = {
        key: normalized(value) if isinstance(value, str) else value
        for key, value in given.items()
    }
    return {key: value for key, value in kept.items() if value != ""}


class NewSubscriptionForm(AdminModelForm):
    """The organization is the customer's; the plan must be of the same."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        interval, start = self.fields["billing_interval"], self.fields["start_date"]
        anchor = self.fields["billing_anchor"]
        interval.required = start.required = self.fields["metadata"].required = False
        anchor.required = False
        anchor.help_text = "The start, or the end of the trial, when nothing is given."
        interval.help_text = "The plan's, when nothing is chosen."
        start.help_text = "Now, when nothing is given. UTC."

    class Meta:
        model = Subscription
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        customer, plan = given.get("customer"), given.get("plan")
        if customer is not None:
            self.instance.organization = customer.organization
        if "plan" in given and plan is None:
            self.add_error("plan", ValidationError("A plan is needed.", "required"))
        elif customer and plan and plan.organization_id != customer.organization_id:
            raise ValidationError(
                {"plan": f"{customer.organization} has no such plan."},
                code="does_not_exist",
            )
        return given
