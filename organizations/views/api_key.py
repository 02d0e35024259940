from typing import Any, ClassVar

from django.urls import reverse
from django.utils.timezone import now
from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from fluxrate.api.conditional import ObjectResponse
from fluxrate.api.viewsets import OwnedViewSet
from organizations.filters import ApiKeyFilter
from organizations.models import ApiKey
from organizations.serializers.api_key import (
    ApiKeySerializer,
    IssuedApiKeySerializer,
    RotateApiKeySerializer,
)


class ApiKeyViewSet(OwnedViewSet):
    """Create, rotate and revoke API keys. Nothing else about them changes."""

    tag_description = "Keys with which programs call the API."
    scope = "keys"
    security_logged = True
    queryset = ApiKey.objects.all()
    serializer_class = ApiKeySerializer
    filterset_class = ApiKeyFilter
    ordering_fields = ["name", "last_used_at", "expires_at", "created_at"]
    secret_fields = ("key",)
    conflicts: ClassVar = {
        "create": ["too_many_api_keys"],
        "rotate": [
            *("api_key_not_active", "api_key_already_rotated", "too_many_api_keys")
        ],
    }
    http_method_names = ["get", "post", "delete", "head", "options"]

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "at": now()}

    @extend_schema(responses={201: IssuedApiKeySerializer})
    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Create an API key

        Only this response contains the key.
        """
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            key = ApiKey.issue(
                organization=self.request.auth.organization, **serializer.validated_data
            )
        return self._issued(key)

    @extend_schema(
        request=RotateApiKeySerializer, responses={201: IssuedApiKeySerializer}
    )
    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, pk: str) -> Response:
        """Replace an API key

        The old key stays valid for the overlap, a day by default.
        """
        serializer = RotateApiKeySerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            key = self.get_locked_object().rotate(at=now(), **serializer.validated_data)
        return self._issued(key)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        """Revoke an API key

        The next request with the key is answered 401.
        """
        with self.transaction():
            self.get_locked_object().revoke(at=now())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def _issued(self, key: ApiKey) -> Response:
        key.refresh_from_db()
        serializer = IssuedApiKeySerializer(key, context=self.get_serializer_context())
        return ObjectResponse(
            serializer.data,
            revision=key.revision,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("apikey-detail", args=[key.pk])},
        )
