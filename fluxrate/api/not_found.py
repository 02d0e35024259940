"""The view of the URLs under /api that no other route matches."""

from django.http import Http404
from drf_spectacular.utils import extend_schema

from .requests import Request
from .views import StrictView


@extend_schema(exclude=True)
class NotFoundView(StrictView):
    authentication_classes = ()
    permission_classes = ()
    has_secrets = False

    def negotiate(self, request: Request) -> None:
        """The first step: 404 whatever the method and the Accept header are."""
        raise Http404
