"""Deletions, as events record them, and the way back."""

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import cast

from django.db import IntegrityError, connection, models, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.db.models.fields.json import KeyTextTransform

from fluxrate.models import DeletionEvent, Event, Owned, OwnedQuerySet, Recorded
from fluxrate.models.event import EventQuerySet
from fluxrate.models.recorded import NounCount, RowCounts, nouns
from fluxrate.postgres.triggers import object_type

from .cascade import (
    AnyField,
    ModelClass,
    events_below,
    is_restorable,
    named_in,
    owners,
    rows_of,
)
from .deletion_errors import (
    EXTERNAL_ID,
    DeletionState,
    has_external_id,
    holders,
    not_restorable,
    refusal,
)
from .restore import restore_rows


def deletion_events(models: Collection[ModelClass]) -> EventQuerySet:
    """The events of deletions of these models' rows, newest first, each with the time
    of its restoration. A row that went with another one is part of that deletion.
    """
    types = [f"{object_type(model)}.deleted" for model in models]
    # The first condition is redundant; the index needs it.
    events: EventQuerySet = DeletionEvent.objects.filter(
        type__endswith=".deleted", type__in=types
    )
    for model in models:
        for field, target in owners(model):
            if issubclass(target, Recorded):
                events = events.exclude(
                    Exists(_owner_deletions(field, target)),
                    type=f"{object_type(model)}.deleted",
                )
    restorations = Event.objects.filter(
        organization_id=OuterRef("organization_id"),
        object_id=OuterRef("object_id"),
        id__gt=OuterRef("id"),
        revision=OuterRef("revision") + 1,
    )
    return events.annotate(
        restored_at=Subquery(restorations.values("created_at")[:1])
    ).order_by("-transaction", "-id")


def _owner_deletions(field: AnyField, target: ModelClass) -> EventQuerySet:
    """The deletion, in the same transaction, of the object that the row names.

    After an erasure, a row names nothing, and any erased deletion counts.
    """
    erased = Q(data={}) & Q(data=OuterRef("data"))
    events: EventQuerySet = Event.objects.filter(
        Q(object_id=named_in(field, OuterRef("data"))) | erased,
        transaction=OuterRef("transaction"),
        organization_id=OuterRef("organization_id"),
        type=f"{object_type(target)}.deleted",
    )
    return events


@dataclass(frozen=True, slots=True)
class ExternalId:
    """The external_id of the restored customer: the old one, none, or `other`."""

    drop: bool = False
    other: str | None = None


KEEP = ExternalId()


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a restoration brought back, and how many changes had become due."""

    instance: Recorded
    restored: RowCounts
    periods: int


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion of one object and all that went with it.

    `event` is one of `deletion_events`, `model` the object's.
    """

    event: DeletionEvent
    model: type[Recorded]
    restore_days: int

    @property
    def id(self) -> uuid.UUID:
        return self.event.position.id()

    @property
    def restorable_until(self) -> datetime:
        days = timedelta(days=self.restore_days)
        return self.event.created_at + days

    @property
    def state(self) -> DeletionState:
        if self.event.restored_at is not None:
            return DeletionState.RESTORED
        if not self.event.data:
            return DeletionState.ERASED
        if self.restorable_until <= datetime.now(UTC):
            return DeletionState.EXPIRED
        return DeletionState.RESTORABLE

    def counts(self) -> RowCounts:
        """The deleted rows by noun and status."""
        return {
            nouns(model): count_events(events)
            for model, events in events_below(self.event, self.model).items()
            if events.exists()
        }

    def restore(
        self, *, external_id: ExternalId = KEEP, catch_up: bool = True
    ) -> Restoration:
        """Bring the rows back, in the caller's transaction.

        Of two restorations at once, the second is refused: the lock is the object's.
        NotRestorable or ExternalIdTaken say why nothing came back; beyond that, a
        restored row obeys the present rules, as any other row.
        """
        self._lock()
        owner = self.event.organization_id
        current = deletion_events([self.model]).get(
            pk=self.event.pk, organization_id=owner
        )
        deletion = Deletion(current, self.model, self.restore_days)
        if (state := deletion.state) is not DeletionState.RESTORABLE:
            raise not_restorable(state)
        rows = deletion._rows()
        restored = {nouns(model): count_events(rows[model]) for model in rows}
        try:
            with transaction.atomic():
                for model, events in rows.items():
                    _restore(model, events, external_id, is_root=model is self.model)
                periods = self._continue(rows, catch_up=catch_up)
        except IntegrityError as error:
            raise refusal(error, rows) from error
        instance = rows_of(self.model, owner).get(pk=self.event.object_id)
        counts = {noun: count for noun, count in restored.items() if count["total"]}
        return Restoration(instance, counts, periods)

    def _lock(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))",
                [f"restore {self.event.object_id}"],
            )

    def _rows(self) -> dict[type[Recorded], EventQuerySet]:
        below = events_below(self.event, self.model)
        return {
            cast(type[Recorded], model): events.exclude(data={})
            for model, events in below.items()
            if is_restorable(model)
        }

    def _continue(
        self, rows: Mapping[type[Recorded], EventQuerySet], *, catch_up: bool
    ) -> int:
        periods = 0
        for model, events in rows.items():
            manager = cast("models.Manager[Recorded]", model._meta.default_manager)
            restored = manager.filter(pk__in=events.order_by().values("object_id"))
            if issubclass(model, Owned) and isinstance(restored, OwnedQuerySet):
                restored = restored.filter(organization_id=self.event.organization_id)
                periods += restored.continue_restored(
                    deleted_at=self.event.created_at, catch_up=catch_up
                )
        return periods


def count_events(events: EventQuerySet) -> NounCount:
    """The events by the status of their rows."""
    status = KeyTextTransform("status", "data")
    rows = events.order_by().values(row_status=status).annotate(rows=Count("pk"))
    by_status = dict(rows.values_list("row_status", "rows"))
    total = sum(by_status.values())
    by_status.pop(None, None)
    return {"total": total, "by_status": dict(sorted(by_status.items()))}


def _restore(
    model: type[Recorded],
    events: EventQuerySet,
    external_id: ExternalId,
    *,
    is_root: bool,
) -> None:
    """Restore a model's rows. With `drop`, a row below the root loses its external_id
    only if it is taken.
    """
    if is_root and external_id != KEEP:
        restore_rows(model, events, values={EXTERNAL_ID: external_id.other})
        return
    if external_id.drop and has_external_id(model):
        taken = Exists(holders(model))
        restore_rows(model, events.filter(taken), values={EXTERNAL_ID: None})
        every = rows_of(model, OuterRef("organization_id"))
        events = events.exclude(Exists(every.filter(pk=OuterRef("object_id"))))
    restore_rows(model, events)
