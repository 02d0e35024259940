"""Requests with many operations, each with a result of its own."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, transaction
from django.http import Http404
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer

from fluxrate.errors import RuleBroken
from fluxrate.models.batch_transaction import batch

from .problems import exception_handler, problem
from .requests import Request
from .views import StrictView, change_reason

# Errors of one operation; others end the request.
ROW_ERRORS = (
    APIException,
    DataError,
    Http404,
    IntegrityError,
    RuleBroken,
    ValidationError,
)
FAILED = "Nothing was changed, since an operation failed: see `data`."


class NotApplied(APIException):
    """The result of an operation of an atomic batch in which another one failed."""

    status_code = 424
    default_code = "not_applied"
    default_detail = "Another operation of the batch failed."


@dataclass(slots=True)
class Result:
    """The outcome of an operation; `outcome` is its member of `meta`."""

    outcome: str
    status: int
    code: str | None = None
    data: Mapping[str, object] | None = None
    errors: list[dict[str, str]] = field(default_factory=list)

    @property
    def has_failed(self) -> bool:
        return self.outcome == "failed"


def refused(error: Exception, view: object = None) -> Result:
    """The result of an operation that an error ended."""
    body = exception_handler(error, {"view": view}).data
    one = {"field": "", "code": body["code"], "message": body["detail"]}
    errors = body.get("errors") or [one]
    return Result("failed", body["status"], body["code"], errors=errors)


class BatchView(StrictView, ABC):
    """Subclasses name `scope`, `kind`, `request_serializer` and `run`."""

    unprocessable: ClassVar = {"post": ["batch_failed"]}
    kind: ClassVar[str]
    outcomes: ClassVar[Sequence[str]]
    request_serializer: ClassVar[type[BaseSerializer]]

    @abstractmethod
    def run(self, operations: Sequence[object]) -> list[Result]:
        """The result of each operation; they happen one after another."""

    def answer(self, request: Request) -> Response:
        serializer = self.request_serializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        body = serializer.validated_data
        with batch(
            request.auth,
            request.auth.organization,
            self.kind,
            reason=change_reason(request),
            dry_run=body["dry_run"],
        ) as batch_id:
            results = self.run(body["operations"])
            is_undone = body["atomic"] and any(row.has_failed for row in results)
            if is_undone:
                transaction.set_rollback(True)
        if is_undone:
            results = [
                row if row.has_failed else refused(NotApplied()) for row in results
            ]
        data = [_represent(index, row) for index, row in enumerate(results)]
        meta: dict[str, object] = {
            name: sum(row.outcome == name for row in results) for name in self.outcomes
        }
        changed = any(row.outcome not in {"failed", "unchanged"} for row in results)
        meta["dry_run"] = body["dry_run"]
        meta["batch_id"] = batch_id if changed and not body["dry_run"] else None
        if is_undone:
            return problem(422, "batch_failed", FAILED, data=data, meta=meta)
        return Response({"data": data, "meta": meta})


def _represent(index: int, row: Result) -> dict[str, object]:
    return {
        "index": index,
        "status": row.status,
        "code": row.code,
        "data": row.data,
        "errors": row.errors,
    }
