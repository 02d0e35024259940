import uuid
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from django.core.exceptions import ValidationError
from django.db import connection, models, transaction
from django.db.models import Func, Index, Q, Value
from django.db.models.functions import Coalesce, Now, NullIf

from fluxrate.context import current
from fluxrate.models.event_ids import Place, place
from fluxrate.postgres.bounded import BoundedTimes
from fluxrate.postgres.numbers import Decoder

from .owned import OwnedQuerySet

# The owner of what happens to no organization: users, groups, logins of staff. No
# organization has it, so no organization's feed shows these events.
INSTALLATION = uuid.UUID(int=0)

# Whoever the transaction, or else the session, says is acting.
ACTOR = Coalesce(
    NullIf(
        Func(
            Value("fluxrate.actor"),
            Value(True),  # noqa: FBT003
            function="current_setting",
        ),
        Value(""),
    ),
    Value("unattributed"),
    output_field=models.TextField(),
)


class EventQuerySet(OwnedQuerySet):
    def settled(self) -> Self:
        """Events before which no other can appear any more, in their order.

        A transaction that still runs may hold events of an earlier place, so those
        from the oldest running transaction on are left out until it has ended.
        """
        horizon = Func(function="event_horizon", output_field=models.BigIntegerField())
        return self.filter(transaction__lt=horizon).order_by("transaction", "id")

    def behind(self, event_id: uuid.UUID) -> Self:
        """Settled events after this one."""
        transaction, row = place(event_id)
        # The first condition says nothing new; the index is entered by it.
        return self.settled().filter(
            Q(transaction__gt=transaction) | Q(id__gt=row),
            transaction__gte=transaction,
        )

    def of(self, object_id: uuid.UUID) -> Self:
        """The changes of one object, the last one first."""
        return self.filter(object_id=object_id, revision__gt=0).order_by("-id")

    def state(self, object_id: uuid.UUID, *, at: datetime) -> "Event | None":
        """What left the object as it was then; None where it was not there."""
        last: Any = self.of(object_id).filter(created_at__lte=at).first()
        return None if last is None or last.is_deletion else last


class Event(BoundedTimes):
    """What happened, written by triggers; nobody changes or deletes it.

    `changes` maps a field to [old, new]; `data` is the row after the change, or the
    last one before a deletion. `transaction` is the writer's place in time.
    """

    id = models.BigAutoField(primary_key=True)
    transaction = models.BigIntegerField(
        db_default=Func(function="event_position"), editable=False
    )
    # No foreign key: the history outlives the organization, and INSTALLATION is none.
    organization_id = models.UUIDField()
    type = models.TextField()
    object_type = models.TextField()
    object_id = models.UUIDField(null=True)
    revision = models.PositiveIntegerField(null=True)
    actor = models.TextField(db_default=ACTOR)
    request_id = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    changes = models.JSONField(default=dict, decoder=Decoder)
    data = models.JSONField(default=dict, decoder=Decoder)
    created_at = models.DateTimeField(db_default=Now(), editable=False)

    objects: ClassVar = EventQuerySet.as_manager()

    class Meta:
        ordering = ["-transaction", "-id"]
        indexes = [
            Index(fields=["organization_id", "transaction", "id"], name="event_feed"),
            Index(fields=["object_id", "id"], name="event_object"),
        ]

    def __str__(self) -> str:
        return f"{self.type} {self.object_id or ''}"

    @property
    def place(self) -> Place:
        return Place(self.transaction, self.pk)

    @property
    def is_deletion(self) -> bool:
        return self.type == f"{self.object_type}.deleted"

    def restore(self, model: Any) -> Any:
        """The object as it was after this event; not to be saved.

        A value that its field cannot hold, such as the time `infinity`, is None; so is
        one that the database would set, where the event does not have it.
        """
        fields = {field.attname: field for field in model._meta.concrete_fields}
        values = {
            name: _value(fields[name], value)
            for name, value in self.data.items()
            if name in fields
        }
        unknown = {name: None for name, each in fields.items() if each.has_db_default()}
        return model(**unknown | values)


def _value(field: Any, value: Any) -> Any:
    try:
        found = field.to_python(value)
        return found.astimezone(UTC) if isinstance(found, datetime) else found
    except (ValidationError, OverflowError):
        return None


def record(
    type: str,  # noqa: A002
    organization: models.Model | None = None,
    *,
    object_type: str = "",
    object_id: Any = None,
    data: dict[str, Any] | None = None,
    reason: str | None = None,
) -> Event:
    """Write an event that is no change of a row: a login, a refusal, an export.

    Actor, request id and reason are those of the context. `object_type` is what stands
    before the dot of the type, where it is not given.
    """
    now = current()
    known = {"actor": now.actor} if now.actor else {}
    return Event.objects.create(
        organization_id=INSTALLATION if organization is None else organization.pk,
        type=type,
        object_type=object_type or type.partition(".")[0],
        object_id=object_id,
        request_id=now.request_id,
        reason=now.reason if reason is None else reason,
        data=data or {},
        **known,
    )


def erase(organization: models.Model | None, object_id: uuid.UUID, *, why: str) -> int:
    """Empty what events say of an object, and of the subscriptions of a customer.

    That something happened, when and by whom stays; an event says that this was done.
    A user or a group belongs to no organization: None. Returns how many events were
    emptied.
    """
    owner = INSTALLATION if organization is None else organization.pk
    return _rewrite(owner, object_id, None, why)


def forget(before: datetime, *, why: str, organization: Any = None) -> int:
    """Remove events before a time, of one organization or all; an event says so."""
    return _rewrite(organization and organization.pk, None, before, why)


def _rewrite(*arguments: Any) -> int:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT rewrite_history(%s::uuid, %s::uuid, %s::timestamptz, %s)", arguments
        )
        return int(cursor.fetchone()[0])
