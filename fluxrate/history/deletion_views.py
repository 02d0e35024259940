"""Deletions and restorations over HTTP."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, cast

from django.db import transaction
from django.shortcuts import get_object_or_404
from drf_spectacular.utils import extend_schema, extend_schema_view
from rest_framework.decorators import action
from rest_framework.request import Request as DRFRequest
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from fluxrate.api.filters import FilterBackend
from fluxrate.api.requests import Caller, Request
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.models import DeletionEvent, Event, Recorded
from fluxrate.models.event import EventQuerySet
from fluxrate.models.event_ids import EventPosition
from fluxrate.postgres.triggers import object_type

from .cascade import ModelClass
from .deletion import Deletion, deletion_events
from .deletion_paginator import DeletionPaginator
from .deletion_permissions import MaySeeDeletions, access
from .deletion_serializers import DeletionSerializer
from .filters import DeletionFilter
from .restoration_serializers import RestorationSerializer, RestoreSerializer


@dataclass(frozen=True, slots=True)
class RestorableNoun:
    """What the API shows of a model's deletions, and to which scope."""

    scope: str
    serializer: type[BaseSerializer]


@extend_schema_view(
    list=extend_schema(summary="List deletions"),
    retrieve=extend_schema(summary="Read a deletion"),
)
class DeletionViewSet(OwnedViewSet):
    """`/deletions`; a subclass names the `nouns` that it restores."""

    scope = "customers"
    permission_classes = (MaySeeDeletions,)
    queryset = Event.objects.all()
    serializer_class = DeletionSerializer
    filter_backends = (FilterBackend,)
    pagination_class = DeletionPaginator
    filterset_class = DeletionFilter
    has_entity_tag = False
    noun = "deletion"
    conflicts: ClassVar = {
        "restore": ["not_restorable", "external_id_taken", "lookup_id_taken"]
    }
    nouns: ClassVar[Mapping[ModelClass, RestorableNoun]] = {}

    def known_parameters(self) -> set[str]:
        return super().known_parameters() - {"ordering"}

    def permitted_nouns(self, request: DRFRequest) -> list[ModelClass]:
        return [
            model
            for model, noun in self.nouns.items()
            if cast(Caller, request.auth).may(f"{noun.scope}.{access(request)}")
        ]

    def get_queryset(self) -> EventQuerySet:
        events = deletion_events(self.permitted_nouns(self.request))
        return events.owned_by(self.request.auth.organization)

    def get_object(self) -> Deletion:
        """The deletion whose id is in the URL."""
        position = EventPosition.from_id(self.kwargs["pk"])
        event = self.get_queryset().filter(
            pk=position.row, transaction=position.transaction
        )
        return self._deletion(get_object_or_404(event))

    def _deletion(self, event: DeletionEvent) -> Deletion:
        models = {object_type(model): model for model in self.nouns}
        days = self.request.auth.organization.restore_days
        return Deletion(event, models[event.object_type], days)  # type: ignore[arg-type]

    def paginate_queryset(self, queryset: Any) -> Any:
        return [self._deletion(event) for event in super().paginate_queryset(queryset)]

    def get_serializer(self, *args: object, **kwargs: object) -> Any:
        """Lists lack the counts, which cost a statement for each deletion."""
        serializer = super().get_serializer(*args, **kwargs)
        if hasattr(serializer, "child"):
            serializer.child.fields.pop("deletes")
        return serializer

    @extend_schema(request=RestoreSerializer, responses=RestorationSerializer)
    @action(detail=True, methods=["post"], filterset_class=None, pagination_class=None)
    def restore(self, request: Request, pk: uuid.UUID) -> Response:
        """Undo a deletion

        The object and all that went with it come back with the same ids, `created_at`
        and values; their revisions go on. With `dry_run`, the response is the same, and
        nothing changes.
        """
        body = RestoreSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        options = dict(body.validated_data)
        dry_run = options.pop("dry_run")
        with self.transaction(), transaction.atomic():
            deletion = self.get_object()
            result = deletion.restore(**options)
            data = {
                "dry_run": dry_run,
                "object_type": deletion.event.object_type,
                "restored": result.restored,
                "periods": result.periods,
                "object": self._representation(result.instance),
            }
            transaction.set_rollback(dry_run)
        return Response(RestorationSerializer(data).data)

    def _representation(self, instance: Recorded) -> Mapping[str, object]:
        serializer = self.nouns[type(instance)].serializer
        data: Mapping[str, object] = serializer(
            instance, context=self.get_serializer_context()
        ).data
        return data
