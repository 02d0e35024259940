"""On the twin, a statement of an API request reads one leaf of a table.

`make twin` runs the tests of customers and organizations so.
"""

from collections.abc import Iterator

import pytest
from django.db import connection, transaction

from fluxrate.tests.leaves import Leaves, explained
from fluxrate.tests.route_walk import World, routes
from fluxrate.tests.test_access_matrix import answer
from fluxrate.tests.test_tenant_isolation import TEXTS, parameters
from fluxrate.tests.twin import LEAVES, partition

pytestmark = [pytest.mark.django_db]
OWNED = {
    "customers_customer",
    "customers_plan",
    "customers_subscription",
    "fluxrate_event",
    "fluxrate_rowcount",
    "fluxrate_rowinterval",
}
CUSTOMERS = "/api/v1/customers"
# After so many requests, a plan answers.
REPEATED = 4


@pytest.fixture(scope="module")
def tables(django_db_setup, django_db_blocker) -> Iterator[list[str]]:
    with django_db_blocker.unblock(), transaction.atomic():
        if connection.connection.info.server_version < 170_000:
            pytest.skip("Partitioned tables have no identity columns.")
        with connection.cursor() as cursor:
            yield partition(cursor)
        transaction.set_rollback(True)


@pytest.fixture(scope="module")
def world(tables) -> World:
    return World()


@pytest.fixture
def leaves(tables, monkeypatch) -> Iterator[Leaves]:
    with explained(tables, monkeypatch) as leaves:
        yield leaves


def test_the_owned_tables_are_partitioned(tables):
    assert set(tables) >= OWNED
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = ANY (%s::regclass[])",
            [tables],
        )
        assert cursor.fetchone() == (LEAVES * len(tables),)


@pytest.mark.parametrize("route", routes(), ids=lambda route: route.path)
def test_every_route(world, leaves, route):
    for method in route.methods:
        for _ in range(REPEATED):
            answer(world, "owner", route, method)
    assert leaves.statements
    assert leaves.wide == {}


def test_every_parameter(world, leaves):
    for route in routes():
        if "GET" in route.methods:
            for name, schema in parameters(route).items():
                value = value_of(name, schema)
                url = route.url(world.ids, **{name: value})
                response = world.callers["owner"].get(url)
                assert response.status_code in {200, 400, 404}, url
    assert leaves.wide == {}


def value_of(name, schema):
    choices = schema.get("enum") or schema.get("items", {}).get("enum")
    if choices:
        return choices[0]
    if schema.get("format") == "date-time":
        return "2999-01-01T00:00:00Z"
    if schema.get("format") == "uuid":
        return "ffffffff-ffff-4fff-8fff-ffffffffffff"
    return TEXTS.get(name, "1")


def test_a_statement_without_the_organization_reads_all_leaves(world, leaves):
    leaves.request = CUSTOMERS
    sql = "SELECT name FROM customers_customer WHERE id = %s"
    leaves.explain(sql, [world.ids["customers"]])
    assert leaves.wide == {sql: CUSTOMERS}


def test_the_constraint_of_a_leaf_has_its_code(world):
    api, body = world.callers["owner"], {"name": "Ada", "email": "ada@example.com"}
    named = body | {"external_id": "acme-1"}
    before = transaction.savepoint()
    response = api.post(CUSTOMERS, named)
    transaction.savepoint_rollback(before)
    assert response.json()["code"] == "external_id_taken"
