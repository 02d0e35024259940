"""The rows of the caller's organization: list, create, retrieve, update, destroy."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, TypeVar

from django.shortcuts import get_object_or_404
from drf_spectacular.utils import OpenApiParameter
from rest_framework import status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.viewsets import ModelViewSet

from fluxrate.models import OwnedQuerySet, Recorded, StoredCount

from . import converters, requests  # noqa: F401 - registers the path converter `id`
from .conditional import ObjectResponse, is_conditional, refuse_stale
from .pagination import Countable, CountedPages
from .parameters import parse_names, parse_values
from .views import StrictView

Method = TypeVar("Method", bound=Callable[..., object])
INCLUDE = "Members to show in addition; names, repeated or separated by commas."


def departs_with(*parameters: str) -> Callable[[Method], Method]:
    """Mark an override that does what the method of OwnedViewSet does, unless the query
    has one of the parameters.
    """

    def mark(method: Method) -> Method:
        setattr(method, "departs_with", frozenset(parameters))  # noqa: B010
        return method

    return mark


@dataclass(frozen=True, slots=True)
class SparseFields:
    """The members that a request asks for (JSON:API, "sparse fieldsets").

    `fields` are the only members to show, besides `id`; () shows all. `include` are
    members that are shown on request only.
    """

    fields: tuple[str, ...] = ()
    include: tuple[str, ...] = ()


class OwnedViewSet(ModelViewSet, StrictView):
    """Subclasses name `scope`, `queryset`, `serializer_class`, `filterset_class` and
    `ordering_fields`. Both `PUT` and `PATCH` change only the fields that are sent.
    """

    scope: str
    request: requests.Request
    queryset: Any
    paginator: Any
    filterset_class: Any = None
    ordering_fields: list[str] = ["created_at", "updated_at"]
    lookup_value_converter = "id"
    list_actions = ("list",)
    # Further query parameters, by action.
    extra_parameters: ClassVar[dict[str, set[str]]] = {}

    # False if objects change with time, without a new revision.
    has_entity_tag = True
    # Whether lists and objects take `fields`.
    supports_sparse_fields = False
    # The members that `include` may name, with the scope to read each.
    includes: ClassVar[Mapping[str, str]] = {}
    # The members that a list has only if `include` or `fields` names them.
    listed_on_request: ClassVar[frozenset[str]] = frozenset()
    sparse_fields = SparseFields()

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        return rows.owned_by(self.request.auth.organization)

    def paginate_queryset(self, queryset: Any) -> Any:
        return self.paginator.paginate(self.get_pages(queryset), self.request)

    def get_pages(self, rows: OwnedQuerySet[Any]) -> Countable:
        """The rows of a list, as the paginator reads them."""
        return CountedPages(rows)

    def get_filters(self) -> dict[str, str]:
        """The filters that the query names; their values are checked."""
        names = self.filterset_class.base_filters if self.filterset_class else ()
        return {
            name: str(value)
            for name, value in self.request.query_params.items()
            if name.partition("[")[0] in names
        }

    def get_stored_count(self, rows: OwnedQuerySet[Any]) -> StoredCount | None:
        """The row count of a list that at most `status` filters, else None.

        Only a model with `row_count_triggers()` has row counts, and only a list of all
        rows of an organization may use them.
        """
        if self.get_filters().keys() - {"status"}:
            return None
        owner = self.request.auth.organization.pk
        statuses = parse_values(self.request.query_params, "status")
        return StoredCount(rows.model, owner, statuses)

    def names_object(self) -> bool:
        return (self.lookup_url_kwarg or self.lookup_field) in self.kwargs

    def known_parameters(self) -> set[str]:
        names = set(self.extra_parameters.get(str(self.action), ()))
        names |= self.sparse_choices().keys()
        if self.action in self.list_actions:
            names |= {"ordering", *self.paginator.parameters}
            if self.filterset_class is not None:
                names |= self.filterset_class.parameters()
        return names

    def list_parameters(self) -> set[str]:
        lists = self.filterset_class.list_parameters() if self.filterset_class else ()
        return {"ordering", *lists, *self.sparse_choices()}

    def check_parameters(self, request: requests.Request) -> None:
        super().check_parameters(request)
        names = {
            parameter: parse_names(request.query_params, parameter, choices)
            for parameter, choices in self.sparse_choices().items()
        }
        self.sparse_fields = SparseFields(**names)
        for name in self.sparse_fields.include:
            request.auth.require(f"{self.includes[name]}.read")

    def sparse_choices(self) -> dict[str, tuple[str, ...]]:
        """The names that `fields` and `include` may have in this action."""
        if not self.supports_sparse_fields or self.action not in {"list", "retrieve"}:
            return {}
        serializer: Any = self.get_serializer_class()
        choices = {"fields": tuple(serializer.Meta.fields)}
        return choices | ({"include": tuple(self.includes)} if self.includes else {})

    def get_serializer_context(self) -> dict[str, Any]:
        context = {
            **super().get_serializer_context(),
            "include": self.sparse_fields.include,
        }
        if self.action in self.list_actions:
            context["search"] = self.get_search()
        return context

    def get_search(self) -> object:
        """The terms of a search, for a serializer that shows the matches; else None."""

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        serializer: Any = super().get_serializer(*args, **kwargs)
        row, sparse = getattr(serializer, "child", serializer), self.sparse_fields
        if sparse.fields:
            for name in row.fields.keys() - {"id", *sparse.fields, *sparse.include}:
                row.fields.pop(name)
        elif self.action == "list" and not getattr(self, "swagger_fake_view", False):
            for name in self.listed_on_request - {*sparse.include}:
                row.fields.pop(name, None)
        return serializer

    def retrieve(self, request: Request, *args: object, **kwargs: object) -> Response:
        return self.object_response(self.get_object())

    def object_response(self, instance: Recorded) -> Response:
        return self.tagged_response(self.get_serializer(instance).data, instance)

    def tagged_response(
        self, data: Mapping[str, object], instance: Recorded
    ) -> Response:
        """The object with its ETag; without one if it shows members that change without
        the object's revision.
        """
        if self.sparse_fields.include or not self.has_entity_tag:
            return Response(data)
        return ObjectResponse(data, revision=instance.revision)

    def create(self, request: Request, *args: object, **kwargs: object) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            self.perform_create(serializer)
        return self.created_response(serializer.data, serializer.instance)

    def created_response(
        self, data: Mapping[str, object], instance: Recorded
    ) -> Response:
        """201, with the object's URL as Location."""
        response = self.tagged_response(data, instance)
        response.status_code = status.HTTP_201_CREATED
        response["Location"] = f"{self.request.path.rstrip('/')}/{instance.pk}"
        return response

    def perform_create(self, serializer: BaseSerializer) -> None:
        serializer.save(organization=self.request.auth.organization)

    def update(self, request: Request, *args: object, **kwargs: object) -> Response:
        if not is_conditional(request):
            return self._update(self.get_object())
        with self.transaction():
            return self._update(self.get_locked_object())

    def _update(self, instance: Recorded) -> Response:
        serializer = self.get_serializer(instance, data=self.request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with self.transaction():
            updated = serializer.save()
        return ObjectResponse(serializer.data, revision=updated.revision)

    def destroy(self, request: Request, *args: object, **kwargs: object) -> Response:
        with self.transaction():
            self.perform_destroy(self.get_locked_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_locked_object(self) -> Any:
        """The row, locked until the transaction ends, if its preconditions hold."""
        rows = self.get_queryset().select_for_update(of=["self"], no_key=True)
        name = self.lookup_url_kwarg or self.lookup_field
        instance = get_object_or_404(rows, **{self.lookup_field: self.kwargs[name]})
        refuse_stale(self.request, instance)
        return instance

    def sparse_parameters(self) -> list[OpenApiParameter]:
        """`include` for the OpenAPI document; `fields` would break its schemas."""
        choices = self.sparse_choices().get("include", ())
        names = {"type": "array", "items": {"type": "string", "enum": list(choices)}}
        return [OpenApiParameter("include", names, description=INCLUDE)] * bool(choices)
