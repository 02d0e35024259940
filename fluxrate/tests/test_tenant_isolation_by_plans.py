"""Another organization's objects do not exist for plans either.

Acme's owner asks until plans answer; then Globex's owner asks the same plans.
"""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse

from fluxrate.api.renderers import JSONRenderer
from fluxrate.tests.route_walk import routes
from fluxrate.tests.test_tenant_isolation import (
    Neighbours,
    parameters,
    said,
    wanted_values,
)

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not settings.FAST_PATH, reason="There are no plans."),
]
ROUTES = {re.sub(r"\{\w+\}", "{}", route.path): route for route in routes()}
READS = [
    *("/customers", "/customers/{}", "/customers/external/{}", "/plans", "/plans/{}"),
    *("/subscriptions", "/subscriptions/{}", "/events"),
]
BODIES: dict[str, dict[str, Any]] = {
    "PATCH /customers/{}": {"name": "Newer"},
    "PUT /customers/{}": {"phone": "+1-555-0100"},
    "POST /customers": {"name": "New", "email": "new@example.com"},
    "PATCH /plans/{}": {"name": "Newer"},
    "POST /plans": {"name": "New"},
}
# Successes after which there is a plan.
ATTEMPTS = 4


@pytest.fixture(scope="module")
def neighbours(django_db_setup, django_db_blocker) -> Iterator[Neighbours]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Neighbours()
        transaction.set_rollback(True)


def learn(neighbours: Neighbours, method: str, url: str, body: Any = None) -> bool:
    """Whether Acme's owner is answered by a plan, after some requests."""
    return any(
        getattr(ask(neighbours.acme.api, method, url, body), "by_plan", False)
        for _ in range(ATTEMPTS)
    )


def ask(client: Any, method: str, url: str, body: Any = None) -> HttpResponse:
    """The answer, whose effects are undone."""
    before, data = transaction.savepoint(), JSONRenderer().render(body or {})
    answer: HttpResponse = client.generic(
        method, url, data if method != "GET" else b"", "application/json"
    )
    transaction.savepoint_rollback(before)
    return answer


@pytest.mark.parametrize("path", READS)
def test_what_a_plan_reads(neighbours, path):
    """The same plan reads Globex's own objects, and none of Acme's."""
    route = ROUTES[path]
    assert learn(neighbours, "GET", route.url(neighbours.wanted))
    own = ask(neighbours.globex.api, "GET", route.url(neighbours.own))
    # The external_id is a part of the address, and so of the plan.
    assert own.status_code == 200
    assert "external" in path or own.by_plan
    assert not neighbours.traces(own)
    if route.objects:
        found = ask(neighbours.globex.api, "GET", route.url(neighbours.wanted))
        missing = ask(neighbours.globex.api, "GET", route.url(neighbours.nowhere))
        assert found.status_code == 404
        assert said(found) == said(missing)


@pytest.mark.parametrize("path", [path for path in READS if "{" not in path])
def test_what_a_plan_of_a_query_reads(neighbours, path):
    """Every parameter that the document names, with all that could find Acme's."""
    route, planned = ROUTES[path], set()
    for name, schema in parameters(route).items():
        for value in wanted_values(neighbours, name, schema):
            url = route.url(neighbours.wanted, **{name: value})
            if learn(neighbours, "GET", url):
                planned.add(name)
            answer = ask(neighbours.globex.api, "GET", url)
            if answer.status_code == 200:
                assert not neighbours.traces(answer), url
    assert len(planned) > 5


@pytest.mark.parametrize("operation", [key for key in BODIES if "{" in key])
def test_what_a_plan_changes(neighbours, operation):
    method, path = operation.split()
    route, body = ROUTES[path], BODIES[operation]
    assert learn(neighbours, method, route.url(neighbours.wanted), body)
    own = ask(neighbours.globex.api, method, route.url(neighbours.own), body)
    assert own.status_code == 200
    assert own.by_plan
    # `Neighbours.ask` compares all rows of Acme before and after.
    found = neighbours.ask(method, route.url(neighbours.wanted), body)
    missing = neighbours.ask(method, route.url(neighbours.nowhere), body)
    assert found.status_code == 404
    assert said(found) == said(missing)


@pytest.mark.parametrize("operation", [key for key in BODIES if "{" not in key])
def test_whose_objects_a_plan_creates(neighbours, operation):
    method, path = operation.split()
    route, body = ROUTES[path], BODIES[operation]
    assert learn(neighbours, method, route.url({}), body)
    created = neighbours.ask(method, route.url({}), body)
    assert created.by_plan
    owner = str(neighbours.globex.organization.pk)
    assert created.json()["organization_id"] == owner


@pytest.mark.parametrize("path", ["/customers", "/customers/{}", "/plans"])
def test_a_plan_refuses_a_caller_who_has_gone(neighbours, path, django_user_model):
    """A plan that has just answered the owner answers nobody whose login has ended."""
    url = ROUTES[path].url(neighbours.wanted)
    assert learn(neighbours, "GET", url)
    before = transaction.savepoint()
    owner = neighbours.acme.owner
    django_user_model.objects.filter(pk=owner.pk).update(is_active=False)
    answer = neighbours.acme.api.get(url)
    transaction.savepoint_rollback(before)
    assert answer.status_code == 401
