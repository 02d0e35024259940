"""Counts of subscriptions by status: of the organization and of each customer."""

from .subscription_scenario import URL


def test_the_summary_counts_by_status_in_one_query(
    scenario, globex_api, django_assert_num_queries
):
    for status in ("TRIAL", "ACTIVE", "ACTIVE", "CANCELED"):
        scenario.in_state(status)
    with django_assert_num_queries(2):  # the caller, and the counts
        summary = scenario.api.get(f"{URL}/summary").json()
    by_status = {"TRIAL": 1, "ACTIVE": 2, "PAST_DUE": 0, "PAUSED": 0, "CANCELED": 1}
    assert summary == {"total": 4, "by_status": by_status}
    assert globex_api.get(f"{URL}/summary").json()["total"] == 0


def test_customers_include_their_counts(scenario, django_assert_max_num_queries):
    subscription = scenario.in_state("PAUSED")
    bare = {"name": "Bea", "email": "bea@example.com"}
    scenario.send("post", "/api/v1/customers", bare)
    url = "/api/v1/customers"
    with django_assert_max_num_queries(3):
        data = scenario.api.get(f"{url}?include=subscription_counts").json()["data"]
    counts = {row["name"]: row["subscription_counts"]["PAUSED"] for row in data}
    assert counts == {"Ada": 1, "Bea": 0}
    detail = f"{url}/{subscription['customer_id']}"
    shown = scenario.api.get(f"{detail}?include=subscription_counts").json()
    assert shown["subscription_counts"]["PAUSED"] == 1
    searched = scenario.api.get(f"{url}?include=subscription_counts&search=ada").json()
    assert searched["data"][0]["subscription_counts"]["PAUSED"] == 1
    assert "subscription_counts" not in scenario.api.get(detail).json()
    assert scenario.api.get(f"{url}?include=invoices").status_code == 400


def test_lists_are_filtered_by_due(scenario):
    subscription = scenario.in_state("ACTIVE")
    scenario.in_state("CANCELED")
    ids = lambda query: [  # noqa: E731
        row["id"] for row in scenario.api.get(f"{URL}?{query}").json()["data"]
    ]
    assert ids("due=true") == []
    assert scenario.api.get("/api/v1/subscriptions?due=banana").status_code == 400
    assert len(ids("due=false")) == 2
    late = scenario.subscribe(start_date="2025-06-30T00:00:00Z")
    assert ids("due=true") == [late["id"]]
    assert ids("current_period_end__lt=2025-08-01T00:00:00Z") == [late["id"]]
    assert set(ids(f"plan_id={scenario.plan['id']}&status=ACTIVE")) == {
        subscription["id"],
        late["id"],
    }


def test_an_action_takes_due_steps_first(scenario):
    """The period has ended, although `advance` has not run."""
    late = scenario.subscribe(start_date="2025-11-30T00:00:00Z")
    after = scenario.act(late, "pause").json()
    assert after["current_period_start"] == "2026-01-30T00:00:00Z"
    assert len(scenario.events(late)) == 4
