"""A deletion is previewed, confirmed and undone over the API."""

import pytest
from django.core import signing

from organizations.models import Role

from .deletions import ADA, API, everything, preview, subscribed_customer


@pytest.fixture
def ada(acme_api, pro):
    return subscribed_customer(acme_api, pro)


def test_a_preview_counts_what_goes_and_changes_nothing(acme_api, ada):
    before = everything(acme_api, ada)
    shown = preview(acme_api, ada)
    assert shown["deletes"] == {
        "customers": {"total": 1, "by_status": {"ACTIVE": 1}},
        "subscriptions": {"total": 2, "by_status": {"ACTIVE": 1, "CANCELED": 1}},
    }
    assert shown["keeps"] == {"events": 1}
    assert shown["frees"] == {"external_id": "ada"}
    assert [(w["code"], w["count"]) for w in shown["warnings"]] == [
        ("live_subscriptions", 1)
    ]
    assert everything(acme_api, ada) == before


def test_a_preview_takes_few_statements(acme_api, ada, django_assert_num_queries):
    with django_assert_num_queries(5):
        preview(acme_api, ada)


def test_a_confirmed_deletion_deletes(acme_api, ada):
    token = preview(acme_api, ada)["confirm"]
    assert acme_api.delete(f"{ada}?confirm={token}").status_code == 204
    assert acme_api.get(ada).status_code == 404


def test_a_deletion_without_confirmation_is_as_before(acme_api, ada):
    response = acme_api.delete(ada)
    assert response.status_code == 204
    number = response["Deletion-Id"]
    assert response["Link"] == f'<{API}/deletions/{number}>; rel="deletion"'


def change_subscription(api, url):
    number = api.get(f"{url}/subscriptions").json()["data"][0]["id"]
    api.patch(f"{API}/subscriptions/{number}", {"metadata": {"a": "b"}})


def add_subscription(api, url):
    plan = api.get(f"{API}/plans").json()["data"][0]["id"]
    body = {"customer_id": url.rpartition("/")[2], "plan_id": plan}
    api.post(f"{API}/subscriptions", body)


def change_customer(api, url):
    api.patch(url, {"phone": "1"})


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change", [change_subscription, add_subscription, change_customer]
)
def test_a_token_is_stale_after_a_change_of_a_counted_row(acme_api, ada, change):
    token = preview(acme_api, ada)["confirm"]
    change(acme_api, ada)
    refused = acme_api.delete(f"{ada}?confirm={token}")
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "preview_stale"
    token = problem["preview"]["confirm"]
    assert acme_api.delete(f"{ada}?confirm={token}").status_code == 204


@pytest.mark.django_db(transaction=True)
def test_a_change_of_another_customer_leaves_the_token_valid(acme_api, ada):
    token = preview(acme_api, ada)["confirm"]
    acme_api.post(f"{API}/customers", ADA | {"external_id": "other"})
    assert acme_api.delete(f"{ada}?confirm={token}").status_code == 204


def refused_code(api, url, token):
    response = api.delete(url, query_params={"confirm": token})
    return response.status_code, response.json()["code"]


def test_a_token_is_one_caller_s_for_one_object(acme_api, globex_api, ada, member, key):
    token = preview(acme_api, ada)["confirm"]
    invalid = (422, "invalid_confirmation")
    other = acme_api.post(f"{API}/customers", ADA | {"external_id": "b"}).json()["id"]
    assert refused_code(member(Role.ADMIN), ada, token) == invalid
    assert refused_code(key("customers.write"), ada, token) == invalid
    assert refused_code(acme_api, f"{API}/customers/{other}", token) == invalid
    assert refused_code(globex_api, ada, token) == (404, "not_found")
    assert acme_api.get(ada).status_code == 200


def field_code(response):
    assert response.status_code == 422, response.content
    (error,) = response.json()["errors"]
    assert error["field"] == "confirm"
    assert error["code"] == response.json()["code"]
    return error["code"]


def test_a_token_with_one_bit_flipped_is_invalid(acme_api, ada):
    token = preview(acme_api, ada)["confirm"]
    for place in range(0, len(token), 7):
        flipped = chr(ord(token[place]) ^ 1)
        altered = token[:place] + flipped + token[place + 1 :]
        refused = acme_api.delete(ada, query_params={"confirm": altered})
        assert field_code(refused) == "invalid_confirmation"
    assert acme_api.get(ada).status_code == 200


def test_a_token_expires_after_ten_minutes(acme_api, ada, monkeypatch):
    token = preview(acme_api, ada)["confirm"]
    now = signing.time.time()
    monkeypatch.setattr(signing.time, "time", lambda: now + 601)
    refused = acme_api.delete(ada, query_params={"confirm": token})
    assert field_code(refused) == "confirmation_expired"
    monkeypatch.setattr(signing.time, "time", lambda: now + 599)
    assert acme_api.delete(f"{ada}?confirm={token}").status_code == 204


def test_an_organization_may_require_the_preview(acme_api, ada):
    acme_api.patch(f"{API}/organization", {"require_deletion_preview": True})
    refused = acme_api.delete(ada)
    assert refused.status_code == 409
    problem = refused.json()
    assert problem["code"] == "confirmation_required"
    token = problem["preview"]["confirm"]
    assert acme_api.delete(f"{ada}?confirm={token}").status_code == 204
