"""openapi.yaml is the contract; the code generates the same document."""

import re

import pytest
import yaml
from django.conf import settings
from drf_spectacular.drainage import GENERATOR_STATS
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiYamlRenderer
from drf_spectacular.validation import validate_schema

from fluxrate.api.openapi import problems
from fluxrate.api.openapi.schema import VERBS

WRITES = {"post", "put", "patch"}
# Operations whose path does not say the verb.
NAMED = {"auth_change_password", "members_leave", "organization_move_clock"}


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
        assert set(operation["tags"]) <= described, name


def test_an_operation_id_is_its_tag_and_a_verb(document, operations):
    """`customers_list`, `subscriptions_cancel`, `customers_upsert_by_external_id`."""
    assert len(operations) == sum(map(len, document["paths"].values()))
    for name, operation in operations.items():
        words = re.sub(r"/api/v1|/{\w+}", "", operation["path"]).replace("-", "_")
        _, tag, *action = words.split("/")
        verb = name.removeprefix(f"{tag}_").removesuffix("_by_external_id")
        by_path = {"_".join(action), "_".join([*action, "list"])}
        assert name.startswith(f"{tag}_"), name
        assert name in NAMED or verb in {*VERBS.values(), "upsert"} | by_path, name


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
