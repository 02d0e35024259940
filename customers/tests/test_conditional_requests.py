"""A tag is a revision: nobody overwrites what they have not seen."""

import pytest

URL = "/api/v1/customers"


@pytest.fixture
def ada(acme_api):
    made = acme_api.post(URL, {"name": "Ada", "email": "a@b.co"})
    assert made["ETag"] == '"1"'
    return made["Location"]


def test_what_is_unchanged_is_not_sent_again(acme_api, ada):
    tag = acme_api.get(ada)["ETag"]
    for known in (tag, f'"9", W/{tag}', "*"):
        same = acme_api.get(ada, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", tag)
    acme_api.patch(ada, {"name": "Bea"})
    other = acme_api.get(ada, headers={"If-None-Match": tag})
    assert (other.status_code, other["ETag"]) == (200, '"2"')


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_stale_write_is_refused_with_the_current_tag(acme_api, ada, method):
    acme_api.patch(ada, {"name": "Bea"})
    write = getattr(acme_api, method)
    for stale in ('"1"', 'W/"2"', "2", '"3"'):
        answer = write(ada, {"name": "Cid"}, headers={"If-Match": stale})
        assert (answer.status_code, answer["ETag"]) == (412, '"2"'), stale
        assert answer.json()["code"] == "stale"
    assert acme_api.get(ada).json()["name"] == "Bea"
    answer = write(ada, {"name": "Cid"}, headers={"If-Match": '"1", "2"'})
    assert answer.status_code in {200, 204}


def test_every_single_object_has_a_tag(acme_api, ada):
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"})
    customer = ada.rpartition("/")[2]
    subscription = acme_api.post(
        "/api/v1/subscriptions",
        {"customer_id": customer, "plan_id": plan.json()["id"]},
    )
    addresses = [plan["Location"], subscription["Location"], "/api/v1/organization"]
    for address in addresses:
        answer = acme_api.get(address)
        assert answer["ETag"] == f'"{answer.json()["revision"]}"', address
        assert answer["ETag"] == '"1"'


def test_a_stale_change_of_the_organization_is_refused(acme_api):
    change = {"name": "Acme Ltd"}
    url = "/api/v1/organization"
    assert acme_api.patch(url, change, headers={"If-Match": '"7"'}).status_code == 412
    changed = acme_api.patch(url, change, headers={"If-Match": '"1"'})
    assert (changed.status_code, changed["ETag"]) == (200, '"2"')


def test_a_change_of_nothing_keeps_the_tag(acme_api, ada):
    before = acme_api.get(ada).json()
    for body in ({}, {"name": "Ada"}, before):
        answer = acme_api.put(ada, body)
        assert (answer.status_code, answer["ETag"]) == (200, '"1"')
        assert answer.json() == before
