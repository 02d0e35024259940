from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.response import Response

from customers.clock import move_clock
from customers.serializers import ClockSerializer
from fluxrate.api.views import StrictView
from organizations.serializers import OrganizationSerializer


class ClockView(StrictView):
    scope = "subscriptions"
    further_problems = (409,)

    @extend_schema(request=ClockSerializer, responses=OrganizationSerializer)
    def post(self, request: Any) -> Response:
        """Move a test organization's clock forward

        Everything that is due to its subscriptions up to then happens before the
        answer: at most 20,000 things, and 1,000 to one subscription, else nothing
        changes (409 `clock_too_far`).
        """
        serializer = ClockSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.acting():
            moved = move_clock(request.auth.organization, **serializer.validated_data)
            moved.refresh_from_db()
        return Response(OrganizationSerializer(moved).data)
