"""What every view of the API shares."""

from contextlib import AbstractContextManager
from typing import Any

from rest_framework import status
from rest_framework.response import Response
from rest_framework.views import APIView

from fluxrate.postgres.acting import acting

from .parameters import refuse_unknown
from .reasons import change_reason


class StrictView(APIView):
    """Refuses query parameters that it does not know."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.known_parameters())

    def perform_authentication(self, request: Any) -> None:
        super().perform_authentication(request)
        # For the line that is logged, outside of what DRF knows.
        request._request.actor = str(request.auth or "")  # noqa: SLF001

    def known_parameters(self) -> set[str]:
        """The names that this action takes in the query."""
        return set()

    def acting(self) -> AbstractContextManager[None]:
        """A transaction whose changes are the caller's, for the reason they give."""
        return acting(self.request.auth, reason=change_reason(self.request))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods the address takes: the Allow header says it."""
        return Response(status=status.HTTP_204_NO_CONTENT)
