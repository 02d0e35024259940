"""What a rule or PostgreSQL refuses, as words on a form or above a page."""

from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError
from django.db.models import BaseConstraint

from fluxrate.errors import RuleBroken
from fluxrate.postgres.constraints import broken, field_of

Refusal = (RuleBroken, IntegrityError, DataError)


def words(error: Exception) -> ValidationError:
    """The refusal as a form knows it: a sentence with a code."""
    match error:
        case RuleBroken():
            return ValidationError(str(error), code=error.code)
        case IntegrityError():
            return _constraint_words(broken(error)[1])
    return ValidationError("A value does not fit its column.", code="invalid_value")


def form_field(error: Exception) -> str | None:
    """The form's name of the field that can be mended, where it is just one."""
    if isinstance(error, RuleBroken):
        return error.field
    if not isinstance(error, IntegrityError):
        return None
    constraint = broken(error)[1]
    return None if constraint is None else field_name(constraint)


def field_name(constraint: BaseConstraint) -> str | None:
    """`plan` of a constraint on `plan_id`; None where several fields take part."""
    name = field_of(constraint)
    return name.removesuffix("_id") if name in {"plan_id", "customer_id"} else name


def _constraint_words(constraint: BaseConstraint | None) -> ValidationError:
    if constraint is None:
        return ValidationError("This conflicts with other records.", code="conflict")
    return ValidationError(
        str(constraint.get_violation_error_message()),
        code=constraint.violation_error_code,
    )
