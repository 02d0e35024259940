"""Every 409 and 422 of the suite has a code that openapi.yaml lists."""

import json
import re
from functools import cache
from typing import Any

import yaml

from .live_site import CHECKOUT

# The member of an operation that lists its codes, the attribute of the view, and codes
# of many operations: of the database, and of an Idempotency-Key.
LISTS = {
    409: (
        "x-conflict-codes",
        "conflicts",
        {
            *("conflict", "stale_revision"),
            *("idempotency_key_in_flight", "idempotency_key_erased"),
        },
    ),
    422: ("x-unprocessable-codes", "unprocessable", {"invalid_value"}),
}


@cache
def _operations() -> dict[tuple[str, str], dict[str, Any]]:
    text = (CHECKOUT / "openapi.yaml").read_text()
    document = yaml.load(text, yaml.CSafeLoader)
    return {
        (method.upper(), path): operation
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def check_code(response: Any) -> None:
    """AssertionError if the response is a 409 or 422 whose code is not listed."""
    match = getattr(response, "resolver_match", None)
    if response.status_code not in LISTS or match is None:
        return
    parameters = re.sub(r"<\w+:(\w+)>", r"{\1}", match.route).replace("{pk}", "{id}")
    key = (response.request["REQUEST_METHOD"], f"/{parameters}")
    operation = _operations().get(key)
    if operation is None:
        return
    member, attribute, common = LISTS[response.status_code]
    code = json.loads(response.content)["code"]
    assert code in {*operation.get(member, ()), *common}, (
        f"{' '.join(key)} answers {code}: name it in `{attribute}` of the view."
    )
