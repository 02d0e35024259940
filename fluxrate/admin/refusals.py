"""What a rule or PostgreSQL refuses, as words on a form or above a page."""

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError

from fluxrate.api.problems import exception_handler
from fluxrate.errors import RuleBroken
from fluxrate.postgres.constraints import refused

Refusal = (RuleBroken, IntegrityError, DataError, OperationalError)


def words(error: Exception) -> ValidationError:
    """The refusal as a form knows it: a sentence with a code."""
    match error:
        case RuleBroken():
            return ValidationError(str(error), code=error.code)
        case IntegrityError():
            code, message, field, _ = refused(error)
            named = f"{field}: {message}" if field else message
            return ValidationError(named, code=code)
        case OperationalError():
            return _not_now(error)
    return ValidationError("A value does not fit its column.", code="invalid_value")


def form_field(error: Exception) -> str | None:
    """The form's name of the field that can be mended, where it is just one."""
    if isinstance(error, RuleBroken):
        return error.field
    return (
        form_name(refused(error).field) if isinstance(error, IntegrityError) else None
    )


def form_name(field: str | None) -> str | None:
    """`plan` for `plan_id`, as a form names a relation."""
    return field.removesuffix("_id") if field in {"plan_id", "customer_id"} else field


def _not_now(error: OperationalError) -> ValidationError:
    """Others hold the row, or it took too long; without a database there is no form."""
    problem = exception_handler(error, {}).data
    if problem["code"] == "database_unavailable":
        raise error
    return ValidationError(problem["detail"], code=problem["code"])
