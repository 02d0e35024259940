"""Ids in capitals, slashes too many, other hosts: each path under /api has an answer
in JSON.
"""

import uuid
from urllib.parse import unquote

import pytest

from fluxrate.tests.route_walk import World, routes

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
WITH_IDS = [
    route for route in routes() if "GET" in route.methods and "pk}" in route.path
]
NOWHERE = [
    "/api",
    "/api/",
    "/api//",
    "/api//v1",
    "/api//v1/customers",
    "/api/v1",
    "/api/v1//customers",
    "/api/v1/customers//",
    "//api/v1/customers",
    "///api",
    "/API/v1/customers",
    "/Api",
    "/api/v2/customers",
    "/api/v1/customers/external",
    "/api/v1/customers/external/",
    "/api/v1/..%2f..%2fadmin/",
    "/api/v1/%0a",
    "/api/%C3%BC",
]


def test_an_id_may_be_written_in_capitals():
    world = World()
    owner = world.callers["owner"]
    for route in WITH_IDS:
        capitals = {
            name: str(value).upper() if isinstance(value, uuid.UUID) else value
            for name, value in world.ids.items()
        }
        answer = owner.get(route.url(capitals))
        assert answer.status_code == 200, route.path
    plan = f"/api/v1/plans/{str(world.ids['plans']).upper()}"
    assert owner.patch(plan, {"name": "Pro"}).status_code == 200
    assert owner.delete(plan).status_code == 204


@pytest.mark.parametrize("path", NOWHERE)
def test_every_path_under_api_is_answered_in_json(acme_api, settings, path):
    for debug in (False, True):
        settings.DEBUG = debug
        for method in ("GET", "POST", "DELETE", "OPTIONS"):
            answer = acme_api.generic(
                method, "/", "{}", "application/json", PATH_INFO=unquote(path)
            )
            assert answer.status_code == 404, method
            assert answer["Content-Type"] == "application/json"
            assert answer.json()["code"] == "not_found"
            assert answer["Cache-Control"] == "no-store"


@pytest.mark.parametrize("accept", ["text/html", "image/png", "*/*;q=0", ";;;"])
def test_an_unknown_path_is_404_whatever_the_client_accepts(acme_api, accept):
    for method in ("GET", "POST", "OPTIONS"):
        response = acme_api.generic(method, f"{URL}s", headers={"Accept": accept})
        assert response.status_code == 404, method
        assert response.json()["code"] == "not_found"


@pytest.mark.parametrize("path", [URL, "/api", "//api/v1", f"{URL}/x/"])
@pytest.mark.parametrize("host", ["evil.example", "a b", "localhost:x", "", "[::1"])
def test_another_host_is_refused_in_json(acme_api, settings, path, host):
    for settings.DEBUG in (False, True):
        answer = acme_api.get("/", PATH_INFO=path, HTTP_HOST=host)
        assert (answer.status_code, answer["Content-Type"]) == (400, "application/json")
        assert answer.json()["code"] == "bad_request"
        assert "Host" in answer.json()["detail"]


def test_one_slash_at_the_end_is_tolerated_and_no_more(acme_api):
    here = acme_api.post(f"{URL}/", ADA)["Location"]
    assert acme_api.get(f"{here}/").status_code == 200
    for slashes in ("//", "///"):
        for method in ("get", "patch", "delete"):
            answer = getattr(acme_api, method)(f"{here}{slashes}", {})
            assert answer.status_code == 404
        assert acme_api.get(f"{URL}{slashes}").status_code == 404
    assert acme_api.get(here).status_code == 200
