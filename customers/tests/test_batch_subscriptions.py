"""Many actions on subscriptions in one request."""

import uuid

import pytest

from customers.models import Customer, Subscription
from fluxrate.models import Event

URL = "/api/v1/subscriptions/batch"


@pytest.fixture
def subscriptions(acme, subscribe):
    customer = Customer.objects.create(
        organization=acme.organization, name="Ada", email="a@b.co"
    )
    return [subscribe(customer) for _ in range(3)]


def act(op, subscription, **more):
    pk = subscription if isinstance(subscription, str) else str(subscription.pk)
    return {"op": op, "id": pk, **more}


def operate(api, *operations, status=200, **options):
    response = api.post(URL, {"operations": list(operations), **options})
    assert response.status_code == status, response.content
    return response.json()


def outcomes(body):
    return [(row["status"], row["code"]) for row in body["data"]]


def statuses():
    return list(Subscription.objects.order_by("pk").values_list("status", flat=True))


def test_each_action_has_the_result_of_its_single_request(acme_api, subscriptions):
    one, two, three = subscriptions
    body = operate(
        acme_api,
        act("pause", one),
        act("pause", one),
        act("resume", one),
        act("cancel", two, data={"reason": "Moved"}),
        act("mark-past-due", three, revision=2),
        act("cancel", three, data={"why": "Moved"}),
        act("cancel", str(uuid.uuid4())),
        act("delete", three),
    )
    assert outcomes(body) == [
        (200, None),
        (409, "not_pausable"),
        (200, None),
        (200, None),
        (412, "stale"),
        (422, "validation_error"),
        (404, "not_found"),
        (422, "validation_error"),
    ]
    assert statuses() == ["ACTIVE", "CANCELED", "ACTIVE"]
    shown = acme_api.get(f"/api/v1/subscriptions/{two.pk}").json()
    assert body["data"][3]["data"] == shown
    assert (body["meta"]["updated"], body["meta"]["failed"]) == (3, 5)


def test_an_atomic_batch_changes_nothing_if_an_action_fails(acme_api, subscriptions):
    one, two, _ = subscriptions
    body = operate(
        acme_api, act("pause", one), act("resume", two), atomic=True, status=422
    )
    assert outcomes(body) == [(424, "not_applied"), (409, "not_resumable")]
    assert statuses() == ["ACTIVE"] * 3
    assert not Event.objects.filter(type="subscription.paused").exists()


def test_the_actions_of_a_batch_are_reverted_together(acme_api, subscriptions):
    before = list(Subscription.objects.order_by("pk").values())
    operations = [act("cancel", row) for row in subscriptions]
    batch_id = operate(acme_api, *operations)["meta"]["batch_id"]
    assert statuses() == ["CANCELED"] * 3
    response = acme_api.post(f"/api/v1/batches/{batch_id}/revert")
    assert response.json()["counts"] == {"subscription.active": 3}
    after = list(Subscription.objects.order_by("pk").values())
    for row in before + after:
        del row["revision"], row["updated_at"]
    assert after == before


def test_subscriptions_of_another_organization_do_not_exist(globex_api, subscriptions):
    body = operate(globex_api, *(act("cancel", row) for row in subscriptions))
    assert outcomes(body) == [(404, "not_found")] * 3
    assert statuses() == ["ACTIVE"] * 3


def test_a_dry_run_changes_nothing(acme_api, subscriptions):
    body = operate(acme_api, act("pause", subscriptions[0]), dry_run=True)
    assert (body["data"][0]["data"]["status"], statuses()[0]) == ("PAUSED", "ACTIVE")
