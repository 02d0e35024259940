"""What a view may raise, and the problem that the client receives."""

import psycopg
import pytest
from django.core.exceptions import (
    ObjectDoesNotExist,
    PermissionDenied,
    SuspiciousOperation,
    ValidationError,
)
from django.db import (
    DataError,
    IntegrityError,
    InterfaceError,
    OperationalError,
    ProgrammingError,
)
from rest_framework.exceptions import ErrorDetail, Throttled
from rest_framework.exceptions import ValidationError as InvalidBody
from rest_framework.views import APIView

from customers.models.subscription_errors import (
    PlanInactive,
    ResumesInThePast,
    TrialEndsBeforeStart,
)


def respond(rf, error):
    class View(APIView):
        authentication_classes, permission_classes = (), ()

        def get(self, request):
            raise error

    return View.as_view()(rf.get("/api/v1/seats"))


def caused_by(error, cause):
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (ObjectDoesNotExist(), 404, "not_found"),
        (PermissionDenied(), 403, "permission_denied"),
        (SuspiciousOperation(), 400, "bad_request"),
        (ValidationError({"name": "Too long."}), 422, "validation_error"),
        (PlanInactive(), 409, "plan_inactive"),
        (TrialEndsBeforeStart(), 422, "validation_error"),
        (DataError(), 422, "invalid_value"),
        (IntegrityError(), 409, "conflict"),
        (InterfaceError(), 503, "database_unavailable"),
        (
            caused_by(OperationalError(), psycopg.errors.DeadlockDetected()),
            503,
            "busy",
        ),
        (caused_by(OperationalError(), psycopg.errors.QueryCanceled()), 503, "timeout"),
        (ProgrammingError("secret"), 500, "server_error"),
        (KeyError("secret"), 500, "server_error"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_every_exception_is_a_problem(rf, error, status, code):
    response = respond(rf, error)
    assert (response.status_code, response.data["code"]) == (status, code)
    assert response.data["status"] == status
    assert "secret" not in response.data["detail"]
    assert ("Retry-After" in response.headers) is (status == 503)


@pytest.mark.parametrize("rule", [ResumesInThePast(), TrialEndsBeforeStart()])
def test_a_broken_rule_names_its_field(rf, rule):
    assert respond(rf, rule).data["errors"] == [
        {"field": rule.field, "code": rule.code, "message": str(rule)}
    ]
    assert "errors" not in respond(rf, PlanInactive()).data


def test_the_wait_of_a_throttled_request_is_at_least_a_second(rf):
    assert respond(rf, Throttled(wait=0.2)).headers["Retry-After"] == "1"
    assert "Retry-After" not in respond(rf, Throttled()).headers


def test_nested_errors_have_dotted_fields(rf):
    wrong = ErrorDetail("Wrong.", code="wrong")
    detail = {"rows": [{}, {"seat": [wrong], "non_field_errors": [wrong]}], "ids": None}
    error = InvalidBody()
    error.detail = detail
    response = respond(rf, error)
    fields = [item["field"] for item in response.data["errors"]]
    assert fields == ["rows.1.seat", "rows.1"]
