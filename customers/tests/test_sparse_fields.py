"""Lists and single reads show the members that are asked for: `fields`, `include`."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from .subscribers import URL as SUBSCRIPTIONS
from .subscribers import Stage

CUSTOMERS, PLANS = "/api/v1/customers", "/api/v1/plans"
SUMMARY = [
    "id",
    "plan_id",
    "plan_name",
    "status",
    "current_period_end",
    "cancel_at_period_end",
]


@pytest.fixture
def stage(acme):
    return Stage(acme)


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


def test_customers_show_their_newest_subscriptions(stage):
    made = [stage.subscribe() for _ in range(12)]
    stage.act(made[-1], "cancel", cancel_at_period_end=True)
    stage.done("post", CUSTOMERS, {"name": "Bea", "email": "bea@example.com"})
    newest = [shown(stage.read(one)) for one in reversed(made[2:])]
    assert newest[0]["cancel_at_period_end"] is True
    query = {"include": "subscriptions,subscription_counts", "ordering": "name"}
    ada, bea = data(stage.api, CUSTOMERS, **query)
    assert ada["subscriptions"] == newest
    assert ada["subscription_counts"]["ACTIVE"] == 12
    assert bea["subscriptions"] == []
    (found,) = data(stage.api, CUSTOMERS, include="subscriptions", search="ada")
    assert found["subscriptions"] == newest
    one = f"{CUSTOMERS}/{ada['id']}"
    stage.done("patch", one, {"external_id": "a-1"})
    for url in (one, f"{CUSTOMERS}/external/a-1"):
        answer = stage.api.get(url, {"include": "subscriptions"}).json()
        assert answer["subscriptions"] == newest
        assert "subscription_counts" not in answer


def test_a_subscription_s_plan_is_named_as_it_is_now_or_was_last(stage):
    one = stage.in_state("CANCELED")
    plan = f"{PLANS}/{one['plan_id']}"
    names = []
    stage.done("patch", plan, {"name": "Renamed"})
    (found,) = data(stage.api, CUSTOMERS, include="subscriptions")
    names.append(found["subscriptions"][0]["plan_name"])
    assert stage.api.delete(plan).status_code == 204
    (found,) = data(stage.api, CUSTOMERS, include="subscriptions")
    assert found["subscriptions"] == [shown(stage.read(one))]
    assert [*names, found["subscriptions"][0]["plan_id"]] == ["Renamed", None]


@pytest.mark.parametrize("query", [{}, {"search": "example"}])
def test_a_page_of_25_takes_the_statements_of_a_page_of_one(stage, query):
    stage.subscribe()
    query |= {"include": "subscriptions,subscription_counts", "page_size": 100}
    alone, _ = statements(stage.api, CUSTOMERS, **query)
    for number in range(24):
        body = {"name": f"Bea {number}", "email": f"b{number}@example.com"}
        customer = stage.done("post", CUSTOMERS, body)
        stage.subscribe(customer_id=customer["id"])
    assert len(data(stage.api, CUSTOMERS, **query)) == 25
    assert statements(stage.api, CUSTOMERS, **query)[0] == alone


def test_what_is_included_is_never_answered_as_unchanged(stage):
    url = f"{CUSTOMERS}/{stage.customer['id']}?include=subscriptions"
    answer = stage.api.get(url, headers={"If-None-Match": "*"})
    assert (answer.status_code, "ETag" in answer) == (200, False)
    assert answer.json()["revision"] == 1


def test_only_the_fields_asked_for_come_back(stage):
    one = stage.subscribe()
    for url, known in [
        (CUSTOMERS, stage.customer),
        (PLANS, stage.yearly),
        (SUBSCRIPTIONS, one),
        (f"{CUSTOMERS}/{stage.customer['id']}/subscriptions", one),
    ]:
        assert list(data(stage.api, url, fields="created_at")[0]) == [
            "id",
            "created_at",
        ]
        if not url.endswith("/subscriptions") or url == SUBSCRIPTIONS:
            answer = stage.api.get(f"{url}/{known['id']}?fields=id,updated_at")
            assert answer.json() == {name: known[name] for name in ("id", "updated_at")}


def test_what_a_search_or_include_adds_beside_fields(stage):
    query = {"search": "ada", "fields": "name"}
    (found,) = data(stage.api, CUSTOMERS, **query)
    assert found.keys() == {"id", "name"}
    (found,) = data(stage.api, CUSTOMERS, **query | {"fields": "matched_on"})
    assert found["matched_on"][0] == {"field": "name", "text": "Ada"}
    (found,) = data(stage.api, CUSTOMERS, **query, include="subscriptions")
    assert found.keys() == {"id", "name", "subscriptions"}
    (found,) = data(stage.api, CUSTOMERS, fields="name,matched_on,subscriptions")
    assert found.keys() == {"id", "name"}


def test_a_sparse_list_goes_on_behind_its_last_id(stage):
    zero = "ffffffff-ffff-7fff-bfff-ffffffffffff"
    query = {"fields": "name", "page_size": 1, "after": zero}
    answer = stage.api.get(PLANS, query)
    (last,) = answer.json()["data"]
    assert f"after={last['id']}" in answer["Link"]
    assert "fields=name" in answer["Link"]


def test_a_sparse_object_has_its_tag(stage):
    url = f"{CUSTOMERS}/{stage.customer['id']}?fields=name"
    answer = stage.api.get(url)
    assert answer["ETag"] == '"1"'
    assert answer.json().keys() == {"id", "name"}
    same = stage.api.get(url, headers={"If-None-Match": '"1"'})
    assert (same.status_code, same.content) == (304, b"")
    assert stage.api.get(f"{url},revision").json()["revision"] == 1


def test_an_object_of_the_past_is_sparse_too(stage):
    url = f"{CUSTOMERS}/{stage.customer['id']}"
    at = "2999-01-01T00:00:00Z"
    past = stage.api.get(url, {"as_of": at, "fields": "name"})
    assert past.json() == {"id": stage.customer["id"], "name": "Ada"}
    field, message = refused(stage.api, url, as_of=at, include="subscriptions")
    assert (field, message) == ("as_of", "Cannot be combined with include.")


def test_plans_are_joined_only_where_they_show(stage):
    stage.subscribe()
    count, whole = statements(stage.api, SUBSCRIPTIONS)
    assert whole.count('"customers_plan"') > 0
    for fields in ("id,plan_id,customer_id,status,due_at", "available_actions"):
        sparse = statements(stage.api, SUBSCRIPTIONS, fields=fields)
        assert sparse[0] == count
        assert '"customers_plan"' not in sparse[1]
    for fields in ("plan_name", "scheduled_change"):
        sparse = statements(stage.api, SUBSCRIPTIONS, fields=fields)
        assert (sparse[0], sparse[1].count(" JOIN ")) == (count, 1)


@pytest.mark.parametrize(
    ("query", "said"),
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
def test_unknown_and_repeated_names_are_refused(stage, query, said):
    for url in (CUSTOMERS, f"{CUSTOMERS}/{stage.customer['id']}"):
        field, message = refused(stage.api, url, **query)
        assert field in query
        assert said in message


def test_what_shapes_an_answer_is_a_reader_s_only(stage):
    url = f"{CUSTOMERS}/{stage.customer['id']}?fields=name"
    assert stage.api.patch(url, {"name": "Bea"}).status_code == 400
    assert refused(stage.api, f"{SUBSCRIPTIONS}/summary", fields="total")
    assert refused(stage.api, PLANS, include="subscriptions")


def test_a_result_of_a_search_may_be_sent_back_whole(stage):
    stage.subscribe()
    query = {"search": "ada", "include": "subscriptions,subscription_counts"}
    (found,) = data(stage.api, CUSTOMERS, **query)
    assert found.keys() > {"matched_on", "subscriptions", "subscription_counts"}
    changed = stage.done(
        "put", f"{CUSTOMERS}/{found['id']}", found | {"name": "Ada King"}
    )
    assert (changed["name"], changed["revision"]) == ("Ada King", 2)
    assert changed.keys() == stage.customer.keys()
    answer = stage.api.post(CUSTOMERS, {"matched_on": [], **changed})
    assert answer.status_code == 422
