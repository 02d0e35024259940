"""Export of a list as CSV: filtered, searched and sorted as it is shown."""

import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from contextvars import copy_context
from functools import partial

from django import forms
from django.db.models import QuerySet
from django.http import HttpRequest, QueryDict, StreamingHttpResponse
from django.utils.timezone import now

from fluxrate.models import write_event

from . import csv_copy
from .fields import ReasonField

Record = Callable[[int, bool], object]


class ExportForm(forms.Form):
    reason = ReasonField()

    def __init__(
        self, columns: Mapping[str, str], data: QueryDict | None = None
    ) -> None:
        super().__init__(data, initial={"columns": list(columns)})
        self.fields["columns"] = forms.MultipleChoiceField(
            choices=[(name, name) for name in columns],
            widget=forms.CheckboxSelectMultiple,
        )
        self.order_fields(["columns", "reason"])


def export(
    request: HttpRequest,
    rows: QuerySet,
    columns: Mapping[str, str],
    *,
    owner: uuid.UUID | None,
) -> StreamingHttpResponse:
    """The rows as a file. An event says by whom, with which filters, and how many rows
    were sent; it is complete unless the client has gone before the end.
    """
    noun = str(rows.model._meta.model_name)
    data: dict[str, object] = {
        "query": dict(request.GET.lists()),
        "columns": list(columns),
    }
    here = copy_context()

    def record(count: int, is_complete: bool) -> None:
        data.update(rows=count, is_complete=is_complete)
        here.run(partial(write_event, f"{noun}.exported", owner, data=data))

    response = StreamingHttpResponse(
        _parts(rows, columns, record), content_type="text/csv; charset=utf-8"
    )
    name = f"{rows.model._meta.verbose_name_plural}-{now():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _parts(
    rows: QuerySet, columns: Mapping[str, str], record: Record
) -> Iterator[bytes]:
    count, is_complete = 0, False
    expressions = {
        name: csv_copy.column(rows.model, field) for name, field in columns.items()
    }
    try:
        yield csv_copy.header(columns)
        with closing(csv_copy.copy(rows, expressions)) as batches:
            for batch in batches:
                count += len(batch)
                yield b"\r\n".join([*batch, b""])
        is_complete = True
    finally:
        record(count, is_complete)
