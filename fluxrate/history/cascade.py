"""The rows that a deletion deletes: of one row, and of all that depends on it."""

from collections.abc import Iterator
from functools import cache, reduce
from graphlib import TopologicalSorter
from operator import or_
from typing import Any, TypeAlias

from django.db.models import (
    CASCADE,
    Exists,
    Field,
    Model,
    OuterRef,
    Q,
    QuerySet,
    UUIDField,
)
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast

from fluxrate.models import Event, Owned, Recorded
from fluxrate.models.event import EventQuerySet
from fluxrate.postgres.triggers import Record, object_type

ModelClass: TypeAlias = type[Model]
AnyField: TypeAlias = "Field[Any, Any]"


@cache
def cascade(root: ModelClass) -> tuple[ModelClass, ...]:
    """The model and every model whose rows go with its row, parents first."""
    models = set(_reached(root, set()))
    graph = {
        model: {target for _, target in _references(model) if target in models}
        - {model}
        for model in models
    }
    return tuple(TopologicalSorter(graph).static_order())


def _reached(model: ModelClass, seen: set[ModelClass]) -> set[ModelClass]:
    seen.add(model)
    for relation in model._meta.get_fields(include_hidden=True):
        child: Any = relation.related_model
        if getattr(relation, "on_delete", None) is CASCADE and child not in seen:
            _reached(child, seen)
    return seen


def _references(model: ModelClass) -> Iterator[tuple[AnyField, ModelClass]]:
    for field in model._meta.concrete_fields:
        if field.related_model is not None:
            yield field, field.related_model


def owners(model: ModelClass) -> Iterator[tuple[AnyField, ModelClass]]:
    """The references whose object takes the model's rows with it."""
    for field, target in _references(model):
        if getattr(field.remote_field, "on_delete", None) is CASCADE:
            yield field, target


def rows_of(model: ModelClass, organization_id: object) -> QuerySet:
    """All rows of the organization, without a manager's filter, order or deferred
    columns. Rows without an owner, such as users, are of every organization.
    """
    rows: QuerySet = QuerySet(model)
    if issubclass(model, Owned):
        rows = rows.filter(organization_id=organization_id)
    return rows.order_by()


def is_restorable(model: ModelClass) -> bool:
    """Whether events hold all that a row needs. Secrets are not in events."""
    if not _is_recorded(model):
        return False
    hidden = {
        name
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, Record)
        for name in trigger.hidden
    }
    fields = [field for field in model._meta.concrete_fields if field.column in hidden]
    return all(field.null or field.has_default() for field in fields)


def rows_below(root: Model) -> dict[ModelClass, QuerySet]:
    """The rows that a deletion of `root` deletes, by model, parents first."""
    rows: dict[ModelClass, QuerySet] = {}
    for model in cascade(type(root)):
        every = rows_of(
            model, root.organization_id if isinstance(root, Owned) else root.pk
        )
        if model is type(root):
            rows[model] = every.filter(pk=root.pk)
        elif fields := _references_to(type(root), model):
            own = [Q((field.attname, root.pk)) for field in fields]
            rows[model] = every.filter(reduce(or_, own))
        else:
            inner = [
                Q((f"{field.name}__in", rows[target].values("pk")))
                for field, target in owners(model)
                if target in rows
            ]
            rows[model] = every.filter(reduce(or_, inner))
    return rows


def events_of(root: ModelClass, pk: object) -> Q:
    """The events of an object and of the rows below it, which name it themselves."""
    condition = Q(object_id=pk)
    for model in cascade(root):
        for field in _references_to(root, model):
            condition |= Q((f"data__{field.column}", str(pk)))
    return condition


def events_below(deletion: Event, root: ModelClass) -> dict[ModelClass, EventQuerySet]:
    """The events of the rows that went with a deletion, by recorded model."""
    same = _between(deletion)
    events: dict[ModelClass, EventQuerySet] = {}
    for model in cascade(root):
        if model is root:
            events[model] = same.filter(pk=deletion.pk)
        elif fields := _references_to(root, model) if _is_recorded(model) else ():
            named = [Q((f"data__{f.column}", str(deletion.object_id))) for f in fields]
            rows = same.filter(reduce(or_, named), type=f"{object_type(model)}.deleted")
            events[model] = _with_other_owners(rows, model, root)
    return events


def _between(deletion: Event) -> EventQuerySet:
    """The events of the deletion's transaction, from the object's last restoration to
    its next: the transaction may delete the object, restore it and delete it again.
    """
    same: EventQuerySet = Event.objects.filter(
        organization_id=deletion.organization_id, transaction=deletion.transaction
    )
    own = same.filter(
        object_id=deletion.object_id, type=f"{deletion.object_type}.restored"
    ).values_list("pk", flat=True)
    before = max((pk for pk in own if pk < deletion.pk), default=0)
    after = min((pk for pk in own if pk > deletion.pk), default=None)
    same = same.filter(pk__gt=before)
    return same if after is None else same.filter(pk__lt=after)


def _references_to(root: ModelClass, model: ModelClass) -> list[AnyField]:
    return [field for field, target in owners(model) if target is root]


def _is_recorded(model: ModelClass) -> bool:
    return issubclass(model, Recorded)


def named_in(field: AnyField, data: str | OuterRef = "data") -> Cast:
    """The id in the field's column of an event's row."""
    return Cast(KeyTextTransform(str(field.column), data), UUIDField())


def _with_other_owners(
    events: EventQuerySet, model: ModelClass, root: ModelClass
) -> EventQuerySet:
    """Without the rows that also belong to an object that is gone by now."""
    for field, target in owners(model):
        if target not in cascade(root) and field.name != "organization":
            every = rows_of(target, OuterRef("organization_id"))
            existing = every.filter(pk=named_in(field, OuterRef("data")))
            events = events.filter(Exists(existing))
    return events
