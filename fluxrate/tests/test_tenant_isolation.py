"""Another organization's objects do not exist: on every route, through every opening.

Globex's owner asks every route with Acme's ids: in paths, bodies, filters, search and
orderings. Each answer must be the one that an id gets which never existed, and nothing
of Acme may be seen in it or be changed by it. Everything of Acme has its name in it.
"""

import re
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import transaction
from django.http import HttpResponse
from drf_spectacular.generators import SchemaGenerator

from conftest import Tenant, tenant
from fluxrate.api.renderers import JSONRenderer
from fluxrate.models import Owned
from fluxrate.tests.route_walk import BASE, Route, belongings, routes

pytestmark = pytest.mark.django_db
ROUTES = routes()
WITH_IDS = [
    (method, route) for route in ROUTES if route.objects for method in route.methods
]
READS = [route for route in ROUTES if "GET" in route.methods]
# What a body's *_id names, by the word for it in paths.
NAMED = {
    "customer_id": "customers",
    "plan_id": "plans",
    "organization_id": "organization",
}
# What finds Acme's customer, where a parameter compares the whole text.
TEXTS = {
    "email": "customer@acme.example",
    "name": "acme customer",
    "external_id": "acme-1",
}


def shape(path: str) -> str:
    return re.sub(r"\{\w+\}", "{}", path)


DOCUMENT: dict[str, Any] = SchemaGenerator().get_schema(request=None, public=True)
OPERATIONS = {
    (method.upper(), shape(path.removeprefix(BASE))): operation
    for path, methods in DOCUMENT["paths"].items()
    for method, operation in methods.items()
}


class Neighbours:
    """Acme, whose objects are wanted, and Globex, whose owner wants them."""

    def __init__(self) -> None:
        self.acme, self.globex = tenant("Acme"), tenant("Globex")
        self.wanted = self.things(self.acme)
        self.own = self.things(self.globex)
        self.nowhere = {
            kind: f"never-{uuid.uuid4()}" if isinstance(value, str) else uuid.uuid4()
            for kind, value in self.wanted.items()
        }

    def things(self, of: Tenant) -> dict[str, Any]:
        return belongings(of) | {"organization": of.organization.pk}

    def ask(self, method: str, url: str, body: Any = None) -> HttpResponse:
        """What Globex's owner is answered; then it is taken back."""
        before, writes = transaction.savepoint(), method != "GET"
        here = self.acme_s() if writes else []
        data: Any = JSONRenderer().render(body or {})
        answer = self.globex.api.generic(method, url, data, "application/json")
        assert not writes or self.acme_s() == here, (method, url)
        transaction.savepoint_rollback(before)
        assert answer.status_code < 500, answer.content
        return answer

    def acme_s(self) -> list[Any]:
        """Every row of Acme, to see that none changes."""
        home = self.acme.organization
        return [
            list(model.objects.filter(organization=home).order_by("pk").values())
            for model in apps.get_models()
            if issubclass(model, Owned)
        ]

    def traces(self, answer: HttpResponse) -> list[str]:
        """What of Acme can be seen in an answer."""
        text = answer.content.decode()
        ids = {str(value) for value in self.wanted.values()} | {"acme"}
        return [each for each in ids if each in text.lower()]


@pytest.fixture(scope="module")
def neighbours(django_db_setup, django_db_blocker) -> Iterator[Neighbours]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield Neighbours()
        transaction.set_rollback(True)


def said(answer: HttpResponse) -> tuple[int, str]:
    """Status and body, the request's id apart."""
    request_id = answer.headers["X-Request-ID"]
    return answer.status_code, answer.content.decode().replace(request_id, "")


def parameters(route: Route) -> dict[str, Any]:
    operation = OPERATIONS.get(("GET", shape(route.path)), {})
    return {
        each["name"]: each["schema"]
        for each in operation.get("parameters", [])
        if each.get("in") == "query"
    }


@pytest.mark.parametrize(
    ("method", "route"), WITH_IDS, ids=[f"{m} {r.path}" for m, r in WITH_IDS]
)
def test_by_path(neighbours, method, route):
    """Each id of the path is Acme's in turn, the others being Globex's own."""
    for kind in route.objects:
        theirs = neighbours.own | {kind: neighbours.wanted[kind]}
        nobodys = neighbours.own | {kind: neighbours.nowhere[kind]}
        found = neighbours.ask(method, route.url(theirs))
        if kind == "external" and method == "PUT":
            # Making a customer of one's own by that name is everybody's right.
            assert found.status_code in {201, 422}
            continue
        # 422 where the body is looked at first: whose the object is decides nothing.
        assert found.status_code in {404, 405, 422}, (found.status_code, found.content)
        assert said(found) == said(neighbours.ask(method, route.url(nobodys)))
        assert not neighbours.traces(found)


@pytest.mark.parametrize("route", READS, ids=lambda route: route.path)
def test_nothing_of_the_neighbours_in_what_one_reads(neighbours, route):
    answer = neighbours.ask("GET", route.url(neighbours.own))
    assert answer.status_code == 200
    assert not neighbours.traces(answer)


def wanted_values(neighbours: Neighbours, name: str, schema: dict[str, Any]) -> Any:
    """Values of a parameter that find Acme's objects where the door is open."""
    ids = [str(value) for value in neighbours.wanted.values()]
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    if choices:
        return choices[:4]
    if schema.get("type") in {"integer", "boolean"}:
        return [1]
    if schema.get("format") == "date-time":
        return ["2999-01-01T00:00:00Z"]
    if schema.get("format") == "uuid" or name in {"object_id", *NAMED}:
        return ids
    if name.endswith("__in"):
        return [",".join(ids)]
    return [TEXTS.get(name, "acme")]


@pytest.mark.parametrize(
    "route", [r for r in READS if parameters(r)], ids=lambda route: route.path
)
def test_by_query(neighbours, route):
    """Every parameter that the document names, with all that could find Acme's."""
    for name, schema in parameters(route).items():
        for value in wanted_values(neighbours, name, schema):
            url = route.url(neighbours.own, **{name: value})
            answer = neighbours.ask("GET", url)
            assert answer.status_code in {200, 400, 404}, (url, answer.content)
            if answer.status_code == 200:
                assert not neighbours.traces(answer), url


@pytest.mark.parametrize(
    "route",
    [r for r in READS if r.objects and parameters(r)],
    ids=lambda route: route.path,
)
def test_by_path_and_query(neighbours, route):
    """As of another time, too, Acme's object was never there."""
    for name, schema in parameters(route).items():
        value = wanted_values(neighbours, name, schema)[0]
        answer = neighbours.ask("GET", route.url(neighbours.wanted, **{name: value}))
        assert answer.status_code in {400, 404}, (name, answer.content)


def writes() -> Iterator[tuple[str, Route, str]]:
    """Every body's field that holds an id."""
    for route in ROUTES:
        for method in route.methods:
            operation = OPERATIONS.get((method, shape(route.path)), {})
            content = operation.get("requestBody", {}).get("content", {})
            for media in content.values():
                component = media["schema"]["$ref"].rsplit("/", 1)[1]
                schema = DOCUMENT["components"]["schemas"][component]
                for name, field in schema["properties"].items():
                    if field.get("format") == "uuid" and not field.get("readOnly"):
                        yield method, route, name


BODIES = list(writes())


@pytest.mark.parametrize(
    ("method", "route", "field"),
    BODIES,
    ids=[f"{m} {r.path} {f}" for m, r, f in BODIES],
)
def test_by_body(neighbours, method, route, field):
    own = {name: neighbours.own[kind] for name, kind in NAMED.items()}
    operation = OPERATIONS[(method, shape(route.path))]
    media = operation["requestBody"]["content"]["application/json"]
    component = media["schema"]["$ref"].rsplit("/", 1)[1]
    fields = DOCUMENT["components"]["schemas"][component]["properties"]
    body = {name: own[name] for name in fields if name in own}
    url = route.url(neighbours.own)
    theirs, nobodys = (
        neighbours.ask(method, url, body | {field: world[NAMED[field]]})
        for world in (neighbours.wanted, neighbours.nowhere)
    )
    assert theirs.status_code in {404, 422}, theirs.content
    assert said(theirs) == said(nobodys)


def test_the_same_walk_finds_acme_s_objects_when_acme_walks_it(neighbours):
    """Else the tests above would pass by looking at nothing."""
    home = neighbours.acme.api
    for route in READS:
        answer = home.get(route.url(neighbours.wanted))
        assert answer.status_code == 200, route.path
        if "/{" in route.path or route.path in {"/customers", "/members"}:
            assert neighbours.traces(answer), route.path
    assert {field for _, _, field in BODIES} >= {"customer_id", "plan_id"}
    named = {name for route in READS for name in parameters(route)}
    assert named >= {"search", "email", "external_id", "ordering", "after"}
