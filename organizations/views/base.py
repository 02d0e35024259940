"""Views that are open to strangers."""

from rest_framework.request import Request

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.api.views import StrictView
from organizations.auth.authentication import ACCESS_COOKIE


class PublicView(StrictView):
    """Open to strangers; a stale cookie does not matter here."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Request) -> str:
        """Without one, wrong credentials would be answered 403."""
        return f'Cookie name="{ACCESS_COOKIE}"'

    def check_permissions(self, request: Request) -> None:
        super().check_permissions(request)
        refuse_cross_site(request)
