"""The operationId of an operation: a verb and what it acts on, in camel case.

`listCustomers`, `getCustomer`, `cancelSubscription`, `changeSubscriptionPlan`,
`listCustomerEvents`, `upsertCustomerByExternalId`. A view whose path does not say it
names its own with `extend_schema(operation_id=…)`.
"""

# By DRF's action.
VERBS = {
    "list": "list",
    "create": "create",
    "retrieve": "get",
    "update": "put",
    "partial_update": "update",
    "destroy": "delete",
    "upsert": "upsert",
}


def operation_id(segments: list[str], action: str, method: str, lookup: str) -> str:
    """`segments` are the segments of the path without parameters: `["api-keys"]`.

    `lookup` is the column of a lookup by another column than the key, else "".
    """
    by = f"By{pascal(lookup)}" if lookup else ""
    if action in VERBS:
        *outer, last = segments[:1] if lookup else segments
        noun = pascal(last if action == "list" else singular(last))
        return VERBS[action] + "".join(map(pascal, map(singular, outer))) + noun + by
    *nouns, name = segments
    subject = "".join(map(pascal, map(singular, nouns)))
    if method == "GET":
        return f"get{subject}{pascal(name)}"
    if name.endswith("-preview"):
        return f"preview{subject}{pascal(name.removesuffix('-preview'))}"
    verb, _, rest = name.partition("-")
    return f"{verb}{subject}{pascal(rest)}"


def pascal(text: str) -> str:
    """`api-keys` or `api_keys` as `ApiKeys`."""
    return "".join(word.capitalize() for word in text.replace("_", "-").split("-"))


def singular(word: str) -> str:
    """Of a regular English plural."""
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word.removesuffix("s")
