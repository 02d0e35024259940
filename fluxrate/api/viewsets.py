"""The rows of the caller's organization: list, create, read, change, delete."""

from typing import Any

from django.shortcuts import get_object_or_404
from rest_framework import status
from rest_framework.response import Response
from rest_framework.viewsets import ModelViewSet

from fluxrate.models import StoredCount

from . import converters  # noqa: F401 - the converter `id`
from .conditional import is_guarded, refuse_stale
from .pagination import Countable, CountedPages
from .views import StrictView


class OwnedViewSet(StrictView, ModelViewSet):
    """Subclasses name `scope`, `queryset`, `serializer_class`, `filterset_class` and
    `ordering_fields`. `PUT` and `PATCH` both change only the fields they are given.
    """

    scope: str
    paginator: Any
    request: Any
    ordering_fields: list[str] = ["created_at", "updated_at"]
    lookup_value_converter = "id"

    def get_queryset(self) -> Any:
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):
            return rows.none()
        return rows.owned_by(self.request.auth.organization)

    def paginate_queryset(self, queryset: Any) -> Any:
        return self.paginator.paginate(self.get_pages(queryset), self.request)

    def get_pages(self, rows: Any) -> Countable:
        """The rows of a list, as the paginator reads them."""
        return CountedPages(rows)

    def get_filters(self) -> dict[str, str]:
        """The filters that the query names; their values are checked."""
        names = self.filterset_class.base_filters if self.filterset_class else ()
        return {
            name: value
            for name, value in self.request.query_params.items()
            if name.partition("[")[0] in names
        }

    def get_stored_count(self, rows: Any) -> StoredCount | None:
        """The row count of a list that at most `status` filters, else None.

        Only a model with `row_count_triggers()` has row counts, and only a list of all
        rows of an organization may use them.
        """
        filters = self.get_filters()
        if filters.keys() - {"status"}:
            return None
        owner = self.request.auth.organization.pk
        return StoredCount(rows.model, owner, **filters)

    def names_one(self) -> bool:
        return (self.lookup_url_kwarg or self.lookup_field) in self.kwargs

    def known_parameters(self) -> set[str]:
        if self.action not in self.listing_actions:
            return set()
        names = set(self.paginator.parameters)
        if self.filterset_class is not None:
            names |= self.filterset_class.parameters()
        return names | {"ordering"}

    def list_parameters(self) -> set[str]:
        lists = self.filterset_class.list_parameters() if self.filterset_class else ()
        return {"ordering", *lists}

    listing_actions = ("list",)
    filterset_class: Any = None

    def create(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        with self.acting():
            self.perform_create(serializer)
        location = f"{request.path.rstrip('/')}/{serializer.data['id']}"
        return Response(
            serializer.data,
            status=status.HTTP_201_CREATED,
            headers={"Location": location},
        )

    def perform_create(self, serializer: Any) -> None:
        serializer.save(organization=self.request.auth.organization)

    def update(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        if not is_guarded(request):
            return self._changed(self.get_object())
        with self.acting():
            return self._changed(self.get_locked_object())

    def _changed(self, instance: Any) -> Response:
        serializer = self.get_serializer(instance, data=self.request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with self.acting():
            serializer.save()
        return Response(serializer.data)

    def destroy(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        with self.acting():
            self.perform_destroy(self.get_locked_object())
        return Response(status=status.HTTP_204_NO_CONTENT)

    def get_locked_object(self) -> Any:
        """The row, locked until the transaction ends, and its guards say it is."""
        rows = self.get_queryset().select_for_update(of=["self"], no_key=True)
        name = self.lookup_url_kwarg or self.lookup_field
        found = get_object_or_404(rows, **{self.lookup_field: self.kwargs[name]})
        refuse_stale(self.request, found)
        return found
