"""Views that are open to strangers."""

from typing import Any

from fluxrate.api.cross_site import refuse_cross_site
from fluxrate.api.views import StrictView
from organizations.auth.authentication import ACCESS_COOKIE


class PublicView(StrictView):
    """Open to strangers; a stale cookie does not matter here."""

    authentication_classes = ()
    permission_classes = ()

    def get_authenticate_header(self, request: Any) -> str:
        """Without one, wrong credentials would be answered 403."""
        return f'Cookie name="{ACCESS_COOKIE}"'

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_cross_site(request)
