"""Actions on one metadata key of many rows."""

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.utils.translation import gettext

from customers.fields import merge_metadata, validate_metadata
from fluxrate.admin.actions import ModelAction, ModelActionForm, Outcomes, Unchanged
from fluxrate.admin.fields import LinesField
from fluxrate.models.owned_deletion import named_rows
from fluxrate.postgres.refusals import refusals
from fluxrate.text import normalized

SAME, MISSING = "It has this value already.", "It has no such key."


class KeyForm(ModelActionForm):
    key = forms.CharField(help_text="1 to 40 characters.")
    field_order = ("key", "value", "reason")

    def clean_key(self) -> str:
        key = normalized(self.cleaned_data["key"])
        validate_metadata({key: ""})
        return key


class KeyAndValueForm(KeyForm):
    value = LinesField(
        widget=forms.Textarea(attrs={"rows": 3, "class": "vLargeTextField"}),
        help_text="Replaces another value of the key. Up to 500 characters.",
    )

    def clean_value(self) -> str:
        value = normalized(self.cleaned_data["value"])
        if not value:
            raise ValidationError(gettext("A value is needed."), code="required")
        validate_metadata({"key": value})
        return value


def set_key(
    rows: QuerySet, *, key: str, value: str | None = None, **_: object
) -> Outcomes:
    """Set the key of each row that lacks this value; without a value, remove the key.

    A row with fifty other keys violates the constraint of the column.
    """
    locked = rows.model.objects.filter(pk__in=rows.values("pk")).order_by("pk")
    locked = locked.select_for_update(no_key=True).only("organization_id", "metadata")
    records = {record.pk: record for record in locked}
    metadata = {pk: record.metadata for pk, record in records.items()}
    ids = [pk for pk, present in metadata.items() if present.get(key) != value]
    same = Unchanged(SAME if value else MISSING)

    def change(chosen: list[object]) -> None:
        patch = merge_metadata({key: value})
        named_rows(rows.model, [records[pk] for pk in chosen]).update(metadata=patch)

    failures: dict[object, Exception] = dict.fromkeys(metadata.keys() - set(ids), same)
    failures |= refusals(change, ids) if ids else ()
    return Outcomes(metadata.keys() - failures.keys(), failures)


def never(_record: object) -> bool:
    """The page of a record does not offer the action: its form edits the metadata."""
    return False


def no_refusal(_record: object) -> str:
    return ""


METADATA_ACTIONS = (
    ModelAction(
        "set_metadata_key",
        "Set a metadata key…",
        "with the new metadata",
        form=KeyAndValueForm,
        available=never,
        refusal=no_refusal,
        run_many=set_key,
    ),
    ModelAction(
        "remove_metadata_key",
        "Remove a metadata key…",
        "without the metadata key",
        form=KeyForm,
        available=never,
        refusal=no_refusal,
        run_many=set_key,
    ),
)
