"""Batches over HTTP."""

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import BasePermission
from rest_framework.response import Response

from fluxrate.api.filters import FilterBackend
from fluxrate.api.pagination import PageNumberPaginator
from fluxrate.api.permissions import HasScope
from fluxrate.api.requests import Request
from fluxrate.api.views import change_reason
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.models import Batch

from .batch_permissions import MayRevert
from .batch_serializers import BatchSerializer
from .filters import BatchFilter
from .revert import revert
from .revert_serializers import RevertBatchSerializer, RevertOutcomeSerializer

MAX_REMAINING = 1_000


class BatchPaginator(PageNumberPaginator):
    """By page: a batch's id is no position."""

    parameters = ("page", "page_size")

    def get_schema_operation_parameters(self, view: object) -> list[dict[str, Any]]:
        return super().get_schema_operation_parameters(view)[:2]


class BatchViewSet(OwnedViewSet):
    """`/batches`"""

    tag_description = "Changes that were made together, and can be reverted together."
    scope = "events"
    queryset = Batch.objects.all()
    serializer_class = BatchSerializer
    filterset_class = BatchFilter
    filter_backends = (FilterBackend,)
    pagination_class = BatchPaginator
    lookup_field, lookup_url_kwarg = "object_id", "pk"
    has_entity_tag = False
    conflicts: ClassVar = {"revert": ["not_revertible"]}

    def get_permissions(self) -> list[BasePermission]:
        return [MayRevert() if self.action == "revert" else HasScope()]

    def names_object(self) -> bool:
        """False: a batch has no revision that If-Match could name."""
        return False

    def known_parameters(self) -> set[str]:
        return super().known_parameters() - {"ordering"}

    @extend_schema(request=RevertBatchSerializer, responses=RevertOutcomeSerializer)
    def revert(self, request: Request, pk: str) -> Response:
        """Revert a batch

        Its new objects are deleted, its deleted objects restored, and its changed
        fields put back, for seven days. Changes since then stay, and are listed. The
        revert is a batch, too.
        """
        serializer = RevertBatchSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        outcome = revert(
            self.get_object(),
            request.auth.organization,
            actor=request.auth,
            reason=change_reason(request),
            **serializer.validated_data,
        )
        data = {
            "dry_run": serializer.validated_data["dry_run"],
            "batch_id": outcome.batch_id,
            "counts": outcome.counts,
            "remaining_count": len(outcome.left),
            "remaining": outcome.left[:MAX_REMAINING],
        }
        return Response(RevertOutcomeSerializer(data).data)
