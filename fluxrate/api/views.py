"""The steps of every request to the API."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, ExitStack
from typing import Any, ClassVar, cast
from urllib.parse import unquote_to_bytes

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from rest_framework import status
from rest_framework.exceptions import APIException, MethodNotAllowed
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request as DRFRequest
from rest_framework.response import Response
from rest_framework.views import APIView

from fluxrate.logging import security
from fluxrate.postgres.attribution import atomic_as
from fluxrate.text import REASON_MAX_LENGTH, reason_text

from . import throttling
from .conditional import apply_if_none_match, refuse_if_match, refuse_malformed
from .deprecation import Deprecation
from .idempotency import replay_or_run
from .parameters import refuse_unknown
from .renderers import MERGE_PATCH, JSONRenderer
from .requests import Caller, Request

Handler = Callable[..., Response]
# The WSGI variable of a request that failed before Django received it.
FAILURE = "fluxrate.failure"


class StrictView(APIView):
    """A view that refuses unknown parameters, bodies and preconditions."""

    request: Request
    # DRF reads it; URLs have no format suffix.
    format_kwarg = None

    # False for responses that set cookies: these are never stored.
    supports_idempotency = True
    # Whether X-Change-Reason explains what the view changes.
    takes_reason = True
    # Members of a response that are shown once; a replay shows null.
    secret_fields: tuple[str, ...] = ()
    # Whether changes are logged to `fluxrate.security`.
    security_logged = False
    # The codes of its 409 responses, by action or method, for the API description.
    conflicts: ClassVar[Mapping[str, Collection[str]]] = {}
    # The codes of its 422 responses that its method and parameters do not imply.
    unprocessable: ClassVar[Mapping[str, Collection[str]]] = {}
    # The deprecated operations, by action or method: `{"list": Deprecation(…)}`.
    deprecations: ClassVar[Mapping[str, Deprecation]] = {}

    def dispatch(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> HttpResponseBase:
        """Answer a request: authenticate, throttle, permit, check, run, tag."""
        self.args, self.kwargs = args, kwargs
        self.headers = self.default_response_headers
        api_request = cast(Request, self.initialize_request(request, *args, **kwargs))
        self.request = api_request
        with ExitStack() as resources:
            try:
                self.negotiate(api_request)
                caller = self.authenticate(api_request)
                if caller is not None:
                    self.throttle(caller)
                    resources.enter_context(throttling.in_parallel(caller))
                self.check_permissions(api_request)
                handler = self.get_handler(api_request)
                self.check_parameters(api_request)
                self.check_preconditions(api_request)
                if self.supports_idempotency and _has_idempotency_key(api_request):
                    response = replay_or_run(self, handler)
                else:
                    response = handler(api_request, *args, **kwargs)
                self.log_security(response)
                response = apply_if_none_match(api_request, response)
            except Exception as error:  # noqa: BLE001 - DRF raises what it cannot handle
                response = self.handle_exception(error)
            self.response = self.finalize_response(
                api_request, response, *args, **kwargs
            )
        return self.response

    def deprecation(self) -> Deprecation | None:
        """The deprecation of the operation that the request names."""
        action = getattr(self, "action", None) or str(self.request.method).lower()
        return self.deprecations.get(action)

    @property
    def has_secrets(self) -> bool:
        """Whether a response may have a secret: an API key, or a login's token."""
        return bool(self.secret_fields) or not self.authentication_classes

    def finalize_response(
        self, request: DRFRequest, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        if self.deprecations and (deprecation := self.deprecation()):
            headers = deprecation.headers()
            links = [response.get("Link"), headers["Link"]]
            headers["Link"] = ", ".join(filter(None, links))
            self.headers |= headers
        if self.has_secrets:
            # A compressed body would show by its length how much of a secret the
            # caller's text repeats (BREACH).
            self.headers |= {"Cache-Control": "no-store, no-transform"}
        return super().finalize_response(request, response, *args, **kwargs)

    def initialize_request(
        self, request: HttpRequest, *args: object, **kwargs: object
    ) -> DRFRequest:
        return Request(
            request,
            parsers=self.get_parsers(),
            authenticators=self.get_authenticators(),
            negotiator=self.get_content_negotiator(),
            parser_context=self.get_parser_context(request),
        )

    def negotiate(self, request: Request) -> None:
        """Choose the renderer, or raise NotAcceptable (406)."""
        renderer, media_type = self.perform_content_negotiation(request)
        request.accepted_renderer = renderer
        request.accepted_media_type = media_type

    def authenticate(self, request: Request) -> Caller | None:
        """The caller; None for a request without credentials."""
        self.perform_authentication(request)
        raise_failure(request)
        caller = cast(Caller | None, request.auth)
        # RequestLogMiddleware logs the actor, and only sees Django's request.
        vars(request._request)["actor"] = str(caller or "")  # noqa: SLF001
        return caller

    def throttle(self, caller: Caller) -> None:
        """Count the request, and raise TooManyRequests (429) beyond the rate limit."""
        counted = self.request.META.pop(throttling.COUNTED, None)
        lease = counted or throttling.count(str(caller))
        if lease is not None:
            self.headers |= lease.headers()
            lease.raise_if_exhausted()

    def handle_exception(self, error: Exception) -> Response:
        """A response for the error. A 401 states the rate limit, too."""
        response = super().handle_exception(error)
        unauthenticated = response.status_code == status.HTTP_401_UNAUTHORIZED
        if unauthenticated and self.authentication_classes:
            self.headers |= throttling.policy()
        return response

    def get_handler(self, request: Request) -> Handler:
        """The method of this view for the request's method, or MethodNotAllowed."""
        if request.method not in self.allowed_methods:
            raise MethodNotAllowed(str(request.method))
        handler: Handler = getattr(self, request.method.lower())
        return handler

    def check_parameters(self, request: Request) -> None:
        """Raise BadParameter (400) for query parameters that the view does not take."""
        refuse_unknown(request, self.known_parameters(), self.list_parameters)

    def known_parameters(self) -> set[str]:
        """The names of the query parameters that this action takes."""
        return set()

    def list_parameters(self) -> set[str]:
        """The names of the parameters that take a list and may be repeated."""
        return set()

    def check_preconditions(self, request: Request) -> None:
        """Refuse malformed preconditions, and If-Match if the URL names no object."""
        refuse_malformed(request)
        if request.method not in SAFE_METHODS and not self.names_object():
            refuse_if_match(request)

    def names_object(self) -> bool:
        """Whether the URL names one object, so preconditions are checked on its row."""
        return False

    def log_security(self, response: Response) -> None:
        method = str(self.request.method)
        if not self.security_logged or method in SAFE_METHODS:
            return
        if response.status_code < 400:
            event = getattr(self, "action", None) or method.lower()
            scope = getattr(self, "scope", "")
            security(f"{scope}.{event}", actor=str(self.request.auth))

    def transaction(self) -> AbstractContextManager[None]:
        """A transaction whose changes are attributed to the caller."""
        return atomic_as(self.request.auth, reason=change_reason(self.request))

    def options(self, request: Any, *args: object, **kwargs: object) -> Response:
        """Answer 204; the Allow header names the methods."""
        headers = {}
        if "PATCH" in self.allowed_methods:
            headers["Accept-Patch"] = f"{JSONRenderer.media_type}, {MERGE_PATCH}"
        return Response(status=status.HTTP_204_NO_CONTENT, headers=headers)


def raise_failure(request: Request) -> None:
    """Raise the error with which a plan failed after it may have written: the request
    must not run again.
    """
    failure = request.META.get(FAILURE)
    if failure is not None:
        raise failure


def _has_idempotency_key(request: Request) -> bool:
    """Whether the request is a POST by a caller that has an Idempotency-Key."""
    has_key = "HTTP_IDEMPOTENCY_KEY" in request.META
    return has_key and request.method == "POST" and request.auth is not None


class BadReason(APIException):
    status_code = 400
    default_code = "invalid_reason"
    default_detail = (
        "X-Change-Reason is one line of UTF-8, percent-encoded or not, of at most "
        f"{REASON_MAX_LENGTH} characters."
    )


def change_reason(request: Request) -> str:
    """The text of X-Change-Reason."""
    return read_reason(request.META.get("HTTP_X_CHANGE_REASON", ""))


def read_reason(header: str) -> str:
    """The header's text, trimmed and in NFC; "" without the header. Raises BadReason.

    HTTP headers are ASCII, so the text may be percent-encoded UTF-8. Plain UTF-8 works
    too; WSGI decodes it as Latin-1 (PEP 3333).
    """
    if not header:
        return ""
    try:
        return reason_text(unquote_to_bytes(header.encode("latin-1")).decode())
    except (UnicodeError, ValidationError):
        raise BadReason from None
