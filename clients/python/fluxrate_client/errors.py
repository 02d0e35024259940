"""Errors of the API, by status. `code` is stable; `detail` is a sentence for people."""

from collections.abc import Mapping
from typing import cast

from .models import FieldError


class APIError(Exception):
    """A response with a problem (RFC 9457)."""

    def __init__(self, status: int, problem: Mapping[str, object]) -> None:
        self.status = status
        self.code = str(problem.get("code", ""))
        self.detail = str(problem.get("detail", ""))
        self.request_id = str(problem.get("request_id", ""))
        self.errors = cast(list[FieldError], problem.get("errors", []))
        self.problem = problem
        super().__init__(f"{status} {self.code}: {self.detail}")


class UnauthenticatedError(APIError):
    """401: the key is missing, revoked or expired."""


class ForbiddenError(APIError):
    """403: the key lacks a scope."""


class NotFoundError(APIError):
    """404"""


class ConflictError(APIError):
    """409: the state forbids it; `code` says why."""


class StaleError(APIError):
    """412: the object has another revision than If-Match."""


class InvalidError(APIError):
    """422 or 400: `errors` has the error of each field or parameter."""


class RateLimitedError(APIError):
    """429, after all attempts."""


class UnavailableError(APIError):
    """503, after all attempts."""


_CLASSES: dict[int, type[APIError]] = {
    400: InvalidError,
    401: UnauthenticatedError,
    403: ForbiddenError,
    404: NotFoundError,
    409: ConflictError,
    412: StaleError,
    422: InvalidError,
    429: RateLimitedError,
    503: UnavailableError,
}


def error_of(status: int, problem: object) -> APIError:
    members = problem if isinstance(problem, dict) else {"detail": str(problem)}
    return _CLASSES.get(status, APIError)(status, members)
