"""docs/errors.md lists exactly the codes that the code can answer."""

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.db.models import UniqueConstraint
from rest_framework import exceptions

from customers.models.subscription_actions import ACTIONS
from fluxrate.errors import InvalidValue, RuleBroken
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import StateConstraint, declared_constraints

OURS = ("fluxrate", "organizations", "customers")
# The codes of DRF's exceptions in views, permissions and parsers.
DRF_CODES = {
    "authentication_failed",
    "method_not_allowed",
    "not_acceptable",
    "not_authenticated",
    "permission_denied",
    "throttled",
    "unsupported_media_type",
}
# The position of the code in calls that make the error of a field.
FIELD_CALLS = {"ValidationError": 1, "ErrorDetail": 1, "_detail": 1, "BadParameter": 2}
PROBLEM_CALLS = {"problem": 1, "_plain": 2}
REFUSALS = {"PermissionDenied": 1, "AuthenticationFailed": 1}


def documented(heading):
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


@pytest.fixture(scope="module", autouse=True)
def import_everything():
    for app in OURS:
        path = [str(settings.BASE_DIR / app)]
        for module in pkgutil.walk_packages(path, f"{app}."):
            if not {"tests", "migrations", "wsgi"} & set(module.name.split(".")):
                importlib.import_module(module.name)


def subclasses(base):
    for child in base.__subclasses__():
        yield child
        yield from subclasses(child)


def codes_in_calls(positions) -> Iterator[str]:
    """The constant codes in calls of these functions."""
    for app in OURS:
        for file in (settings.BASE_DIR / app).rglob("*.py"):
            if "tests" in file.parts or "migrations" in file.parts:
                continue
            for call in ast.walk(ast.parse(file.read_text())):
                if isinstance(call, ast.Call):
                    yield from code_in(call, positions)


def code_in(call, positions) -> Iterator[str]:
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name not in positions:
        return
    values = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    values += call.args[positions[name] : positions[name] + 1]
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def conflict_codes():
    kinds = UniqueConstraint | StateConstraint | ConstraintTrigger
    for constraint in declared_constraints().values():
        if isinstance(constraint, kinds) and constraint.violation_error_code:
            yield constraint.violation_error_code


def error_codes():
    rules = [
        rule.code
        for rule in subclasses(RuleBroken)
        if rule.__module__.startswith(OURS) and not issubclass(rule, InvalidValue)
    ]
    refusals = [
        refusal.default_code
        for refusal in subclasses(exceptions.APIException)
        if refusal.__module__.startswith(OURS)
    ]
    return {
        *DRF_CODES,
        *rules,
        *refusals,
        *conflict_codes(),
        *(action.code for action in ACTIONS),
        *codes_in_calls(PROBLEM_CALLS | REFUSALS),
    }


def test_every_error_code_is_documented_and_no_other():
    assert error_codes() == documented("Error codes")


def test_every_field_code_is_documented():
    checks = {c.violation_error_code for c in declared_constraints().values()} - {None}
    rules = {rule.code for rule in subclasses(InvalidValue)}
    missing = ({*codes_in_calls(FIELD_CALLS)} | checks | rules) - documented(
        "Field codes"
    )
    assert missing - documented("Error codes") == set()


def test_openapi_lists_the_error_codes():
    text = (settings.BASE_DIR / "openapi.yaml").read_text()
    for code in documented("Error codes"):
        assert f"- {code}\n" in text
