"""Why a deletion cannot be undone."""

from collections.abc import Mapping
from typing import TypeAlias

from django.db import IntegrityError, models
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.fields.json import KeyTextTransform

from fluxrate.errors import RuleBroken
from fluxrate.models import Recorded
from fluxrate.models.event import EventQuerySet
from fluxrate.postgres.constraints import PrimaryKey, violated_constraint
from fluxrate.postgres.triggers import object_type

from .cascade import ModelClass, named_in, rows_of

EXTERNAL_ID = "external_id"
MAX_MISSING = 20

Rows: TypeAlias = Mapping[type[Recorded], EventQuerySet]
"""The deletions to undo, by model."""


class DeletionState(models.TextChoices):
    RESTORABLE = "restorable"
    RESTORED = "restored"
    EXPIRED = "expired"
    ERASED = "erased"


class NotRestorable(RuleBroken):
    code = "not_restorable"

    def __init__(self, reason: str, message: str, **more: object) -> None:
        super().__init__(message, reason=reason, **more)


class ExternalIdTaken(RuleBroken):
    code = "external_id_taken"
    field = EXTERNAL_ID
    message = (
        "Another object has the external_id meanwhile: `holder`. Restore without it "
        '(`"drop"`), or under another one (`{"as": "…"}`).'
    )


REFERENCE_DELETED = (
    "A row needs an object that is deleted: `missing`. Restore that one first."
)
REASONS = {
    DeletionState.RESTORED: ("already_restored", "This deletion is undone already."),
    DeletionState.EXPIRED: ("expired", "The organization's restore_days are over."),
    DeletionState.ERASED: ("erased", "The history of this object was erased."),
}


def not_restorable(state: DeletionState) -> NotRestorable:
    return NotRestorable(*REASONS[state])


def has_external_id(model: ModelClass) -> bool:
    return any(field.name == EXTERNAL_ID for field in model._meta.concrete_fields)


def holders(model: ModelClass) -> QuerySet:
    """The rows that have the external_id of a deleted one, of the outer query."""
    return rows_of(model, OuterRef("organization_id")).filter(
        external_id=KeyTextTransform(EXTERNAL_ID, OuterRef("data"))
    )


def refusal(error: IntegrityError, rows: Rows) -> Exception:
    """The reason why PostgreSQL refused a restored row; else the error itself."""
    name, constraint = violated_constraint(error)
    code = constraint.violation_error_code if constraint else None
    if name == "revision_follows" or isinstance(constraint, PrimaryKey):
        return not_restorable(DeletionState.RESTORED)
    if code == ExternalIdTaken.code:
        return ExternalIdTaken(holder=_holder(rows))
    if constraint is not None and (missing := _missing(rows)):
        return NotRestorable("reference_deleted", REFERENCE_DELETED, missing=missing)
    return error


def _holder(rows: Rows) -> dict[str, object] | None:
    for model, events in rows.items():
        if has_external_id(model):
            holder = holders(model).values("pk")[:1]
            taken = events.annotate(holder=Subquery(holder)).exclude(holder=None)
            if event := taken.values("holder").first():
                return {"object_type": object_type(model), "object_id": event["holder"]}
    return None


def _missing(rows: Rows) -> list[dict[str, object]]:
    """The deleted objects that rows refer to, at most MAX_MISSING."""
    missing = []
    for model, events in rows.items():
        for field in model._meta.concrete_fields:
            target = field.related_model
            if target is None or target in rows:
                continue
            every = rows_of(target, OuterRef("organization_id"))
            existing = every.filter(pk=OuterRef("named"))
            named = events.annotate(named=named_in(field)).exclude(named=None)
            absent = named.exclude(Exists(existing)).order_by().values_list("named")
            missing += [
                {"object_type": object_type(target), "object_id": name}
                for (name,) in absent.distinct()[:MAX_MISSING]
            ]
    return missing[:MAX_MISSING]
