"""`ordering=name,-created_at`: allowed names only, and the id breaks every tie."""

from typing import Any

from rest_framework.filters import BaseFilterBackend

from .parameters import refuse_names, values_of


class OrderingFilter(BaseFilterBackend):
    """Orders by the names in `view.ordering_fields`; newest first by default.

    A name in `view.ordering_expressions` is ordered by that expression, which an index
    holds.
    """

    parameters = ("ordering",)

    def filter_queryset(self, request: Any, queryset: Any, view: Any) -> Any:
        terms = values_of(request.query_params, "ordering")
        if not terms:
            return queryset
        allowed = view.ordering_fields
        names = [term.removeprefix("-") for term in terms]
        refuse_names("ordering", names, allowed)
        by = getattr(view, "ordering_expressions", {})
        terms = [_expression(term, by) for term in [*terms, _tie(terms)]]
        return queryset.order_by(*terms)

    def get_schema_operation_parameters(self, view: Any) -> list[dict[str, Any]]:
        terms = [sign + name for name in view.ordering_fields for sign in ("", "-")]
        return [
            {
                "name": "ordering",
                "in": "query",
                "required": False,
                "description": "Names, repeated or between commas; `-` is "
                "descending. Newest first by default.",
                "schema": {"type": "array", "items": {"type": "string", "enum": terms}},
            }
        ]


def _tie(terms: list[str]) -> str:
    return "-id" if terms[-1].startswith("-") else "id"


def _expression(term: str, by: dict[str, Any]) -> Any:
    expression = by.get(term.removeprefix("-"))
    if expression is None:
        return term
    return expression.desc() if term.startswith("-") else expression.asc()
