"""The document avoids what generators of clients cannot handle."""

import pytest
from drf_spectacular.generators import SchemaGenerator

from fluxrate.api.openapi.components import nodes

# Members that some responses lack.
OPTIONAL = {
    "available_actions",
    "customer",
    "deletes",
    "errors",
    "matched_on",
    "plan",
    "subscription_counts",
    "subscriptions",
    "unavailable_actions",
    "total_is_exact",
}
LISTS = {
    *("ordering", "include", "missing", "metadata", "id__in", "external_id__in"),
    *("billing_interval", "role", "status", "subscription_status", "type"),
}


@pytest.fixture(scope="module")
def document():
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture(scope="module")
def operations(document):
    return [
        operation
        for methods in document["paths"].values()
        for operation in methods.values()
    ]


@pytest.fixture(scope="module")
def parameters(operations):
    return [
        parameter
        for operation in operations
        for parameter in operation.get("parameters", [])
    ]


def references(part):
    return {node["$ref"] for node in nodes(part) if isinstance(node.get("$ref"), str)}


def test_no_enum_has_null_or_the_empty_string_in_it(document):
    for node in nodes(document):
        enum = node.get("enum")
        if isinstance(enum, list):
            assert None not in enum, node
            assert "" not in enum, node


def test_null_is_a_second_type_or_an_alternative_to_one_reference(document):
    """`type: [string, "null"]`, or `oneOf` a reference and null: OpenAPI 3.1."""
    assert document["openapi"].startswith("3.1")
    for node in nodes(document):
        assert "nullable" not in node, node
        if isinstance(node.get("type"), list):
            assert len(node["type"]) == 2
            assert node["type"][1] == "null"
        if {"type": "null"} in node.get("oneOf", ()):
            first, null = node["oneOf"]
            assert list(first) == ["$ref"], node
            assert null == {"type": "null"}


def test_a_nullable_enum_stays_nullable(document):
    schemas = document["components"]["schemas"]
    role = schemas["CurrentCaller"]["properties"]["role"]
    reference = {"$ref": "#/components/schemas/Role"}
    assert role["oneOf"] == [reference, {"type": "null"}]


def test_no_parameter_takes_null(parameters):
    for parameter in parameters:
        assert isinstance(parameter.get("schema", {}).get("type", ""), str), parameter


def test_names_of_enums_are_identifiers(document):
    schemas = document["components"]["schemas"]
    names = schemas["CustomerOrdering"]["x-enum-varnames"]
    assert names[:2] == ["NAME", "NAME_DESCENDING"]
    assert schemas["Scope"]["x-enum-varnames"][0] == "CUSTOMERS_READ"
    for schema in schemas.values():
        values = schema.get("enum", [])
        names = schema.get("x-enum-varnames", values)
        assert len(set(names)) == len(values)
        assert all(name.isidentifier() for name in names), schema


def test_no_schema_allows_only_the_empty_string(document):
    for node in nodes(document):
        assert node.get("maxLength") != 0, node


def test_every_component_is_used_and_every_reference_resolves(document):
    components = document["components"]
    existing = {
        f"#/components/{kind}/{name}"
        for kind in components
        for name in components[kind]
        if kind != "securitySchemes"
    }
    assert references(document) == existing


def test_every_security_scheme_is_used_and_bearer_is_the_first(document, operations):
    securities = [
        [name for requirement in operation.get("security", []) for name in requirement]
        for operation in operations
    ]
    used = {name for names in securities for name in names}
    assert used == set(document["components"]["securitySchemes"])
    for names in securities:
        assert "bearer" not in names[1:]


def test_no_schema_has_a_default(document, parameters):
    for parameter in parameters:
        assert "default" not in parameter.get("schema", {}), parameter
    for name, schema in document["components"]["schemas"].items():
        for member in schema.get("properties", {}).values():
            assert "default" not in member, name


def test_members_of_every_response_are_required(document, operations):
    schemas = document["components"]["schemas"]
    reached = set()
    paths = references([operation["responses"] for operation in operations])
    while new := {path.rpartition("/")[2] for path in paths} & schemas.keys() - reached:
        reached |= new
        paths = references([schemas[name] for name in new])
    assert {"Customer", "Subscription", "Plan", "CurrentCaller", "ApiKey"} <= reached
    # An erased event has no data.
    for name in {name for name in reached if not name.endswith("EventData")}:
        members = schemas[name].get("properties", {}).keys()
        assert members - set(schemas[name].get("required", ())) <= OPTIONAL, name


def test_a_change_of_a_subscription_answers_a_subscription(document):
    path = document["paths"]["/api/v1/subscriptions/{id}"]
    for method in ("put", "patch"):
        content = path[method]["responses"]["200"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Subscription"}


def test_lists_are_repeated_as_clients_do_by_default(parameters):
    for parameter in parameters:
        is_list = parameter.get("schema", {}).get("type") == "array"
        assert is_list == (parameter.get("name") in LISTS), parameter
        assert not parameter.keys() & {"explode", "style"}, parameter


def test_an_enum_has_one_name(document, parameters):
    schemas = document["components"]["schemas"]
    named = [set(schema["enum"]) for schema in schemas.values() if "enum" in schema]
    for parameter in parameters:
        schema = parameter.get("schema", {})
        inline = schema.get("items", schema).get("enum")
        assert inline is None or set(inline) not in named, parameter


def test_a_problem_s_code_and_a_field_s_are_two_types(document):
    schemas = document["components"]["schemas"]
    assert "external_id_taken" in schemas["ErrorCode"]["x-extensible-enum"]
    assert "blank" not in schemas["ErrorCode"]["x-extensible-enum"]
    assert "blank" in schemas["FieldErrorCode"]["x-extensible-enum"]
    code = schemas["Problem"]["properties"]["code"]
    assert code == {"$ref": "#/components/schemas/ErrorCode"}


def test_headers_are_documented_where_they_are_sent(document):
    created = document["paths"]["/api/v1/customers"]["post"]["responses"]["201"]
    assert created["headers"].keys() == {
        *("ETag", "Idempotency-Replayed", "Location", "X-Request-ID"),
        *("RateLimit", "RateLimit-Policy"),
    }
    refused = document["components"]["responses"]
    assert {"RateLimit", "RateLimit-Policy"} < refused["TooManyRequests"][
        "headers"
    ].keys()
    assert "RateLimit-Policy" in refused["Unauthorized"]["headers"]


def test_fields_is_documented_in_the_description_only(document, parameters):
    assert "fields" not in {parameter.get("name") for parameter in parameters}
    description = document["paths"]["/api/v1/customers"]["get"]["description"]
    assert "`fields=name,email`" in description


def test_webhooks_are_described_only_if_there_are_any(document, operations):
    names = [operation["operationId"] for operation in operations]
    has_webhooks = any("webhook" in name.lower() for name in names)
    assert ("webhooks" in document) == has_webhooks
