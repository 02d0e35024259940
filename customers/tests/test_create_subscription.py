URL = "/api/v1/subscriptions"


def test_a_subscription_starts_canceled_ends_and_the_plan_may_go(acme_api):
    customer = acme_api.post(
        "/api/v1/customers", {"name": "A", "email": "a@b.co"}
    ).json()
    plan = acme_api.post("/api/v1/plans", {"name": "Pro"}).json()
    body = {
        "customer_id": customer["id"],
        "plan_id": plan["id"],
        "start_date": "2026-01-31T00:00:00Z",
    }
    response = acme_api.post(URL, body)
    assert response.status_code == 201, response.content
    subscription = response.json()
    assert subscription["status"] == "ACTIVE"
    assert subscription["current_period_end"] == "2026-02-28T00:00:00Z"
    assert acme_api.delete(f"/api/v1/plans/{plan['id']}").status_code == 409
    done = acme_api.post(f"{URL}/{subscription['id']}/cancel", {"reason": "moved"})
    assert done.json()["status"] == "CANCELED", done.content
    assert acme_api.delete(f"/api/v1/plans/{plan['id']}").status_code == 204
    canceled = acme_api.get(f"{URL}/{subscription['id']}").json()
    assert (canceled["plan_id"], canceled["plan_name"]) == (None, "Pro")
    listed = acme_api.get(f"/api/v1/customers/{customer['id']}/subscriptions/")
    assert listed.json()["meta"]["total"] == 1
