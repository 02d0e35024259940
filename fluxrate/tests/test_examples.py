"""The examples of README.md, docs/errors.md and the OpenAPI document are answers."""

import json
import re

import pytest
import yaml
from django.conf import settings
from django.db import OperationalError

from customers.models import Plan
from fluxrate.api.openapi import problems
from fluxrate.api.problems import exception_handler
from fluxrate.models.batch_transaction import batch
from fluxrate.tests import noun_samples
from organizations.models import Organization

CUSTOMERS = "/api/v1/customers"
NOBODY = f"{CUSTOMERS}/0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"
ADA = {"name": "Ada", "email": "ada@example.com", "external_id": "a-1"}
# Members whose own names are the caller's, or which are not of one shape.
OPEN = {"metadata", "changes", "by_status", "scheduled_change", "counts"}
OPEN |= {"object", "data", "deletes", "restored", "frees", "warnings"}
SOMETIMES = {"total_is_exact"}
# What needs a secret from a mail, or a cookie that is not set by the answer before.
APART = {
    "confirmEmail",
    "resendEmailConfirmation",
    "resetPassword",
    "requestPasswordReset",
    "refreshSession",
    "switchOrganization",
    "acceptInvitation",
}


@pytest.fixture(scope="module")
def document():
    return yaml.safe_load((settings.BASE_DIR / "openapi.yaml").read_text())


def blocks(page):
    text = (settings.BASE_DIR / page).read_text()
    return [json.loads(each) for each in re.findall(r"```json\n(.*?)```", text, re.S)]


@pytest.mark.parametrize("page", ["README.md", "docs/errors.md"])
def test_the_refusal_that_the_pages_show_is_the_server_s(acme_api, page):
    (shown,) = blocks(page)
    body = acme_api.post(CUSTOMERS, {"name": "Ada", "email": "nope"}).json()
    assert body | {"request_id": shown["request_id"]} == shown
    assert list(body) == list(shown)


@pytest.fixture
def refusals(acme_api, stranger, key):
    """One request for each status that the document has an example of."""
    acme_api.post(CUSTOMERS, ADA)
    one = acme_api.post(CUSTOMERS, {"name": "Bea", "email": "b@example.com"}).json()
    url = f"{CUSTOMERS}/{one['id']}"
    large = b" " * 1_000_001
    return {
        400: lambda: acme_api.get(CUSTOMERS, {"page": "0"}),
        401: lambda: stranger.get(CUSTOMERS),
        403: lambda: key("customers.read").post(CUSTOMERS, ADA),
        404: lambda: acme_api.get(NOBODY),
        406: lambda: acme_api.get(CUSTOMERS, headers={"Accept": "text/csv"}),
        409: lambda: acme_api.post(CUSTOMERS, ADA),
        412: lambda: acme_api.put(url, {"name": "Cid"}, headers={"If-Match": '"9"'}),
        413: lambda: acme_api.post(CUSTOMERS, large, content_type="application/json"),
        415: lambda: acme_api.post(CUSTOMERS, "a", content_type="text/plain"),
        422: lambda: acme_api.post(CUSTOMERS, {"name": "Ada", "email": "nope"}),
    }


def example_of(document, status):
    name = problems.name(status)
    content = document["components"]["responses"][name]["content"]
    return content["application/json"]["example"]


def without_numbers(body):
    kept = {name: value for name, value in body.items() if name != "request_id"}
    return json.loads(re.sub(r"Try again in \d+", "Try again in 12", json.dumps(kept)))


def test_the_document_s_problems_are_answered(document, refusals):
    for status, ask in refusals.items():
        got = ask()
        assert got.status_code == status
        shown = without_numbers(example_of(document, status))
        assert without_numbers(got.json()) == shown
    assert set(refusals) | {429, 503} == set(problems.DESCRIPTIONS)


def test_the_document_s_problem_of_a_limit_is_answered(document, site, owner):
    headers = {"Authorization": f"Bearer {owner.key}"}
    with site.another(RATE_LIMIT="1", WEB_CONCURRENCY="1") as slow:
        for _ in range(2):
            got = slow.ask("GET", CUSTOMERS, headers=headers)
    assert got.status == 429
    shown = without_numbers(example_of(document, 429))
    assert without_numbers(got.json()) == shown


def test_the_document_s_problem_of_a_database_is_answered(document):
    got = exception_handler(OperationalError("gone"), {})
    assert without_numbers(got.data) == without_numbers(example_of(document, 503))


@pytest.fixture
def world(acme, acme_api, member):
    """Objects by the names that the document's paths and bodies have for them."""

    def new(url, body):
        made = acme_api.post(f"/api/v1/{url}", body)
        assert made.status_code == 201, made.content
        return made.json()["id"]

    member("MEMBER")
    acme_api.patch("/api/v1/organization", {"is_test": True})
    Organization.objects.update(clock_at="2025-01-15T10:30:00Z")
    customer = new("customers", ADA)
    plan, other = (new("plans", {"name": name}) for name in ("Basic", "Pro"))
    body = {"customer_id": customer, "plan_id": plan}
    with batch("shell:ada", acme.organization, "test") as batch_id:
        Plan.objects.create(organization=acme.organization, name="Batch")
    gone = new("customers", ADA | {"external_id": "gone"})
    gone = acme_api.delete(f"/api/v1/customers/{gone}")["Deletion-Id"]
    ids = {
        "batches": batch_id,
        "customers": customer,
        "deletions": gone,
        "plans": plan,
        "plan_id": other,
        "customer_id": customer,
        "subscriptions": new("subscriptions", body),
        "api-keys": new("api-keys", {"name": "A", "scopes": ["customers.read"]}),
        "invitations": new("invitations", {"email": "g@acme.com", "role": "MEMBER"}),
        "members": acme_api.get("/api/v1/members").json()["data"][0]["id"],
        "external_id": "a-1",
    }
    for word in noun_samples.NOUNS.keys() - ids.keys():
        ids[word] = new(word, noun_samples.body(word, ids))
    return ids


def example_in(part):
    content = (part or {}).get("content", {}).get("application/json", {})
    shown = content.get("examples", {}).get("Example", content)
    return shown.get("value")


def alike(answered, shown, at=""):
    """One shape: the same members, of the same types where neither is null."""
    if isinstance(answered, dict) and isinstance(shown, dict):
        assert answered.keys() ^ shown.keys() <= SOMETIMES, at
        for name in answered.keys() & shown.keys() - OPEN:
            if not (name == "data" and "object_id" in answered):
                alike(answered[name], shown[name], f"{at}.{name}")
    elif isinstance(answered, list) and isinstance(shown, list):
        for one in answered[:1]:
            for other in shown[:1]:
                alike(one, other, f"{at}[]")
    elif answered is not None and shown is not None:
        assert type(answered) is type(shown), at


def asked(api, method, path, operation, world):
    """The operation with its example, in which ids are those of this world."""
    noun = path.split("/")[3]
    url = path.replace("{id}", str(world.get(noun)))
    if path.endswith("/diff"):
        url += "?from=2025-01-01T00:00:00Z"
    body = example_in(operation.get("requestBody"))
    if isinstance(body, dict):
        body |= {
            name: world[name] for name in ("customer_id", "plan_id") if name in body
        }
    own = (body or {}).get("external_id", world["external_id"])
    url = url.replace("{external_id}", own)
    if path.endswith("/login"):
        api.post("/api/v1/auth/signup", body | {"organization_name": "Acme"})
    return body, getattr(api, method)(url, body or {} if method != "get" else None)


def pytest_generate_tests(metafunc):
    if "operation_id" in metafunc.fixturenames:
        text = (settings.BASE_DIR / "openapi.yaml").read_text()
        paths = yaml.safe_load(text)["paths"].values()
        names = [one["operationId"] for path in paths for one in path.values()]
        metafunc.parametrize("operation_id", [n for n in names if n not in APART])


def test_an_operation_s_example_is_taken_and_answered(
    document, world, acme_api, operation_id
):
    method, path, operation = next(
        (method, path, one)
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if one["operationId"] == operation_id
    )
    sent, got = asked(acme_api, method, path, operation, world)
    if got.status_code == 409:
        # An action that another state allows; those are tested elsewhere.
        assert got.json()["code"] != "conflict"
        return
    assert str(got.status_code) in operation["responses"], got.content
    assert got.status_code < 300, got.content
    shown = example_in(operation["responses"][str(got.status_code)])
    if shown is None:
        return
    alike(got.json(), shown)
    for name, value in (sent or {}).items():
        if name in got.json() and name != "plan_id":
            assert got.json()[name] == value, name
