"""openapi.yaml is the contract; the code generates the same document."""

import re

import pytest
import yaml
from django.conf import settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema
from jsonschema import Draft202012Validator, FormatChecker

from customers.tests.subscription_scenario import SubscriptionScenario
from fluxrate.api.openapi import problems
from fluxrate.api.openapi.operation_ids import operation_id
from fluxrate.history.serializers import represent_row
from fluxrate.models import Event

WRITES = {"post", "put", "patch"}
READS = {"get", "list"}
# Members that need no description.
SELF_EXPLAINING = {
    *("name", "email", "phone", "billing_address_line1", "billing_address_line2"),
    *("billing_address_city", "billing_address_postal_code", "organization_name"),
    *("plan_name", "current_password", "new_password", "total", "data", "meta"),
    *("detail", "message", "code", "object_type", "dry_run", "remaining_count"),
}
CHANGES = {
    "post": {"create"},
    "put": {"put", "upsert"},
    "patch": {"update"},
    "delete": {"delete"},
}


@pytest.fixture
def scenario(acme):
    return SubscriptionScenario(acme)


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(document):
    return {
        operation["operationId"]: operation | {"method": method, "path": path}
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def test_the_committed_document_equals_the_code(document):
    committed = (settings.BASE_DIR / "openapi.yaml").read_bytes()
    generated = OpenApiYamlRenderer().render(document, renderer_context={})
    assert committed == generated, "The API has changed: run `make openapi` and commit."


def test_the_document_is_valid_without_warnings(document):
    validate_schema(document)
    assert not GENERATOR_STATS


def test_the_document_is_served(client, document):
    response = client.get("/openapi.yaml")
    assert response.status_code == 200
    assert response["Content-Type"] == "application/yaml"
    assert yaml.safe_load(response.content)["paths"].keys() == document["paths"].keys()


def test_every_operation_has_a_summary_and_a_described_tag(document, operations):
    described = {tag["name"] for tag in document["tags"] if tag["description"]}
    for name, operation in operations.items():
        assert operation["summary"], name
        assert operation["description"], name
        assert set(operation["tags"]) <= described, name


def test_an_operation_id_is_a_verb_and_its_object(document, operations):
    """`listCustomers`, `cancelSubscription`, `upsertCustomerByExternalId`."""
    assert len(operations) == sum(map(len, document["paths"].values()))
    for name, operation in operations.items():
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]+)*", name), name
        method, path = operation["method"], operation["path"].rpartition("/v1/")[2]
        first, *others = re.sub(r"/\{\w+\}", "", path).split("/")
        verbs = READS if method == "get" else CHANGES.get(method, ())
        is_plain = not others or others == ["external"]
        if is_plain:
            verb = re.match("[a-z]+", name)[0]
            noun = name.removeprefix(verb).removesuffix("ByExternalId").lower()
            assert verb in verbs, name
            assert first.replace("-", "").startswith(noun), name


@pytest.mark.parametrize(
    ("path", "action", "method", "lookup", "expected"),
    [
        ("customers", "list", "GET", "", "listCustomers"),
        ("api-keys", "retrieve", "GET", "", "getApiKey"),
        ("batches", "retrieve", "GET", "", "getBatch"),
        ("customers/events", "list", "GET", "", "listCustomerEvents"),
        ("plans", "update", "PUT", "", "putPlan"),
        ("plans", "partial_update", "PATCH", "", "updatePlan"),
        ("customers/external", "upsert", "PUT", "a_b", "upsertCustomerByAB"),
        ("subscriptions/summary", "summary", "GET", "", "getSubscriptionSummary"),
        ("subscriptions/mark-paid", "mark_paid", "POST", "", "markSubscriptionPaid"),
        ("api-keys/rotate", "rotate", "POST", "", "rotateApiKey"),
    ],
)
def test_an_operation_id_follows_from_the_path(path, action, method, lookup, expected):
    assert operation_id(path.split("/"), action, method, lookup) == expected


def test_every_parameter_is_described(document, operations):
    for name, operation in operations.items():
        for parameter in operation.get("parameters", []):
            assert "$ref" in parameter or parameter["description"], (name, parameter)
    for name, parameter in document["components"]["parameters"].items():
        assert parameter["description"], name


def test_every_member_is_described_or_explains_itself(document):
    for name, schema in document["components"]["schemas"].items():
        if name.endswith("EventData"):
            # The members of the object itself.
            continue
        for member, shape in schema.get("properties", {}).items():
            explains_itself = member in SELF_EXPLAINING or "$ref" in shape
            assert shape.get("description") or explains_itself, f"{name}.{member}"


def test_the_types_of_events_are_listed(document, scenario):
    """Those of a subscription from its start to its end, and of the objects around."""
    one = scenario.subscribe(trial_end_date="2026-02-10T00:00:00Z")
    scenario.act(one, "extend-trial", trial_end_date="2026-02-11T00:00:00Z")
    for action in ("activate", "pause", "resume", "mark-past-due", "cancel"):
        assert scenario.act(one, action).status_code == 200
    customer = f"/api/v1/customers/{one['customer_id']}"
    scenario.send("patch", customer, {"status": "INACTIVE"})
    scenario.api.delete(customer)
    event = document["components"]["schemas"]["Event"]["properties"]["type"]
    known = set(event["x-extensible-enum"])
    rows = Event.objects.owned_by(scenario.organization)
    types = set(rows.values_list("type", flat=True))
    assert {"subscription.trial_extended", "customer.inactive"} < types
    check_data(document, rows)
    assert types <= known
    assert {"user.login", "api_key.revoked", "history.erased"} < known


def check_data(document, events):
    """The data of each event has exactly the members of its object type."""
    schemas = document["components"]["schemas"]
    by_type = schemas["Event"]["properties"]["data"]["x-data-by-object-type"]
    assert {event.object_type for event in events} <= by_type.keys()
    for event in events:
        schema = schemas[by_type[event.object_type]["$ref"].rpartition("/")[2]]
        data = represent_row(event.data)
        Draft202012Validator(schema, format_checker=FormatChecker()).validate(data)
        assert data.keys() == schema["properties"].keys(), event.object_type


def test_every_body_has_an_example(operations):
    for name, operation in operations.items():
        responses = [
            response
            for status, response in operation["responses"].items()
            if status.startswith("2")
        ]
        for body in [operation.get("requestBody"), *responses]:
            for content in (body or {}).get("content", {}).values():
                assert content.get("examples") or content.get("example"), name


def test_every_operation_lists_its_error_statuses(operations):
    known = {str(status) for status in problems.DESCRIPTIONS}
    for name, operation in operations.items():
        statuses = set(operation["responses"])
        assert {"400", "406", "429", "503"} <= statuses, name
        assert "404" in statuses or "{" not in operation["path"], name
        assert "422" in statuses or operation["method"] not in WRITES, name
        assert {status for status in statuses if status >= "4"} <= known, name
        if operation.get("security"):
            assert {"401", "403"} <= statuses, name


def test_request_bodies_take_no_unknown_fields(document, operations):
    for name, operation in operations.items():
        for content in operation.get("requestBody", {}).get("content", {}).values():
            component = content["schema"]["$ref"].rsplit("/", 1)[1]
            schema = document["components"]["schemas"][component]
            assert schema["additionalProperties"] is False, name
