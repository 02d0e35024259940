"""The rows of an action, stored by the server: a URL cannot hold 1,000 ids."""

from collections.abc import Mapping, Sequence

from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict

from fluxrate.models import BulkAction

from .query_values import parse_uuid
from .requests import staff_id

PARAMETER = "selection"


def select(request: HttpRequest, action: str, rows: QuerySet) -> BulkAction:
    """Store the ids of the rows for the question of the action."""
    selection = BulkAction(
        user_id=staff_id(request),
        model=rows.model._meta.label_lower,
        action=action,
    )
    selection.select(rows)
    return selection


def selection_of(request: HttpRequest, label: str, action: str) -> BulkAction | None:
    """The selection that the URL names, unless it is another user's or expired."""
    key = parse_uuid(request.GET.get(PARAMETER, ""))
    mine = BulkAction.objects.filter(user_id=staff_id(request), reverts=None)
    return mine.filter(pk=key, model=label, action=action).first() if key else None


def store_rejected(
    selection: BulkAction, data: QueryDict, errors: Mapping[str, Sequence[str]]
) -> None:
    """Store the rejected form and its errors by field, for the question's next page."""
    selection.form_data, selection.errors = data.urlencode(), dict(errors)
    selection.save(update_fields=["form_data", "errors"])


def pop_rejected(
    selection: BulkAction,
) -> tuple[QueryDict | None, dict[str, list[str]]]:
    """The rejected form and its errors; once, so that Back shows a new form."""
    data, errors = selection.form_data, selection.errors
    if data:
        store_rejected(selection, QueryDict(), {})
    return (QueryDict(data) if data else None), errors
