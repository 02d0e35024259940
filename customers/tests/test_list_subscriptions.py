"""Lists of subscriptions: statuses, the customer's external_id, included objects."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .subscription_scenario import URL

CUSTOMERS, PLANS = "/api/v1/customers", "/api/v1/plans"


@pytest.fixture
def subscriptions(scenario):
    """One in each of four states, by the state."""
    states = ("TRIAL", "ACTIVE", "PAUSED", "CANCELED")
    return {state: scenario.in_state(state)["id"] for state in states}


def listed(api, url=URL, **query):
    response = api.get(url, query)
    assert response.status_code == 200, response.content
    return response.json()


@pytest.mark.parametrize(
    ("status", "states"),
    [
        ("ACTIVE", ["ACTIVE"]),
        ("TRIAL,ACTIVE", ["TRIAL", "ACTIVE"]),
        (["PAUSED", "CANCELED", "PAUSED"], ["PAUSED", "CANCELED"]),
        ("PAST_DUE,PAUSED", ["PAUSED"]),
    ],
)
@pytest.mark.parametrize("narrow", [{}, {"due": "false"}])
def test_a_list_has_the_subscriptions_in_several_statuses(
    scenario, subscriptions, status, states, narrow
):
    page = listed(scenario.api, status=status, **narrow)
    expected = {subscriptions[state] for state in states}
    assert {one["id"] for one in page["data"]} == expected
    assert page["meta"]["total"] == len(expected)


@pytest.mark.parametrize(
    ("url", "name", "some", "all_of_them"),
    [
        (CUSTOMERS, "status", "INACTIVE", "ACTIVE,INACTIVE"),
        (CUSTOMERS, "subscription_status", "PAST_DUE", "PAST_DUE,TRIAL"),
        (PLANS, "billing_interval", "day,week", "month,year"),
        (PLANS, "type", "USAGE", "FIXED,USAGE,HYBRID"),
        ("/api/v1/members", "role", "VIEWER,ADMIN", "VIEWER,OWNER"),
        ("/api/v1/api-keys", "status", "REVOKED,EXPIRED", "REVOKED,ACTIVE"),
        ("/api/v1/events", "type", "a,b", "customer.created,plan.created"),
    ],
)
def test_every_filter_by_a_choice_takes_several(
    scenario, subscriptions, url, name, some, all_of_them
):
    scenario.send("post", "/api/v1/api-keys", {"name": "K", "scopes": ["events.read"]})
    assert listed(scenario.api, url, **{name: some})["meta"]["total"] == 0
    assert listed(scenario.api, url, **{name: all_of_them})["meta"]["total"] > 0
    repeated = listed(scenario.api, url, **{name: all_of_them.split(",")})
    assert repeated["data"] == listed(scenario.api, url, **{name: all_of_them})["data"]


def test_an_unknown_choice_among_several_is_refused(scenario):
    (error,) = scenario.api.get(URL, {"status": "TRIAL,GONE"}).json()["errors"]
    assert error["message"].startswith("“GONE” is not one of TRIAL, ACTIVE,")


def test_a_list_is_filtered_by_the_external_id_of_the_customer(scenario, globex):
    one = scenario.subscribe()
    customer = f"{CUSTOMERS}/{scenario.customer['id']}"
    scenario.send("patch", customer, {"external_id": "ada-1"})
    globex.api.post(
        CUSTOMERS, {"name": "Bo", "email": "bo@b.co", "external_id": "ada-1"}
    )
    page = listed(scenario.api, customer_external_id="ada-1")
    assert [row["id"] for row in page["data"]] == [one["id"]]
    assert listed(scenario.api, customer_external_id="ada")["data"] == []
    assert listed(globex.api, customer_external_id="ada-1")["data"] == []


def test_a_subscription_includes_its_customer_and_plan(scenario):
    one = scenario.subscribe()
    scenario.send("patch", f"{PLANS}/{one['plan_id']}", {"name": "Renamed"})
    customer = scenario.api.get(f"{CUSTOMERS}/{one['customer_id']}").json()
    plan = scenario.api.get(f"{PLANS}/{one['plan_id']}").json()
    for url in (URL, f"{CUSTOMERS}/{customer['id']}/subscriptions"):
        (row,) = listed(scenario.api, url, include="customer,plan")["data"]
        assert (row["customer"], row["plan"]) == (customer, plan)
    (row,) = listed(scenario.api, include="plan", fields="status")["data"]
    assert row == {"id": one["id"], "status": "ACTIVE", "plan": plan}
    response = scenario.api.get(f"{URL}/{one['id']}", {"include": "customer"})
    assert response.json()["customer"] == customer
    assert "plan" not in response.json()
    assert "ETag" not in response
    assert scenario.read(one).keys() == one.keys()


def test_a_deleted_plan_is_null(scenario):
    one = scenario.in_state("CANCELED")
    assert scenario.api.delete(f"{PLANS}/{one['plan_id']}").status_code == 204
    (row,) = listed(scenario.api, include="plan")["data"]
    assert row["plan"] is None


def test_a_subscription_with_included_objects_may_be_sent_back(scenario):
    one = f"{URL}/{scenario.subscribe()['id']}"
    whole = scenario.api.get(one, {"include": "customer,plan"}).json()
    changed = scenario.send("put", one, whole | {"external_id": "s-1"})
    assert changed["external_id"] == "s-1"


def test_included_objects_cost_no_statement(scenario):
    def statements(**query):
        with CaptureQueriesContext(connection) as captured:
            listed(scenario.api, **query)
        return len(captured)

    scenario.subscribe()
    alone = statements()
    for _ in range(5):
        scenario.subscribe()
    assert statements(include="customer,plan") == alone
    with CaptureQueriesContext(connection) as captured:
        listed(scenario.api, include="customer")
    assert "search_text" not in captured[-1]["sql"]


@pytest.mark.parametrize(
    ("scope", "url", "name", "needed"),
    [
        ("subscriptions.read", URL, "customer", "customers.read"),
        ("customers.read", CUSTOMERS, "subscriptions", "subscriptions.read"),
        ("customers.read", CUSTOMERS, "subscription_counts", "subscriptions.read"),
    ],
)
def test_an_included_object_needs_its_scope(key, scope, url, name, needed):
    response = key(scope).get(url, {"include": name})
    assert response.status_code == 403
    assert response.json()["detail"] == f"This needs the scope {needed}."
    assert key(scope, needed).get(url, {"include": name}).status_code == 200


@pytest.mark.parametrize(
    ("url", "name", "suggestion"),
    [
        (URL, "expand", " Did you mean “include”?"),
        (PLANS, "expand", ""),
        (PLANS, "q", ""),
        (CUSTOMERS, "q", " Did you mean “search”?"),
        (PLANS, "limit", " Did you mean “page_size”?"),
        (PLANS, "per_page", " Did you mean “page_size”?"),
        (URL, "sort", " Did you mean “ordering”?"),
    ],
)
def test_the_name_in_other_apis_leads_to_ours(scenario, url, name, suggestion):
    (error,) = scenario.api.get(url, {name: "x"}).json()["errors"]
    assert error["message"] == f"Unknown parameter.{suggestion}"
