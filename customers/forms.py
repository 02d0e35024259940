"""Forms of the admin: metadata as JSON, and a new subscription."""

import json
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.forms import BoundField
from django.forms.fields import InvalidJSONInput
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fluxrate.admin.forms import AdminModelForm
from fluxrate.api.parsers import MalformedJSON, parse
from fluxrate.text import normalized

from .metadata_widget import MetadataWidget, SubmittedMetadata
from .models import Subscription

Metadata = dict[str, str]
EMPTIED = _("An empty box removes nothing. Write {} to remove all metadata.")


class MetadataFormField(forms.JSONField):
    """A JSON object, parsed as strictly as in the API; empty text is {}."""

    widget = MetadataWidget

    def to_python(self, value: object) -> Any:
        if self.disabled:
            return value
        try:
            document = parse(str(value or "").strip().encode() or b"{}")
        except MalformedJSON as error:
            raise ValidationError(str(error.detail), code="invalid") from None
        if document is None:
            return {}
        if not isinstance(document, dict):
            raise ValidationError("A flat map of strings is needed.", code="invalid")
        return _trimmed(document)

    def _clean_bound_field(self, bound: BoundField) -> object:
        """Refuse an emptied box or value, which is more often a slip than a removal."""
        if isinstance(bound.data, SubmittedMetadata) and bound.data.emptied:
            keys = ", ".join(bound.data.emptied)
            raise ValidationError(gettext("Write a value, or tick Remove: %s.") % keys)
        if str(bound.data or "").strip() in {"", "null"} and getattr(
            bound, "page_value", None
        ):
            raise ValidationError(EMPTIED, code="required")
        cleaned: object = super()._clean_bound_field(bound)  # type: ignore[misc]
        return cleaned

    def bound_data(self, data: str | None, initial: object) -> object:
        """The text as it was typed, even if it is not JSON."""
        if self.disabled or isinstance(data, SubmittedMetadata):
            return initial if self.disabled else data
        return InvalidJSONInput(data or "{}")

    def merge(
        self, page: Metadata, record: Metadata, mine: Metadata
    ) -> tuple[Metadata, list[str]]:
        """The record's metadata with my changes, and the keys that both changed."""
        changed = [key for key in page | mine if mine.get(key) != page.get(key)]
        clashing = [
            key
            for key in changed
            if record.get(key) not in (page.get(key), mine.get(key))
        ]
        merged = {key: text for key, text in record.items() if key not in changed}
        return merged | {key: mine[key] for key in changed if key in mine}, clashing

    def prepare_value(self, value: object) -> str:
        if isinstance(value, InvalidJSONInput):
            return value
        return json.dumps(value, ensure_ascii=False, indent=2)


def _trimmed(metadata: dict[str, object]) -> dict[str, object]:
    """Strings trimmed and in NFC, without the empty ones: as the API stores them."""
    values = {
        key: normalized(value) if isinstance(value, str) else value
        for key, value in metadata.items()
    }
    return {key: value for key, value in values.items() if value != ""}


class NewSubscriptionForm(AdminModelForm):
    """The customer decides the organization, which the plan must share."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        interval, start = self.fields["billing_interval"], self.fields["start_date"]
        anchor = self.fields["billing_anchor"]
        interval.required = start.required = self.fields["metadata"].required = False
        anchor.required = False
        anchor.help_text = _("Default: the start, or the end of the trial.")
        interval.help_text = _("Default: the plan's.")
        start.help_text = _("Default: now. UTC.")

    class Meta:
        model = Subscription
        fields = "__all__"

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        customer, plan = data.get("customer"), data.get("plan")
        if customer is not None:
            self.instance.organization = customer.organization
        if "plan" in data and plan is None:
            self.add_error(
                "plan", ValidationError(gettext("A plan is needed."), "required")
            )
        elif customer and plan and plan.organization_id != customer.organization_id:
            raise ValidationError(
                {"plan": gettext("%s has no such plan.") % customer.organization},
                code="does_not_exist",
            )
        return data
