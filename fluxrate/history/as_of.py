"""An object at an earlier time, read from its events."""

from datetime import UTC, datetime
from functools import cached_property
from typing import ClassVar
from uuid import UUID

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.conditional import ObjectResponse
from fluxrate.api.parameters import TIME_NEEDED
from fluxrate.api.problems import BadParameter
from fluxrate.api.viewsets import OwnedViewSet, departs_with
from fluxrate.models import Event
from fluxrate.models.event import EventQuerySet
from fluxrate.postgres.triggers import object_type
from fluxrate.times import parse_time

from .serializers import ObjectDiffSerializer, difference, represent_row

AS_OF = OpenApiParameter(
    "as_of", datetime, description="The object at this time, even if it is deleted now."
)
FROM = OpenApiParameter(
    "from", datetime, required=True, description="The first time to compare."
)
TO = OpenApiParameter(
    "to", datetime, description="The other time; the present by default."
)


class HistoryViewSet(OwnedViewSet):
    """Adds `?as_of=` to `GET /{id}`, and `GET /{id}/diff?from=&to=`."""

    extra_parameters: ClassVar = {"retrieve": {"as_of"}, "diff": {"from", "to"}}

    @departs_with("as_of")
    @extend_schema(parameters=[AS_OF])
    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        if "as_of" not in request.query_params:
            return super().retrieve(request, *args, **kwargs)
        if "include" in request.query_params:
            raise BadParameter("as_of", "Cannot be combined with include.")
        event = self._event_at(_time(request, "as_of"))
        if event is None:
            raise Http404
        instance = event.restore(self.queryset.model)
        data = self.get_serializer(instance).data
        return ObjectResponse(data, revision=instance.revision)

    @extend_schema(parameters=[FROM, TO], responses=ObjectDiffSerializer)
    @action(detail=True)
    def diff(self, request: Request, pk: str) -> Response:
        """Compare an object with itself at another time."""
        if "from" not in request.query_params:
            raise BadParameter("from", "A time is needed.", "required")
        times = [_time(request, name) for name in ("from", "to")]
        events = [self._event_at(at) for at in times]
        if not self.events().exists():
            raise Http404
        old, new = (represent_row(event.data) if event else {} for event in events)
        diff = {
            "from": times[0],
            "to": times[1],
            "from_revision": old.get("revision"),
            "to_revision": new.get("revision"),
            "changes": difference(old, new),
        }
        return Response(ObjectDiffSerializer(diff).data)

    def events(self) -> EventQuerySet:
        """The changes of the object that the URL names."""
        rows = Event.objects.owned_by(self.request.auth.organization)
        noun = object_type(self.queryset.model)
        return rows.for_object(self.object_id).filter(object_type=noun)

    @cached_property
    def object_id(self) -> UUID:
        """The id in the URL, also of a deleted object; or the id of the object that
        another unique field names now.
        """
        pk: UUID | None = self.kwargs.get("pk")
        return pk or self.get_object().pk

    def _event_at(self, at: datetime) -> Event | None:
        return self.events().as_of(self.object_id, at=at)


def _time(request: Request, name: str) -> datetime:
    """The time of a query parameter, by default the present."""
    text = request.query_params.get(name)
    if text is None:
        return datetime.now(UTC)
    at = parse_time(text)
    if at is None:
        raise BadParameter(name, TIME_NEEDED)
    return at
