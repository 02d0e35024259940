"""Every 409 of the suite has a code that openapi.yaml lists for its operation."""

import json
import re
from functools import cache
from typing import Any

import yaml

from .live_site import CHECKOUT

# Codes of many operations: of the database, and of an Idempotency-Key.
COMMON = {
    *("conflict", "stale_revision"),
    *("idempotency_key_in_flight", "idempotency_key_erased"),
}


@cache
def _listed() -> dict[tuple[str, str], list[str]]:
    """The codes by method and path."""
    text = (CHECKOUT / "openapi.yaml").read_text()
    document = yaml.load(text, yaml.CSafeLoader)
    return {
        (method.upper(), path): operation.get("x-conflict-codes", [])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def check_conflict(response: Any) -> None:
    """AssertionError if the response is a 409 whose code is not listed."""
    match = getattr(response, "resolver_match", None)
    if response.status_code != 409 or match is None:
        return
    parameters = re.sub(r"<\w+:(\w+)>", r"{\1}", match.route).replace("{pk}", "{id}")
    operation = (response.request["REQUEST_METHOD"], f"/{parameters}")
    codes = _listed().get(operation)
    code = json.loads(response.content)["code"]
    assert codes is None or code in {*codes, *COMMON}, (
        f"{' '.join(operation)} answers {code}: name it in `conflicts` of the view."
    )
