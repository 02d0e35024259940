"""Counts by status: of the organization, and of each customer where asked."""

import pytest

from .subscribers import URL, Stage


@pytest.fixture
def stage(acme):
    return Stage(acme)


def test_the_summary_counts_by_status_in_one_query(
    stage, globex_api, django_assert_num_queries
):
    for status in ("TRIAL", "ACTIVE", "ACTIVE", "CANCELED"):
        stage.in_state(status)
    with django_assert_num_queries(2):  # the caller, and the counts
        found = stage.api.get(f"{URL}/summary").json()
    by_status = {"TRIAL": 1, "ACTIVE": 2, "PAST_DUE": 0, "PAUSED": 0, "CANCELED": 1}
    assert found == {"total": 4, "by_status": by_status}
    assert globex_api.get(f"{URL}/summary").json()["total"] == 0


def test_customers_show_their_counts_where_asked(stage, django_assert_max_num_queries):
    one = stage.in_state("PAUSED")
    bare = {"name": "Bea", "email": "bea@example.com"}
    stage.done("post", "/api/v1/customers", bare)
    url = "/api/v1/customers"
    with django_assert_max_num_queries(3):
        found = stage.api.get(f"{url}?include=subscription_counts").json()["data"]
    counts = {each["name"]: each["subscription_counts"]["PAUSED"] for each in found}
    assert counts == {"Ada": 1, "Bea": 0}
    detail = f"{url}/{one['customer_id']}"
    shown = stage.api.get(f"{detail}?include=subscription_counts").json()
    assert shown["subscription_counts"]["PAUSED"] == 1
    searched = stage.api.get(f"{url}?include=subscription_counts&search=ada").json()
    assert searched["data"][0]["subscription_counts"]["PAUSED"] == 1
    assert "subscription_counts" not in stage.api.get(detail).json()
    assert stage.api.get(f"{url}?include=invoices").status_code == 400


def test_lists_are_narrowed_by_what_is_due(stage):
    one = stage.in_state("ACTIVE")
    stage.in_state("CANCELED")
    ids = lambda query: [  # noqa: E731
        each["id"] for each in stage.api.get(f"{URL}?{query}").json()["data"]
    ]
    assert ids("due=true") == []
    assert stage.api.get("/api/v1/subscriptions?due=banana").status_code == 400
    assert len(ids("due=false")) == 2
    late = stage.subscribe(start_date="2025-06-30T00:00:00Z")
    assert ids("due=true") == [late["id"]]
    assert ids("current_period_end__lt=2025-08-01T00:00:00Z") == [late["id"]]
    assert set(ids(f"plan_id={stage.plan['id']}&status=ACTIVE")) == {
        one["id"],
        late["id"],
    }


def test_an_action_meets_the_state_at_its_time(stage):
    """The period that has ended is over, though nobody has advanced it."""
    late = stage.subscribe(start_date="2025-11-30T00:00:00Z")
    after = stage.act(late, "pause").json()
    assert after["current_period_start"] == "2026-01-30T00:00:00Z"
    assert len(stage.events(late)) == 4
