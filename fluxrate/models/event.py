import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, ClassVar, Self, TypeVar, cast

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Func, Index, Q, Value
from django.db.models.functions import Cast, Coalesce, Now, NullIf

from fluxrate.context import current
from fluxrate.models.event_ids import EventPosition
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.constraints import PrimaryKey
from fluxrate.postgres.numbers import Decoder

from .querysets import OwnedQuerySet

# The organization_id of events about users, groups and staff logins. No organization
# has this id, so no organization's feed shows these events.
INSTALLATION = uuid.UUID(int=0)

M = TypeVar("M", bound=models.Model)
# An event has a field `type`.
ModelClass = type[M]


def _setting(name: str) -> NullIf:
    """A setting of the transaction, or else of the session; null without one."""
    missing_ok = Value(True)  # noqa: FBT003
    return NullIf(Func(Value(name), missing_ok, function="current_setting"), Value(""))


ACTOR = Coalesce(
    _setting("fluxrate.actor"), Value("unattributed"), output_field=models.TextField()
)
BATCH = Cast(_setting("fluxrate.batch"), models.UUIDField())


class EventQuerySet(OwnedQuerySet):
    def committed(self) -> Self:
        """Events in their order, up to the first position that may still be filled.

        A running transaction may insert events at an earlier position. Events from the
        oldest running transaction on are therefore left out until it ends.
        """
        horizon = Func(function="event_horizon", output_field=models.BigIntegerField())
        return self.filter(transaction__lt=horizon).order_by("transaction", "id")

    def after(self, event_id: uuid.UUID) -> Self:
        """Committed events after this one."""
        transaction, row = EventPosition.from_id(event_id)
        # The first condition is redundant; the index needs it.
        return self.committed().filter(
            Q(transaction__gt=transaction) | Q(id__gt=row),
            transaction__gte=transaction,
        )

    def for_object(self, object_id: uuid.UUID) -> Self:
        """The changes of one object, newest first."""
        return self.filter(object_id=object_id, revision__gt=0).order_by("-id")

    def by_staff(self) -> Self:
        """The changes in the admin, newest first."""
        changes = self.filter(actor__startswith="staff:", revision__isnull=False)
        return changes.order_by("-id")

    def as_of(self, object_id: uuid.UUID, *, at: datetime) -> "Event | None":
        """The event with the object's state at a time; None if there was no object."""
        events = self.for_object(object_id).filter(created_at__lte=at)
        last = cast(Event | None, events.first())
        return None if last is None or last.is_deletion else last


class Event(BoundedTimes):
    """The record of one change: triggers write it, and nobody changes or deletes it.

    `changes` maps a field to [old, new]; `data` is the row after the change, or before
    a deletion. `transaction` orders events by their transactions.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField(
        db_default=Func(function="event_position"), editable=False
    )
    # No foreign key: events outlive their organization, and INSTALLATION has no row.
    organization_id = models.UUIDField()
    type = models.TextField()
    object_type = models.TextField()
    object_id = models.UUIDField(null=True)
    revision = models.PositiveIntegerField(null=True)
    actor = models.TextField(db_default=ACTOR)
    request_id = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    # The column's default reads it, so that no trigger has to name it.
    batch_id = models.UUIDField(null=True, db_default=BATCH, editable=False)
    changes = models.JSONField(default=dict, decoder=Decoder)
    data = models.JSONField(default=dict, decoder=Decoder)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-transaction", "-id"]
        constraints = [
            PrimaryKey(
                fields=["organization_id", "transaction", "id"],
                name="event_feed",
                violation_error_code="conflict",
                violation_error_message="An event with this id exists already.",
            )
        ]
        indexes = [
            Index(fields=["id"], name="event_id"),
            Index(fields=["object_id", "id"], name="event_object"),
            Index(
                fields=["organization_id", "transaction", "id"],
                condition=Q(type__endswith=".deleted"),
                name="event_deletions",
            ),
            Index(
                fields=["batch_id", "id"],
                condition=Q(batch_id__isnull=False),
                name="event_batch",
            ),
            Index(
                fields=["organization_id", "transaction", "id"],
                condition=Q(type="batch.created"),
                name="event_batches",
            ),
            # Without logins, which change no row.
            Index(
                fields=["-id"],
                condition=Q(actor__startswith="staff:", revision__isnull=False),
                name="event_by_staff",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id or ''}"

    @property
    def position(self) -> EventPosition:
        return EventPosition(self.transaction, self.pk)

    @property
    def is_deletion(self) -> bool:
        return self.type == f"{self.object_type}.deleted"

    def restore(self, model: ModelClass[M]) -> M:
        """The object as it was after this event; it must not be saved.

        A value that its field cannot hold, such as the time `infinity`, is None; so is
        a value with a database default that the event lacks.
        """
        fields = {field.attname: field for field in model._meta.concrete_fields}
        values = {
            name: _value(fields[name], value)
            for name, value in self.data.items()
            if name in fields
        }
        defaults = {
            name: None for name, field in fields.items() if field.has_db_default()
        }
        return model(**defaults | values)


class DeletionEvent(Event):
    """An event of a deletion, with what a query of deletions adds to it."""

    restored_at: datetime | None
    restore_days: int | None

    class Meta:
        proxy = True
        verbose_name = "deletion"


def _value(field: "models.Field[Any, Any]", value: object) -> object:
    try:
        parsed = field.to_python(value)
        return parsed.astimezone(UTC) if isinstance(parsed, datetime) else parsed
    except (ValidationError, OverflowError):
        return None


def write_event(
    type: str,  # noqa: A002
    organization: models.Model | uuid.UUID | None = None,
    *,
    object_type: str = "",
    object_id: uuid.UUID | str | None = None,
    data: Mapping[str, object] | None = None,
    reason: str | None = None,
) -> Event:
    """Write an event that is not a change of a row, such as a login.

    Actor, request id and reason come from the context. The default `object_type` is the
    part of the type before the dot.
    """
    now = current()
    actor = {"actor": now.actor} if now.actor else {}
    owner = cast(uuid.UUID | None, getattr(organization, "pk", organization))
    return Event.objects.create(
        organization_id=owner or INSTALLATION,
        type=type,
        object_type=object_type or type.partition(".")[0],
        object_id=object_id,
        request_id=now.request_id,
        reason=now.reason if reason is None else reason,
        data=data or {},
        **actor,
    )


def erase_object(
    organization: models.Model | None, object_id: uuid.UUID, *, why: str
) -> int:
    """Empty the events of an object and of the rows that its deletion deletes.

    Their type, time and actor stay, and an event records the erasure. The organization
    is None for a user or a group. Returns the number of emptied events.
    """
    owner = INSTALLATION if organization is None else organization.pk
    return _rewrite(owner, object_id, None, why)


def prune_events(
    before: datetime, *, why: str, organization: models.Model | None = None
) -> int:
    """Remove the events before a time, of one organization or all; an event records it.

    Returns the number of removed events.
    """
    owner = None if organization is None else organization.pk
    return _rewrite(owner, None, before, why)


def _rewrite(
    organization_id: uuid.UUID | None,
    object_id: uuid.UUID | None,
    before: datetime | None,
    why: str,
) -> int:
    arguments = [organization_id, object_id, before, why]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rewrite_history(%s::uuid, %s::uuid, %s::timestamptz, %s)", arguments
        )
        return int(cursor.fetchone()[0])
