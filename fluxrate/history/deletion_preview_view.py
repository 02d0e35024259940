"""Previews of deletions over HTTP, and the deletions that they confirm."""

import uuid

from django.shortcuts import get_object_or_404
from django.urls import reverse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.response import Response

from fluxrate.api.requests import Request
from fluxrate.api.serializers import StrictSerializer
from fluxrate.api.views import StrictView
from fluxrate.models import OwnedQuerySet, Recorded

from .deletion_preview import PendingDeletion
from .deletion_preview_serializers import DeletionPreviewSerializer

CONFIRM = OpenApiParameter(
    "confirm", str, description="The token of a preview of this deletion."
)
CONFIRMED = extend_schema(parameters=[CONFIRM])


def delete_confirmed(request: Request, instance: Recorded) -> dict[str, str]:
    """Delete the locked row; the headers that name the deletion.

    With `?confirm=`, only what the preview with that token has counted.
    """
    organization = request.auth.organization
    pending = PendingDeletion(instance, str(request.auth), organization)
    event = pending.delete(request.query_params.get("confirm"))
    number = event.position.id()
    url = reverse("deletion", args=[number])
    return {"Deletion-Id": str(number), "Link": f'<{url}>; rel="deletion"'}


class DeletionPreviewView(StrictView):
    """`POST /<nouns>/{id}/deletion-preview`; the URL brings `queryset` and `scope`."""

    queryset: OwnedQuerySet = None  # type: ignore[assignment]
    scope = ""
    supports_idempotency = False
    secret_fields = ("confirm",)
    takes_reason = False

    @extend_schema(request=None, responses=DeletionPreviewSerializer)
    def post(self, request: Request, pk: uuid.UUID) -> Response:
        """Preview a deletion

        The response counts what would go, and has a token that is valid for 10
        minutes. `DELETE …?confirm=<token>` then deletes exactly that: if anything has
        changed meanwhile, 409 `preview_stale` has the new preview.
        """
        StrictSerializer(data=request.data).is_valid(raise_exception=True)
        organization = request.auth.organization
        instance = get_object_or_404(self.queryset.owned_by(organization), pk=pk)
        pending = PendingDeletion(instance, str(request.auth), organization)
        return Response(pending.preview())
