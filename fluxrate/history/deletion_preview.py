"""What a deletion would take, and the token that confirms it."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from django.db import connection
from django.db.models import (
    BigIntegerField,
    BooleanField,
    Count,
    F,
    Func,
    QuerySet,
    UniqueConstraint,
    Value,
)

from fluxrate.api.confirmation import LIFETIME, Confirmation
from fluxrate.api.confirmation_errors import ConfirmationRequired, PreviewStale
from fluxrate.models import Event, Recorded, count_by_status
from fluxrate.models.event import EventQuerySet
from fluxrate.models.recorded import DeletionWarning, NounCount, RowCounts, nouns
from fluxrate.models.row_count import counted_models
from fluxrate.postgres.triggers import object_type

from .cascade import ModelClass, cascade, events_of, is_restorable, rows_below
from .deletion_preview_serializers import DeletionPreviewSerializer

NOT_RESTORABLE = "The organization's restore_days are 0: nothing can be restored."


@dataclass(frozen=True, slots=True)
class PendingDeletion:
    """A deletion that a caller previews, or does.

    `organization` is the caller's, with its settings `restore_days` and
    `require_deletion_preview`.
    """

    instance: Recorded
    caller: str
    organization: Any

    def preview(self) -> dict[str, object]:
        """Counts of the rows that would go, and a token; as the API shows them."""
        # Read before the counts: a change in between makes the token stale.
        snapshot = _snapshot()
        now, days = datetime.now(UTC), self.organization.restore_days
        deletes = _count_rows(self.instance)
        preview = {
            "object_type": object_type(type(self.instance)),
            "object_id": self.instance.pk,
            "deletes": deletes,
            "keeps": {"events": self._events().count()},
            "frees": _freed(self.instance),
            "warnings": self._warnings(deletes),
            "restorable_until": now + timedelta(days=days) if days else None,
            "confirm": self._confirmation.sign(snapshot),
            "expires_at": now + LIFETIME,
        }
        return dict(DeletionPreviewSerializer(preview).data)

    def delete(self, token: str | None, *, is_required: bool | None = None) -> Event:
        """Delete the locked row, in the caller's transaction; return the event.

        With a token, nothing that its preview counted may have changed. Rows below are
        locked by the deletion only, so they are compared before and after it. The
        organization decides whether a token is required, unless the caller does.
        """
        snapshot = None if token is None else self._confirmation.read(token)
        if snapshot is not None:
            self._refuse_if_changed(snapshot)
        elif self._is_required if is_required is None else is_required:
            raise ConfirmationRequired(preview=self.preview())
        pk = self.instance.pk
        self.instance.delete()
        if snapshot is not None:
            self._refuse_if_changed(snapshot)
        return cast(Event, self._history().for_object(pk).first())

    @property
    def _is_required(self) -> bool:
        return bool(self.organization.require_deletion_preview)

    @property
    def _confirmation(self) -> Confirmation:
        return Confirmation(
            self.caller, self.organization.pk, "delete", self.instance.pk
        )

    def _events(self) -> QuerySet[Event]:
        events: QuerySet[Event] = self._history().filter(object_id=self.instance.pk)
        return events.order_by()

    def _history(self) -> EventQuerySet:
        events: EventQuerySet = Event.objects.owned_by(self.organization)
        return events

    def _refuse_if_changed(self, snapshot: str) -> None:
        """Raise PreviewStale if another transaction has changed a row since."""
        oldest = int(snapshot.partition(":")[0])
        seen = Func(
            F("transaction"),
            Value(snapshot),
            function="event_is_seen",
            output_field=BooleanField(),
        )
        base = Func(function="event_base", output_field=BigIntegerField())
        own = Func(function="event_position", output_field=BigIntegerField())
        events = self._history().filter(
            events_of(type(self.instance), self.instance.pk),
            transaction__gte=Value(oldest) + base,
        )
        later = events.exclude(transaction=own).alias(seen=seen).filter(seen=False)
        if later.exists():
            raise PreviewStale(preview=self.preview())

    def _warnings(self, deletes: RowCounts) -> list[DeletionWarning]:
        warnings = self.instance.deletion_warnings(deletes)
        if not self.organization.restore_days:
            total = sum(count["total"] for count in deletes.values())
            warnings.append(_warning("not_restorable", NOT_RESTORABLE, total))
        for model in cascade(type(self.instance)):
            count = deletes.get(nouns(model))
            if count and not is_restorable(model):
                message = f"A restoration does not bring back {nouns(model)}."
                warnings.append(_warning("not_restored", message, count["total"]))
        return warnings


def _warning(code: str, message: str, count: int) -> DeletionWarning:
    return {"code": code, "message": message, "count": count}


def _snapshot() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT event_snapshot()")
        return str(cursor.fetchone()[0])


def _count_rows(instance: Recorded) -> RowCounts:
    counts = {
        nouns(model): _count(model, rows, instance)
        for model, rows in rows_below(instance).items()
    }
    return {noun: count for noun, count in counts.items() if count["total"]}


def _count(model: ModelClass, rows: QuerySet, root: Recorded) -> NounCount:
    fields = {field.name: field for field in model._meta.concrete_fields}
    if model is type(root):
        status = getattr(root, "status", None) if "status" in fields else None
        return {"total": 1, "by_status": {str(status): 1} if status else {}}
    if model in counted_models() and fields["organization"].related_model is type(root):
        by_status = count_by_status(model, root.pk)
    elif "status" in fields:
        counted = rows.values("status").annotate(rows=Count("pk"))
        by_status = dict(counted.values_list("status", "rows"))
    else:
        return {"total": rows.count(), "by_status": {}}
    by_status = {status: rows for status, rows in sorted(by_status.items()) if rows}
    return {"total": sum(by_status.values()), "by_status": by_status}


def _freed(instance: Recorded) -> dict[str, object]:
    """The values that are unique in the organization, and free after the deletion."""
    constraints = instance._meta.constraints
    fields = [
        name
        for constraint in constraints
        if isinstance(constraint, UniqueConstraint)
        and constraint.fields[:1] == ("organization",)
        for name in constraint.fields[1:]
        if name != "id"
    ]
    values = {name: getattr(instance, name) for name in fields}
    return {name: value for name, value in values.items() if value is not None}
