"""Errors of a rule or of PostgreSQL, as errors of a form."""

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import DataError, IntegrityError, OperationalError
from django.db.models import Model
from django.utils.translation import gettext

from fluxrate.api.problems import exception_handler
from fluxrate.errors import RuleBroken
from fluxrate.postgres.constraints import violation

from .language import word

SAVE_ERRORS = (RuleBroken, IntegrityError, DataError, OperationalError)


def as_validation_error(error: Exception) -> ValidationError:
    """One sentence, with the code that the API gives the same error."""
    match error:
        case ValidationError():
            return error
        case RuleBroken():
            return ValidationError(word(error), code=error.code)
        case IntegrityError():
            code, message, field, _ = violation(error)
            sentence = f"{field}: {message}" if field else word(message)
            return ValidationError(sentence, code=code)
        case OperationalError():
            return _operational_error(error)
    return ValidationError(
        gettext("A value does not fit its column."), code="invalid_value"
    )


def field_name(error: Exception, model: type[Model]) -> str | None:
    """The one form field that can correct the error: `plan` for the API's `plan_id`."""
    name = None
    if isinstance(error, RuleBroken):
        name = error.field
    elif isinstance(error, IntegrityError):
        name = violation(error).field
    return form_name(name, model)


def form_name(name: str | None, model: type[Model]) -> str | None:
    try:
        return model._meta.get_field(name).name if name else None
    except FieldDoesNotExist:
        return name


def _operational_error(error: OperationalError) -> ValidationError:
    """A lock or a time limit; no form can be shown without a database."""
    problem = exception_handler(error, {}).data
    if problem["code"] == "database_unavailable":
        raise error
    return ValidationError(problem["detail"], code=problem["code"])
