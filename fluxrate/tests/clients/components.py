"""The components of openapi.yaml that the clients have as types."""

from collections.abc import Iterator
from typing import Any, TypeAlias

import yaml

from fluxrate.tests.live_site import CHECKOUT

Node: TypeAlias = dict[str, Any]
SCHEMAS = "#/components/schemas/"
# The components to begin with, and their names in the clients.
NAMES = {
    "Customer": "Customer",
    "Plan": "Plan",
    "Subscription": "Subscription",
    "Event": "Event",
    "FieldError": "FieldError",
    "CustomerRequest": "NewCustomer",
    "PatchedCustomerRequest": "CustomerFields",
    "PlanRequest": "NewPlan",
    "PatchedPlanRequest": "PlanFields",
    "SubscriptionRequest": "NewSubscription",
    "GetOrCreateCustomerRequest": "GetOrCreateCustomer",
    "CustomerBatchRequest": "CustomerBatch",
    "CustomerOperationRequest": "CustomerOperation",
    "CustomerBatchResult": "CustomerBatchResult",
    "SubscriptionBatchRequest": "SubscriptionBatch",
    "SubscriptionOperationRequest": "SubscriptionOperation",
    "SubscriptionBatchResult": "SubscriptionBatchResult",
}
# Lists, and the names of the type of their query.
QUERIES = {
    "customers": "CustomersQuery",
    "events": "EventsQuery",
    "plans": "PlansQuery",
    "subscriptions": "SubscriptionsQuery",
}


def document() -> Node:
    text = (CHECKOUT / "openapi.yaml").read_text()
    parsed: Node = yaml.load(text, yaml.CSafeLoader)
    return parsed


def components(*more: str) -> dict[str, Node]:
    """NAMES, `more` and all that they refer to: schemas by name in the clients."""
    schemas = document()["components"]["schemas"]
    names = [*NAMES, *more]
    for name in names:
        names += [each for each in references(schemas[name]) if each not in names]
    return {NAMES.get(name, name): schemas[name] for name in dict.fromkeys(names)}


def queries() -> dict[str, Node]:
    """The schemas of each list's parameters, by the name of the query's type."""
    paths = document()["paths"]
    return {
        name: {
            each["name"]: each["schema"] | {"description": each.get("description", "")}
            for each in paths[f"/api/v1/{noun}"]["get"]["parameters"]
            if each["in"] == "query"
        }
        for noun, name in QUERIES.items()
    }


def referenced(schema: Node) -> str:
    """The name in the clients of the component of a `$ref`."""
    name: str = schema["$ref"].removeprefix(SCHEMAS)
    return NAMES.get(name, name)


def references(node: object) -> Iterator[str]:
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "$ref":
                yield value.removeprefix(SCHEMAS)
            elif not name.startswith("x-"):
                yield from references(value)
    elif isinstance(node, list):
        for item in node:
            yield from references(item)
