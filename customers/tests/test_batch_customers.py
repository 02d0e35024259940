"""Many operations on customers in one request."""

import uuid

import pytest

from customers.models import Customer
from fluxrate.models import Event

URL, CUSTOMERS = "/api/v1/customers/batch", "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@b.co"}


def operate(api, *operations, status=200, **options):
    response = api.post(URL, {"operations": list(operations), **options})
    assert response.status_code == status, response.content
    return response.json()


def create(**data):
    return {"op": "create", "data": ADA | data}


def outcomes(body):
    return [(row["status"], row["code"]) for row in body["data"]]


def names():
    return sorted(Customer.objects.values_list("name", flat=True))


def test_each_operation_has_the_result_of_its_single_request(acme_api):
    one, two, three = (
        acme_api.post(CUSTOMERS, ADA | {"external_id": name}).json() for name in "abc"
    )
    body = operate(
        acme_api,
        create(name="New"),
        {"op": "update", "id": one["id"], "data": {"metadata": {"a": "1"}}},
        {"op": "update", "external_id": "b", "data": {"name": "Ada"}},
        {"op": "upsert", "external_id": "b", "data": {"name": "Bea"}},
        {"op": "upsert", "external_id": "d", "data": ADA},
        {"op": "delete", "external_id": "c"},
        {"op": "delete", "id": str(uuid.uuid4())},
        {"op": "create", "data": {"name": "", "email": "nope"}},
        create(external_id="a"),
        {"op": "merge"},
    )
    assert outcomes(body) == [
        (201, None),
        (200, None),
        (200, None),
        (200, None),
        (201, None),
        (204, None),
        (404, "not_found"),
        (422, "validation_error"),
        (409, "external_id_taken"),
        (422, "validation_error"),
    ]
    counts = {"created": 2, "updated": 2, "unchanged": 1, "deleted": 1, "failed": 4}
    assert body["meta"] | counts == body["meta"]
    assert {error["field"] for error in body["data"][7]["errors"]} == {"name", "email"}
    for row in [body["data"][n] for n in (0, 1, 3, 4)]:
        assert row["data"] == acme_api.get(f"{CUSTOMERS}/{row['data']['id']}").json()
    assert acme_api.get(f"{CUSTOMERS}/{two['id']}").json()["name"] == "Bea"
    assert acme_api.get(f"{CUSTOMERS}/{three['id']}").status_code == 404


def test_operations_happen_one_after_another(acme_api):
    body = operate(
        acme_api,
        create(external_id="a"),
        create(external_id="a"),
        {"op": "update", "external_id": "a", "data": {"external_id": "b"}},
        create(external_id="a"),
        {"op": "update", "external_id": "b", "data": {"phone": "1"}},
        {"op": "update", "external_id": "b", "data": {"phone": "2"}},
        {"op": "delete", "external_id": "b"},
        {"op": "upsert", "external_id": "b", "data": ADA},
    )
    statuses = [row["status"] for row in body["data"]]
    assert statuses == [201, 409, 200, 201, 200, 200, 204, 201]
    assert sorted(Customer.objects.values_list("external_id", flat=True)) == ["a", "b"]


def test_a_batch_leaves_one_event_for_each_change(acme, acme_api):
    response = acme_api.post(
        URL,
        {"operations": [create(), create()]},
        headers={"X-Change-Reason": "Import"},
    )
    batch_id = response.json()["meta"]["batch_id"]
    events = Event.objects.filter(batch_id=batch_id).order_by("id")
    assert [event.type for event in events] == [
        "customer.created",
        "customer.created",
        "batch.created",
    ]
    assert {(event.actor, event.reason) for event in events} == {
        (f"user:{acme.owner.pk}", "Import")
    }


def test_the_changes_of_a_batch_are_reverted_together(acme_api):
    present = acme_api.post(CUSTOMERS, ADA | {"metadata": {"a": "1"}}).json()
    batch_id = operate(
        acme_api,
        create(name="New"),
        {
            "op": "update",
            "id": present["id"],
            "data": {"name": "Bea", "metadata": {"a": None, "b": "2"}},
        },
    )["meta"]["batch_id"]
    assert names() == ["Bea", "New"]
    response = acme_api.post(f"/api/v1/batches/{batch_id}/revert")
    assert response.json()["remaining"] == []
    assert (names(), Customer.objects.get().metadata) == (["Ada"], {"a": "1"})


def test_an_atomic_batch_changes_nothing_if_an_operation_fails(acme_api):
    body = operate(
        acme_api, create(), create(email="nope"), create(), atomic=True, status=422
    )
    assert body["code"] == "batch_failed"
    assert outcomes(body) == [
        (424, "not_applied"),
        (422, "validation_error"),
        (424, "not_applied"),
    ]
    assert body["meta"]["failed"] == 3
    assert body["meta"]["batch_id"] is None
    assert names() == []
    assert not Event.objects.filter(object_type__in=["customer", "batch"]).exists()


def test_an_atomic_batch_without_a_failure_is_done(acme_api):
    assert operate(acme_api, create(), create(), atomic=True)["meta"]["created"] == 2


@pytest.mark.parametrize("atomic", [True, False])
def test_a_dry_run_reports_the_results_and_changes_nothing(acme_api, atomic):
    operations = [create(external_id="a"), create(external_id="b")]
    dry = operate(acme_api, *operations, dry_run=True, atomic=atomic)
    assert (names(), dry["meta"]["created"], dry["meta"]["batch_id"]) == ([], 2, None)
    assert outcomes(operate(acme_api, *operations)) == outcomes(dry)


def test_a_stale_revision_is_refused(acme_api):
    acme_api.post(CUSTOMERS, ADA | {"external_id": "a"})
    named = {"external_id": "a", "revision": 2}
    body = operate(
        acme_api,
        {"op": "update", "data": {"name": "Bea"}, **named},
        {"op": "delete", **named},
        {"op": "upsert", "data": {"name": "Bea"}, **named},
    )
    assert outcomes(body) == [(412, "stale")] * 3
    assert names() == ["Ada"]


@pytest.mark.parametrize(
    "operation",
    [
        "create",
        {},
        {"op": "create"},
        {"op": "create", "id": str(uuid.uuid4()), "data": ADA},
        {"op": "create", "data": []},
        {"op": "update", "data": {}},
        {"op": "update", "id": "1", "data": {}},
        {"op": "update", "id": str(uuid.uuid4()), "external_id": "a", "data": {}},
        {"op": "upsert", "id": str(uuid.uuid4()), "data": ADA},
        {"op": "upsert", "external_id": "a", "data": ADA | {"external_id": "b"}},
        {"op": "delete", "external_id": "a", "data": ADA},
        {"op": "delete", "external_id": "a", "name": "Ada"},
    ],
)
def test_a_malformed_operation_fails_alone(acme_api, operation):
    body = operate(acme_api, operation, create())
    assert outcomes(body) == [(422, "validation_error"), (201, None)]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"operations": []},
        {"operations": {}},
        {"operations": [create()] * 501},
        {"operations": [create()], "atomic": "yes"},
        {"operations": [create()], "wait": True},
        [],
    ],
)
def test_a_malformed_batch_is_refused(acme_api, body):
    response = acme_api.post(URL, body)
    assert (response.status_code, response.json()["code"]) == (422, "validation_error")


def test_customers_of_another_organization_do_not_exist(acme_api, globex_api):
    ada = acme_api.post(CUSTOMERS, ADA | {"external_id": "a"}).json()
    body = operate(
        globex_api,
        {"op": "update", "id": ada["id"], "data": {"name": "Bea"}},
        {"op": "delete", "external_id": "a"},
        {"op": "upsert", "external_id": "a", "data": ADA | {"name": "Cleo"}},
    )
    assert [row["status"] for row in body["data"]] == [404, 404, 201]
    assert names() == ["Ada", "Cleo"]


def test_a_batch_of_creates_costs_the_same_statements_for_any_number(
    acme_api, django_assert_num_queries
):
    operate(acme_api, create())
    for number in (2, 100):
        operations = [create(external_id=f"{number}-{n}") for n in range(number)]
        with django_assert_num_queries(11):
            operate(acme_api, *operations)


def test_a_retry_with_an_idempotency_key_creates_nothing_again(acme_api):
    headers = {"Idempotency-Key": "once"}
    body = {"operations": [create(), create(email="nope")]}
    first, again = (acme_api.post(URL, body, headers=headers) for _ in range(2))
    assert again.json() == first.json()
    assert names() == ["Ada"]


def test_a_required_preview_is_not_passed_by(acme, acme_api):
    acme_api.post(CUSTOMERS, ADA | {"external_id": "a"})
    acme_api.patch("/api/v1/organization", {"require_deletion_preview": True})
    body = operate(acme_api, {"op": "delete", "external_id": "a"})
    assert outcomes(body) == [(409, "confirmation_required")]
    assert names() == ["Ada"]
