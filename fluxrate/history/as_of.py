"""Objects as they were: read from what their changes left."""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.http import Http404
from django.utils.functional import cached_property
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.decorators import action
from rest_framework.response import Response

from fluxrate.api.parameters import TIME_NEEDED
from fluxrate.api.problems import BadParameter
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.history.serializers import ObjectDiffSerializer, difference, face
from fluxrate.models import Event
from fluxrate.postgres.triggers import noun_of
from fluxrate.times import parse_time

AS_OF = OpenApiParameter(
    "as_of", datetime, description="The object as it was then, even if it is gone now."
)
FROM = OpenApiParameter("from", datetime, required=True)
TO = OpenApiParameter("to", datetime, description="Now, where it is not given.")


class HistoryViewSet(OwnedViewSet):
    """Adds `?as_of=` to the reading of one object, and `/{id}/diff?from=&to=`."""

    queryset: Any
    history_parameters: ClassVar = {"retrieve": {"as_of"}, "diff": {"from", "to"}}

    def known_parameters(self) -> set[str]:
        return super().known_parameters() | self.history_parameters.get(
            self.action, set()
        )

    @extend_schema(parameters=[AS_OF])
    def retrieve(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if "as_of" not in request.query_params:
            return super().retrieve(request, *args, **kwargs)
        if "include" in request.query_params:
            raise BadParameter("as_of", "Cannot be combined with include.")
        state = self._state(time_of(request, "as_of"))
        if state is None:
            raise Http404
        return Response(self.get_serializer(state.restore(self.queryset.model)).data)

    @extend_schema(parameters=[FROM, TO], responses=ObjectDiffSerializer)
    @action(detail=True)
    def diff(self, request: Any, pk: str) -> Response:
        """Compare an object with itself at another time."""
        if "from" not in request.query_params:
            raise BadParameter("from", "A time is needed.", "required")
        times = [time_of(request, name) for name in ("from", "to")]
        states = [self._state(at) for at in times]
        if not self.history().exists():
            raise Http404
        old, new = (face(state.data) if state else {} for state in states)
        between = {
            "from": times[0],
            "to": times[1],
            "from_revision": old.get("revision"),
            "to_revision": new.get("revision"),
            "changes": difference(old, new),
        }
        return Response(ObjectDiffSerializer(between).data)

    def history(self) -> Any:
        """The changes of the object that the address names."""
        mine = Event.objects.owned_by(self.request.auth.organization)
        noun = noun_of(self.queryset.model)
        return mine.of(self.object_id).filter(object_type=noun)

    @cached_property
    def object_id(self) -> Any:
        """Whose history it is, even if the object is gone."""
        return self.kwargs["pk"]

    def _state(self, at: datetime) -> Event | None:
        found: Event | None = self.history().state(self.object_id, at=at)
        return found


def time_of(request: Any, name: str) -> datetime:
    """The time that a query parameter says, now where it is not given."""
    given = request.query_params.get(name)
    if given is None:
        return datetime.now(UTC)
    found = parse_time(given)
    if found is None:
        raise BadParameter(name, TIME_NEEDED)
    return found
