"""Requests whose form is alike share a plan, and nothing else."""

import uuid

import pytest
from django.utils import timezone

from fluxrate.api import throttling
from fluxrate.api.tests.test_fast_path import planned, until_planned
from organizations.models import Session

pytestmark = pytest.mark.django_db
URL = "/api/v1/customers"
LAST = uuid.UUID("ffffffff-ffff-4fff-bfff-ffffffffffff")
FORMS = [str(LAST).upper(), LAST.hex, f"%7B{LAST}%7D", str(LAST).replace("-", "%2D")]


def create(api, name):
    response = api.post(URL, {"name": name, "email": "a@example.com"})
    return response.json()["id"]


@pytest.mark.parametrize("form", FORMS)
def test_the_next_page_is_the_callers_in_every_form_of_a_position(
    acme_api, globex_api, form
):
    url = f"{URL}?page_size=1&after={form}"
    ids = {}
    for api in (acme_api, globex_api):
        create(api, "first")
        ids[api] = create(api, "last")
    for _ in range(4):
        for api in (acme_api, globex_api):
            response = api.get(url)
            assert [row["id"] for row in response.json()["data"]] == [ids[api]]
            assert ids[api] in response.json()["meta"]["next"]
            assert ids[api] in response.headers["Link"]


def test_a_placeholder_in_a_query_is_not_a_position(acme_api, caplog):
    create(acme_api, "Ada")
    url = f"{URL}?page_size=3&after="
    until_planned(acme_api.get, f"{url}{LAST}")
    assert acme_api.get(url + "{id}").status_code == 400
    assert planned(acme_api.get(f"{url}{LAST}"))
    assert {record.levelname for record in caplog.records} == {"INFO"}


def test_a_placeholder_in_a_path_is_not_an_id(acme_api):
    url = f"{URL}/{create(acme_api, 'Ada')}"
    until_planned(acme_api.get, url)
    assert acme_api.get(f"{URL}/{{id}}").status_code == 404
    assert planned(acme_api.get(url))


def test_a_request_of_an_ended_session_does_not_count(acme):
    until_planned(acme.api.get, URL)
    lease = throttling._leases[f"user:{acme.owner.pk}"]
    left = lease.tokens
    Session.objects.end(at=timezone.now())
    for _ in range(3):
        assert acme.api.get(URL).status_code == 401
    assert lease.tokens == left
