from rest_framework.request import Request

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.api.views import StrictView
from organizations.auth.authentication import ACCESS_COOKIE


class PublicView(StrictView):
    """A view without authentication: an invalid cookie does not matter."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """DRF responds with 403 instead of 401 if this is empty."""
        return f'Cookie name="{ACCESS_COOKIE}"'

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        refuse_cross_site(request)
