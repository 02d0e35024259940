"""Who may do what: one table, endpoint, method and caller → status.

The table is `access_matrix.csv`: a row for every method of every route, a column for
every kind of caller. A route without a row fails, and a row without a route. A new
route's row is printed by the failure; read it twice before it goes into the table. A
noun without rows of its own has those of the first noun with its scope.
"""

import csv
import io
from collections.abc import Iterator
from copy import copy
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import transaction
from django.http import HttpResponse
from rest_framework.test import APIClient

from fluxrate.api.renderers import JSONRenderer
from fluxrate.tests import noun_samples
from fluxrate.tests.route_walk import METHODS, Route, World, routes

pytestmark = pytest.mark.django_db
TABLE = Path(__file__).with_name("access_matrix.csv")
ROUTES = {route.path: route for route in routes()}
PLANNED = {
    *("GET /customers", "GET /customers/{pk}", "PATCH /customers/{pk}"),
    *(
        "POST /customers",
        "PUT /customers/{pk}",
        "GET /customers/external/{external_id}",
    ),
    *("GET /plans", "GET /plans/{pk}", "POST /plans", "PATCH /plans/{pk}"),
    *("GET /subscriptions", "GET /subscriptions/{pk}", "GET /events"),
}


def name(row: dict[str, str]) -> str:
    return f"{row['method']} {row['path']}"


def table() -> list[dict[str, str]]:
    with TABLE.open(newline="") as file:
        return list(csv.DictReader(file))


def rows() -> list[dict[str, str]]:
    """The table's, and those of nouns that it does not name."""
    named = table()
    words = {row["path"].split("/")[1] for row in named}
    further = noun_samples.NOUNS.keys() - words
    return [*named, *(row for word in sorted(further) for row in of_scope(word, named))]


def of_scope(word: str, named: list[dict[str, str]]) -> Iterator[dict[str, str]]:
    """The rows of a noun's own routes."""
    nouns = noun_samples.NOUNS
    first = next(w for w, v in nouns.items() if v.scope == nouns[word].scope)
    # The body names an object of Acme.
    refused = {"other owner": "422", "other key": "422"}
    for row in named:
        path = row["path"].replace(first, word, 1)
        if path in ROUTES and path != row["path"]:
            is_new = name(row) == f"POST /{first}" and noun_samples.belongs(word)
            yield row | {"path": path} | (refused if is_new else {})


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker) -> Iterator[World]:
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


def answer(world: World, caller: str, route: Route, method: str) -> HttpResponse:
    """The answer to one request, whose effects are then taken back."""
    body = world.bodies().get(f"{method} {route.path}", {})
    client, template = APIClient(), world.callers[caller]
    data: Any = b"" if method == "GET" else JSONRenderer().render(body)
    client.defaults, client.cookies = template.defaults, copy(template.cookies)
    url, content = route.url(world.ids), "application/json"
    before = transaction.savepoint()
    given: HttpResponse = client.generic(method, url, data, content)
    transaction.savepoint_rollback(before)
    return given


def test_every_route_has_its_rows_and_every_row_a_route():
    names = [name(row) for row in rows()]
    walked = [f"{m} {r.path}" for r in ROUTES.values() for m in r.methods]
    assert len(set(names)) == len(names)
    assert sorted(set(walked) - set(names)) == [], "Missing in the table"
    assert sorted(set(names) - set(walked)) == [], "In the table, but no route"


def test_every_row_has_every_caller(world):
    for row in rows():
        assert [*row] == ["method", "path", *world.callers], name(row)
        assert all(row.values()), name(row)


@pytest.mark.parametrize("row", rows(), ids=name)
def test_each_caller_is_answered_as_the_table_says(world, row):
    route = ROUTES[row["path"]]
    seen = statuses(world, route, row["method"])
    line = io.StringIO()
    csv.writer(line).writerow([row["method"], row["path"], *seen.values()])
    assert {caller: row[caller] for caller in seen} == seen, line.getvalue()


def statuses(world: World, route: Route, method: str) -> dict[str, str]:
    return {
        caller: str(answer(world, caller, route, method).status_code)
        for caller in world.callers
    }


@pytest.mark.skipif(not settings.FAST_PATH, reason="There are no plans.")
@pytest.mark.parametrize(
    "row", [row for row in rows() if name(row) in PLANNED], ids=name
)
def test_plans_answer_as_the_table_says(world, row):
    route, method = ROUTES[row["path"]], row["method"]
    by_plan = [
        getattr(answer(world, caller, route, method), "by_plan", False)
        for _ in range(5)
        for caller in world.callers
        if row[caller].startswith("2")
    ]
    # Plans for members and for keys: for half of the requests at least.
    assert sum(by_plan) >= len(by_plan) / 2
    seen = statuses(world, route, method)
    assert {caller: row[caller] for caller in seen} == seen


def test_a_method_without_a_row_does_nothing(world):
    for route in ROUTES.values():
        unknown = [method for method in METHODS if method not in route.methods]
        for caller, method in zip(("owner", "anonymous"), unknown, strict=False):
            status = answer(world, caller, route, method).status_code
            assert status in {400, 401, 403, 405}, (method, route.path, caller)


def test_the_table_says_what_the_roles_and_scopes_mean():
    """Read across: no caller is let in where one who may more is refused."""
    for row in rows():
        open_to_all = row["anonymous"] not in {"401", "403"}
        for lower, higher in (
            ("viewer", "member"),
            ("member", "admin"),
            ("admin", "owner"),
        ):
            if row[lower].startswith("2"):
                assert row[higher][0] in "24", name(row)
                assert row[higher] not in {"401", "403"}, name(row)
        if not open_to_all:
            assert row["anonymous"] == row["staff"] == "401", name(row)
        if "{" in row["path"] and not row["path"].startswith("/customers/external"):
            for other in ("other owner", "other key"):
                assert row[other] in {"403", "404"}, name(row)
