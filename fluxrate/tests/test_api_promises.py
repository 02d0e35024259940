"""openapi.yaml keeps the promises of the last release, or the changelog names them."""

import copy
import re

import pytest
import yaml

from .api_promises import CHECKOUT, DOCUMENT, current, promises, stored, subjects

CUSTOMERS = "/api/v1/customers"


def named_in_the_changelog():
    """The code spans of the section of the next release."""
    text = (CHECKOUT / "CHANGELOG.md").read_text()
    section = text.split("## [Unreleased]", 1)[1].split("\n## [", 1)[0]
    return set(re.findall(r"`([^`]+)`", section))


@pytest.fixture(scope="module")
def document():
    return yaml.load(DOCUMENT.read_text(), yaml.CSafeLoader)


@pytest.fixture
def broken(document):
    """The promises that a change of the document breaks."""
    before = promises(document)

    def by(change):
        changed = copy.deepcopy(document)
        change(changed)
        return before - promises(changed)

    return by


def test_a_broken_promise_is_named_in_the_changelog():
    broken = stored() - current()
    unnamed = subjects(broken) - named_in_the_changelog()
    lines = sorted(line for line in broken if line.partition(": ")[0] in unnamed)
    assert lines == [], (
        "The API breaks its callers. Take the change back, or name each subject (the "
        "part before the colon) in backticks under [Unreleased] in CHANGELOG.md."
    )


def schema(document, name):
    return document["components"]["schemas"][name]


def operation(document, method="get"):
    return document["paths"][CUSTOMERS][method]


@pytest.mark.parametrize(
    ("change", "subject"),
    [
        (lambda d: d["paths"].pop(CUSTOMERS), "GET /customers"),
        (lambda d: operation(d).update(operationId="x"), "GET /customers"),
        (lambda d: operation(d)["security"].pop(0), "GET /customers"),
        (lambda d: operation(d)["parameters"].pop(0), "GET /customers"),
        (
            lambda d: operation(d)["parameters"][0].update(required=True),
            "GET /customers",
        ),
        (lambda d: operation(d, "post")["responses"].pop("201"), "POST /customers"),
        (lambda d: schema(d, "Customer")["properties"].pop("phone"), "Customer.phone"),
        (lambda d: schema(d, "Customer")["required"].remove("phone"), "Customer.phone"),
        (
            lambda d: schema(d, "Customer")["properties"]["phone"].update(
                type="integer"
            ),
            "Customer.phone",
        ),
        (
            lambda d: schema(d, "CustomerRequest")["required"].append("phone"),
            "CustomerRequest.phone",
        ),
        (
            lambda d: schema(d, "CustomerRequest")["properties"]["name"].update(
                maxLength=100
            ),
            "CustomerRequest.name",
        ),
        (lambda d: schema(d, "Role")["enum"].pop(), "Role"),
        (lambda d: schema(d, "ErrorCode")["x-extensible-enum"].pop(), "ErrorCode"),
    ],
)
def test_a_change_that_breaks_callers_is_noticed(broken, change, subject):
    assert subject in subjects(broken(change))


def add_route(document):
    document["paths"]["/api/v1/x"] = {"get": operation(document)}


@pytest.mark.parametrize(
    "change",
    [
        add_route,
        lambda d: operation(d)["responses"].update({"418": {}}),
        lambda d: schema(d, "Customer")["properties"].update(x={"type": "string"}),
        lambda d: schema(d, "CustomerRequest")["properties"].update(x={}),
        lambda d: schema(d, "CustomerRequest")["required"].remove("name"),
        lambda d: schema(d, "Role")["enum"].append("X"),
        lambda d: schema(d, "Customer")["properties"]["phone"].update(description="x"),
    ],
)
def test_an_addition_breaks_nothing(broken, change):
    assert broken(change) == set()
