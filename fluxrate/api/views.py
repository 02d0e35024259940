"""What every view of the API shares."""

from contextlib import AbstractContextManager, ExitStack
from functools import partial
from typing import Any

from rest_framework import status
from rest_framework.permissions import SAFE_METHODS
from rest_framework.response import Response
from rest_framework.views import APIView

from fluxrate.logging import security
from fluxrate.postgres.attribution import acting

from . import throttling
from .change_reason import change_reason
from .conditional import refuse_missing, refuse_unreadable, tagged
from .idempotency import has_key, once
from .parameters import refuse_unknown
from .renderers import MERGE_PATCH, JSONRenderer
from .throttling import per_organization


class StrictView(APIView):
    """Refuses query parameters that it does not know, tags what it answers with its
    revision, and does a POST with an Idempotency-Key once.
    """

    # False where the answer is cookies, which are not kept.
    supports_idempotency = True
    # Members of an answer that are never shown again.
    secret_fields: tuple[str, ...] = ()

    # Whether what is done here is told to `fluxrate.security`: keys, roles, members.
    security_logged = False

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        with ExitStack() as self.held:
            return super().dispatch(request, *args, **kwargs)

    def initial(self, request: Any, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if request.method not in self.allowed_methods:
            return  # 405 follows
        refuse_unknown(request, self.known_parameters(), self.list_parameters)
        self.refuse_guards(request)
        if has_key(request) and self.supports_idempotency and request.auth is not None:
            # DRF looks the handler up after this.
            handler = getattr(self, "post", self.http_method_not_allowed)
            vars(self)["post"] = partial(once, self, handler)

    def refuse_guards(self, request: Any) -> None:
        """No change goes through whose guard cannot be read, or names nothing here."""
        refuse_unreadable(request)
        if request.method not in SAFE_METHODS and not self.names_one():
            refuse_missing(request)

    def names_one(self) -> bool:
        """Whether the address names one object, whose locked row judges the guards."""
        return False

    def finalize_response(
        self, request: Any, response: Any, *args: Any, **kwargs: Any
    ) -> Any:
        answer = super().finalize_response(request, response, *args, **kwargs)
        if self.security_logged and answer.status_code < 400:
            self._tell(request)
        return self.tagged(request, answer)

    def tagged(self, request: Any, response: Any) -> Any:
        """The answer with its tag, or 304."""
        return tagged(request, response)

    def _tell(self, request: Any) -> None:
        verb = getattr(self, "action", None) or request.method.lower()
        if request.method not in SAFE_METHODS:
            scope = getattr(self, "scope", "")
            security(f"{scope}.{verb}", actor=str(request.auth or ""))

    def perform_authentication(self, request: Any) -> None:
        super().perform_authentication(request)
        caller = str(request.auth or "")
        # For the line that is logged, outside of what DRF knows.
        request._request.actor = caller  # noqa: SLF001
        lease = throttling.count(caller) if caller else None
        if lease is not None:
            self.headers |= lease.headers()
            lease.raise_if_exhausted()
        if request.auth is not None:
            self.held.enter_context(
                per_organization.admitted(request.auth.organization.pk)
            )

    def known_parameters(self) -> set[str]:
        """The names that this action takes in the query."""
        return set()

    def list_parameters(self) -> set[str]:
        """Those that take a list: they may be repeated."""
        return set()

    def acting(self) -> AbstractContextManager[None]:
        """A transaction whose changes are the caller's, for the reason they give."""
        return acting(self.request.auth, reason=change_reason(self.request))

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        """Which methods the address takes: the Allow header says it."""
        headers = {}
        if "PATCH" in self.allowed_methods:
            headers["Accept-Patch"] = f"{JSONRenderer.media_type}, {MERGE_PATCH}"
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)
