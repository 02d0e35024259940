"""The view of the URLs under /api that no other route matches."""

from django.http import Http404
from drf_spectacular.utils import extend_schema

from .requests import Request
from .views import Handler, StrictView


@extend_schema(exclude=True)
class NotFoundView(StrictView):
    authentication_classes = ()
    permission_classes = ()

    def get_handler(self, request: Request) -> Handler:
        raise Http404
