"""docs/errors.md lists every code that an answer may carry, and no other."""

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
from fluxrate.postgres.constraints import StateConstraint, declared

OURS = ("fluxrate", "organizations", "customers")
# DRF's own, which views, permissions and parsers raise.
OF_DRF = {
    "authentication_failed",
    "method_not_allowed",
    "not_acceptable",
    "not_authenticated",
    "permission_denied",
    "throttled",
    "unsupported_media_type",
}
# What says something of a field: the keyword or position that holds the code.
FIELD_CALLS = {"ValidationError": 1, "ErrorDetail": 1, "_detail": 1, "BadParameter": 2}
PROBLEM_CALLS = {"problem": 1, "_plain": 2}
REFUSALS = {"PermissionDenied": 1, "AuthenticationFailed": 1}


def listed(heading):
    text = (settings.BASE_DIR / "docs" / "errors.md").read_text()
    section = text.split(f"## {heading}\n", 1)[1].split("\n## ", 1)[0]
    return set(re.findall(r"^\| `([a-z_]+)` \|", section, re.MULTILINE))


@pytest.fixture(scope="module", autouse=True)
def everything_is_imported():
    for app in OURS:
        path = [str(settings.BASE_DIR / app)]
        for module in pkgutil.walk_packages(path, f"{app}."):
            if not {"tests", "migrations", "wsgi"} & set(module.name.split(".")):
                importlib.import_module(module.name)


def below(base):
    for child in base.__subclasses__():
        yield child
        yield from below(child)


def in_calls(places) -> Iterator[str]:
    """The string constants that stand as codes in calls of these names."""
    for app in OURS:
        for file in (settings.BASE_DIR / app).rglob("*.py"):
            if "tests" in file.parts or "migrations" in file.parts:
                continue
            for call in ast.walk(ast.parse(file.read_text())):
                if isinstance(call, ast.Call):
                    yield from code_in(call, places)


def code_in(call, places) -> Iterator[str]:
    name = getattr(call.func, "attr", None) or getattr(call.func, "id", None)
    if name not in places:
        return
    values = [keyword.value for keyword in call.keywords if keyword.arg == "code"]
    values += call.args[places[name] : places[name] + 1]
    for value in values:
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            yield value.value


def conflicts():
    kinds = UniqueConstraint | StateConstraint | ConstraintTrigger
    for constraint in declared().values():
        if isinstance(constraint, kinds) and constraint.violation_error_code:
            yield constraint.violation_error_code


def codes():
    rules = [
        rule.code
        for rule in below(RuleBroken)
        if rule.__module__.startswith(OURS) and not issubclass(rule, InvalidValue)
    ]
    refusals = [
        refusal.default_code
        for refusal in below(exceptions.APIException)
        if refusal.__module__.startswith(OURS)
    ]
    return {
        *OF_DRF,
        *rules,
        *refusals,
        *conflicts(),
        *(action.code for action in ACTIONS),
        *in_calls(PROBLEM_CALLS | REFUSALS),
    }


def test_every_code_is_listed_and_no_other():
    assert codes() == listed("Error codes")


def test_every_code_of_a_field_is_listed():
    checks = {c.violation_error_code for c in declared().values()} - {None}
    rules = {rule.code for rule in below(InvalidValue)}
    missing = ({*in_calls(FIELD_CALLS)} | checks | rules) - listed("Field codes")
    assert missing - listed("Error codes") == set()


def test_the_document_knows_the_codes():
    text = (settings.BASE_DIR / "openapi.yaml").read_text()
    for code in listed("Error codes"):
        assert f"- {code}\n" in text
