"""Ask a view what it does with a request, without a caller and without the database.

The view runs its own steps up to its handler, for a stand-in that has an organization's
id and nothing else. A view that asks for more cannot be recorded.
"""

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from django.db import connections
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import ResolverMatch
from rest_framework.permissions import BasePermission
from rest_framework.settings import api_settings

from fluxrate.api.requests import Request
from fluxrate.api.viewsets import OwnedViewSet
from fluxrate.api.wsgi_request import StrictWSGIRequest

Environ = Mapping[str, Any]
# A value of the stand-in → the parameter of a plan that replaces it.
Names = dict[object, str]
_AUTHENTICATION: list[object] = list(api_settings.DEFAULT_AUTHENTICATION_CLASSES)
# The methods of a view that a plan does in its own way, by the view's action.
_EVERY = (
    "dispatch",
    "initialize_request",
    "negotiate",
    "authenticate",
    "check_object_permissions",
    "throttle",
    "check_parameters",
    "check_preconditions",
    "handle_exception",
    "finalize_response",
    "get_serializer",
    "tagged_response",
    "object_response",
)
_WRITE = ("transaction", "log_security", "get_locked_object")
_STEPS = {
    "list": (*_EVERY, "list", "paginate_queryset", "get_paginated_response"),
    "retrieve": (*_EVERY, "retrieve", "get_object"),
    "create": (*_EVERY, *_WRITE, "create", "perform_create", "created_response"),
    "update": (*_EVERY, *_WRITE, "update", "_update", "get_object"),
}
_STEPS["partial_update"] = (*_STEPS["update"], "partial_update")


class CannotRecordError(Exception):
    """The view does something that no plan can say."""


@dataclass(frozen=True, slots=True)
class _Organization:
    pk: uuid.UUID


class StandIn:
    """A caller who may do everything, and notes what it is asked."""

    def __init__(self) -> None:
        self.organization = _Organization(uuid.uuid4())
        self._scopes: set[str] = set()
        self._is_asked = False

    def may(self, scope: str) -> bool:
        self.require(scope)
        return True

    def require(self, scope: str) -> None:
        if self._is_asked and scope not in self._scopes:
            raise CannotRecordError
        self._scopes.add(scope)

    def scopes(self) -> frozenset[str]:
        """All that the plan will require; a view must not ask for more from now on."""
        self._is_asked = True
        return frozenset(self._scopes)


@dataclass(frozen=True, slots=True)
class Recording:
    """A view before its handler runs, and the names of the values in its address.

    `names` maps a stand-in's value to the parameter of a plan that replaces it. `after`
    is the stand-in of the id in the query, or "".
    """

    view: Any
    action: str
    scopes: frozenset[str]
    names: Names
    after: str


def record(
    match: ResolverMatch, environ: Environ, *, object_kwarg: str, after: str
) -> Recording:
    """The view of a URL, for a new stand-in. Raises CannotRecordError.

    `object_kwarg` names the argument of the URL that holds an object's id, or is "";
    `after` is the id in the query, or "".
    """
    view_class = getattr(match.func, "cls", None)
    if view_class is None or not issubclass(view_class, OwnedViewSet):
        raise CannotRecordError
    caller, object_id = StandIn(), uuid.uuid4()
    kwargs = dict(match.kwargs)
    if object_kwarg:
        kwargs[object_kwarg] = object_id
    last = uuid.uuid4()
    query = environ["QUERY_STRING"]
    if after:
        query = query.replace(after, str(last))
    request = StrictWSGIRequest({**environ, "QUERY_STRING": query})
    view = _before_handler(match.func, view_class, request, caller, kwargs)
    _require_known_steps(view_class, view)
    scopes = caller.scopes()
    if not scopes:
        raise CannotRecordError
    names: Names = {caller.organization.pk: "organization"}
    names[object_id] = "object"
    if after:
        positions = view.paginator.position_values(last)
        names |= {value: name for name, value in positions.items()}
    return Recording(view, view.action, scopes, names, str(last) if after else "")


def _before_handler(
    function: Any,
    view_class: type[OwnedViewSet],
    request: HttpRequest,
    caller: StandIn,
    kwargs: dict[str, object],
) -> Any:
    """The view, after every step before its handler, by its own `as_view`."""
    views: list[OwnedViewSet] = []

    def dispatch(
        self: OwnedViewSet, request: HttpRequest, *args: object, **kwargs: object
    ) -> None:
        self.args, self.kwargs = args, kwargs
        self.headers = {}
        api_request = cast(Any, self.initialize_request(request, *args, **kwargs))
        api_request.user, api_request.auth = None, caller
        self.request = api_request
        _check(self, api_request)
        views.append(self)

    probe = type(view_class.__name__, (view_class,), {"dispatch": dispatch})
    probe.as_view(function.actions, **function.initkwargs)(request, **kwargs)  # type: ignore[attr-defined]
    return views[0]


def _check(view: OwnedViewSet, request: Request) -> None:
    """The steps of StrictView.dispatch between authentication and the handler."""
    view.negotiate(request)
    view.check_permissions(request)
    view.get_handler(request)
    view.check_parameters(request)
    view.check_preconditions(request)


def _require_known_steps(view_class: type[OwnedViewSet], view: OwnedViewSet) -> None:
    """Raise CannotRecordError if the view overrides a step that a plan replaces."""
    if (
        list(view_class.authentication_classes) != _AUTHENTICATION
        or view_class.security_logged
        or view.action not in _STEPS
        or any(map(_asks_about_objects, view.get_permissions()))
    ):
        raise CannotRecordError
    for name in _STEPS[view.action]:
        step = getattr(view_class, name)
        if step is not getattr(OwnedViewSet, name) and not _departs_only_with(
            step, view.request
        ):
            raise CannotRecordError


def _asks_about_objects(permission: Any) -> bool:
    own = type(permission).has_object_permission
    return own is not BasePermission.has_object_permission


def _departs_only_with(step: Callable[..., object], request: Request) -> bool:
    """Whether an override differs only for query parameters that are not sent."""
    names = getattr(step, "departs_with", None)
    return names is not None and not names & request.query_params.keys()


def object_rows(view: Any) -> QuerySet:
    """The row that the URL names, as `get_object` looks it up."""
    rows: QuerySet = view.filter_queryset(view.get_queryset())
    value = view.kwargs[view.lookup_url_kwarg or view.lookup_field]
    return rows.filter(**{view.lookup_field: value}).order_by()


def without_request(serializer: Any) -> Any:
    """The serializer, bound once for all requests: it must not read the stand-in's."""
    serializer._context = {**serializer.context, "request": None, "view": None}  # noqa: SLF001 - of DRF
    return serializer


def refuse_queries() -> Any:
    """A context in which a query raises CannotRecordError."""

    def refuse(*_: object) -> None:
        raise CannotRecordError

    return connections["default"].execute_wrapper(refuse)
