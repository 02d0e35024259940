"""Lists and single reads show the members that are asked for: `fields`, `include`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .subscription_scenario import URL as SUBSCRIPTIONS

CUSTOMERS, PLANS = "/api/v1/customers", "/api/v1/plans"
SUMMARY = [
    "id",
    "plan_id",
    "plan_name",
    "status",
    "current_period_end",
    "cancel_at_period_end",
]


def data(api, url, **query):
    answer = api.get(url, query)
    assert answer.status_code == 200, answer.content
    return answer.json()["data"]


def refused(api, url, **query):
    answer = api.get(url, query)
    assert answer.status_code == 400, answer.content
    (error,) = answer.json()["errors"]
    return error["field"], error["message"]


def statements(api, url, **query):
    """How many, and the last of them."""
    with CaptureQueriesContext(connection) as captured:
        assert api.get(url, query).status_code == 200
    return len(captured), captured[-1]["sql"]


def shown(one):
    return {name: one[name] for name in SUMMARY}


def test_customers_include_their_newest_subscriptions(scenario):
    made = [scenario.subscribe() for _ in range(12)]
    scenario.act(made[-1], "cancel", cancel_at_period_end=True)
    scenario.send("post", CUSTOMERS, {"name": "Bea", "email": "bea@example.com"})
    newest = [shown(scenario.read(one)) for one in reversed(made[2:])]
    assert newest[0]["cancel_at_period_end"] is True
    query = {"include": "subscriptions,subscription_counts", "ordering": "name"}
    ada, bea = data(scenario.api, CUSTOMERS, **query)
    assert ada["subscriptions"] == newest
    assert ada["subscription_counts"]["ACTIVE"] == 12
    assert bea["subscriptions"] == []
    (customer,) = data(scenario.api, CUSTOMERS, include="subscriptions", search="ada")
    assert customer["subscriptions"] == newest
    one = f"{CUSTOMERS}/{ada['id']}"
    scenario.send("patch", one, {"external_id": "a-1"})
    for url in (one, f"{CUSTOMERS}/external/a-1"):
        answer = scenario.api.get(url, {"include": "subscriptions"}).json()
        assert answer["subscriptions"] == newest
        assert "subscription_counts" not in answer


def test_an_included_plan_has_its_current_or_last_name(scenario):
    one = scenario.in_state("CANCELED")
    plan = f"{PLANS}/{one['plan_id']}"
    names = []
    scenario.send("patch", plan, {"name": "Renamed"})
    (customer,) = data(scenario.api, CUSTOMERS, include="subscriptions")
    names.append(customer["subscriptions"][0]["plan_name"])
    assert scenario.api.delete(plan).status_code == 204
    (customer,) = data(scenario.api, CUSTOMERS, include="subscriptions")
    assert customer["subscriptions"] == [shown(scenario.read(one))]
    assert [*names, customer["subscriptions"][0]["plan_id"]] == ["Renamed", None]


@pytest.mark.parametrize("query", [{}, {"search": "example"}])
def test_a_page_of_25_takes_the_statements_of_a_page_of_one(scenario, query):
    scenario.subscribe()
    query |= {"include": "subscriptions,subscription_counts", "page_size": 100}
    alone, _ = statements(scenario.api, CUSTOMERS, **query)
    for number in range(24):
        body = {"name": f"Bea {number}", "email": f"b{number}@example.com"}
        customer = scenario.send("post", CUSTOMERS, body)
        scenario.subscribe(customer_id=customer["id"])
    assert len(data(scenario.api, CUSTOMERS, **query)) == 25
    assert statements(scenario.api, CUSTOMERS, **query)[0] == alone


def test_a_response_with_an_include_has_no_etag(scenario):
    url = f"{CUSTOMERS}/{scenario.customer['id']}?include=subscriptions"
    answer = scenario.api.get(url, headers={"If-None-Match": "*"})
    assert (answer.status_code, "ETag" in answer) == (200, False)
    assert answer.json()["revision"] == 1


def test_only_the_requested_fields_are_returned(scenario):
    one = scenario.subscribe()
    for url, known in [
        (CUSTOMERS, scenario.customer),
        (PLANS, scenario.yearly),
        (SUBSCRIPTIONS, one),
        (f"{CUSTOMERS}/{scenario.customer['id']}/subscriptions", one),
    ]:
        assert list(data(scenario.api, url, fields="created_at")[0]) == [
            "id",
            "created_at",
        ]
        if not url.endswith("/subscriptions") or url == SUBSCRIPTIONS:
            answer = scenario.api.get(f"{url}/{known['id']}?fields=id,updated_at")
            assert answer.json() == {name: known[name] for name in ("id", "updated_at")}


def test_fields_combine_with_search_and_include(scenario):
    query = {"search": "ada", "fields": "name"}
    (customer,) = data(scenario.api, CUSTOMERS, **query)
    assert customer.keys() == {"id", "name"}
    (customer,) = data(scenario.api, CUSTOMERS, **query | {"fields": "matched_on"})
    assert customer["matched_on"][0] == {"field": "name", "text": "Ada"}
    (customer,) = data(scenario.api, CUSTOMERS, **query, include="subscriptions")
    assert customer.keys() == {"id", "name", "subscriptions"}
    (customer,) = data(scenario.api, CUSTOMERS, fields="name,matched_on,subscriptions")
    assert customer.keys() == {"id", "name"}


def test_a_sparse_list_continues_after_its_last_id(scenario):
    zero = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    query = {"fields": "name", "page_size": 1, "after": zero}
    answer = scenario.api.get(PLANS, query)
    (last,) = answer.json()["data"]
    assert f"after={last['id']}" in answer["Link"]
    assert "fields=name" in answer["Link"]


def test_a_sparse_object_has_the_etag_of_the_object(scenario):
    url = f"{CUSTOMERS}/{scenario.customer['id']}?fields=name"
    answer = scenario.api.get(url)
    assert answer["ETag"] == '"1"'
    assert answer.json().keys() == {"id", "name"}
    same = scenario.api.get(url, headers={"If-None-Match": '"1"'})
    assert (same.status_code, same.content) == (304, b"")
    assert scenario.api.get(f"{url},revision").json()["revision"] == 1


def test_a_past_state_takes_fields(scenario):
    url = f"{CUSTOMERS}/{scenario.customer['id']}"
    at = "2999-01-01T00:00:00Z"
    past = scenario.api.get(url, {"as_of": at, "fields": "name"})
    assert past.json() == {"id": scenario.customer["id"], "name": "Ada"}
    field, message = refused(scenario.api, url, as_of=at, include="subscriptions")
    assert (field, message) == ("as_of", "Cannot be combined with include.")


def test_plans_are_joined_only_for_fields_that_show_them(scenario):
    scenario.subscribe()
    count, whole = statements(scenario.api, SUBSCRIPTIONS)
    assert whole.count('"customers_plan"') > 0
    for fields in ("id,plan_id,customer_id,status,due_at", "available_actions"):
        sparse = statements(scenario.api, SUBSCRIPTIONS, fields=fields)
        assert sparse[0] == count
        assert '"customers_plan"' not in sparse[1]
    for fields in ("plan_name", "scheduled_change"):
        sparse = statements(scenario.api, SUBSCRIPTIONS, fields=fields)
        assert (sparse[0], sparse[1].count(" JOIN ")) == (count, 1)


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"fields": "id,emial"}, "“emial” is not one of id, "),
        ({"fields": "id,emial"}, "Did you mean “email”?"),
        ({"fields": "id,id"}, "A name is repeated."),
        ({"fields": ""}, "“” is not one of"),
        ({"fields": "name, email"}, "Did you mean “email”?"),
        ({"fields": "search_text"}, "is not one of"),
        ({"include": "subscription"}, "Did you mean “subscriptions”?"),
        ({"include": "subscriptions,subscriptions"}, "is repeated"),
        ({"include": "invoices"}, "subscription_counts, subscriptions."),
    ],
)
def test_unknown_and_repeated_names_are_refused(scenario, query, words):
    for url in (CUSTOMERS, f"{CUSTOMERS}/{scenario.customer['id']}"):
        field, message = refused(scenario.api, url, **query)
        assert field in query
        assert words in message


def test_writes_do_not_take_fields_or_include(scenario):
    url = f"{CUSTOMERS}/{scenario.customer['id']}?fields=name"
    assert scenario.api.patch(url, {"name": "Bea"}).status_code == 400
    assert refused(scenario.api, f"{SUBSCRIPTIONS}/summary", fields="total")
    assert refused(scenario.api, PLANS, include="subscriptions")


def test_a_search_result_may_be_sent_back_whole(scenario):
    scenario.subscribe()
    query = {"search": "ada", "include": "subscriptions,subscription_counts"}
    (customer,) = data(scenario.api, CUSTOMERS, **query)
    assert customer.keys() > {"matched_on", "subscriptions", "subscription_counts"}
    changed = scenario.send(
        "put", f"{CUSTOMERS}/{customer['id']}", customer | {"name": "Ada King"}
    )
    assert (changed["name"], changed["revision"]) == ("Ada King", 2)
    assert changed.keys() == scenario.customer.keys()
    answer = scenario.api.post(CUSTOMERS, {"matched_on": [], **changed})
    assert answer.status_code == 422
