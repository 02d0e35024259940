"""What every view of the API shares."""

from typing import Any

from rest_framework.views import APIView

from .parameters import refuse_unknown


class StrictView(APIView):
    """Refuses query parameters that it does not know."""

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        refuse_unknown(request.query_params, self.known_parameters())

    def known_parameters(self) -> set[str]:
        """The names that this action takes in the query."""
        return set()
