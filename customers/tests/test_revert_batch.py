"""A batch is reverted: what nobody has changed since goes back."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection

from conftest import with_key
from customers.models import Customer
from customers.models.subscription_actions import BY_NAME
from fluxrate.models import Event
from fluxrate.models.batch_transaction import batch

URL = "/api/v1/batches"


@pytest.fixture
def in_batch(acme):
    """Begin a batch of Acme's."""
    return lambda: batch("shell:ada", acme.organization, "test", reason="Import")


@pytest.fixture
def create(acme):
    def create(name, **fields):
        fields = {"email": "a@b.co"} | fields
        return Customer.objects.create(
            organization=acme.organization, name=name, **fields
        )

    return create


def revert(api, batch_id, **body):
    response = api.post(f"{URL}/{batch_id}/revert", body)
    assert response.status_code == 200, response.content
    return response.json()


def remaining(outcome):
    return [(left["field"], left["code"]) for left in outcome["remaining"]]


def test_new_rows_are_deleted_unless_somebody_changed_them(acme_api, in_batch, create):
    with in_batch() as batch_id:
        create("untouched")
        touched = create("touched")
    Customer.objects.filter(pk=touched.pk).update(phone="1")
    outcome = revert(acme_api, batch_id)
    assert [row.name for row in Customer.objects.all()] == ["touched"]
    assert outcome["counts"] == {"customer.deleted": 1}
    (left,) = outcome["remaining"]
    assert (left["object_id"], left["code"]) == (str(touched.pk), "changed_since")


def test_a_new_row_stays_while_others_refer_to_it(
    acme_api, in_batch, create, subscribe
):
    with in_batch() as batch_id:
        customer = create("Ada")
    subscribe(customer)
    assert remaining(revert(acme_api, batch_id)) == [(None, "in_use")]


def test_new_rows_that_refer_to_each_other_are_deleted(
    acme_api, in_batch, create, subscribe
):
    with in_batch() as batch_id:
        subscribe(create("Ada"))
    outcome = revert(acme_api, batch_id)
    assert outcome["counts"] == {"customer.deleted": 1, "subscription.deleted": 1}
    assert not Customer.objects.exists()


def test_fields_go_back_unless_somebody_changed_them(acme_api, in_batch, create):
    ada = create("Ada", phone="1", metadata={"a": "1", "b": "1", "c": "1"})
    with in_batch() as batch_id:
        Customer.objects.update(
            name="Bea", phone="2", metadata={"a": "2", "b": "2", "d": "2"}
        )
    Customer.objects.update(
        phone="3", metadata={"a": "3", "b": "2", "d": "2", "e": "3"}
    )
    outcome = revert(acme_api, batch_id)
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("Ada", "3")
    assert ada.metadata == {"a": "3", "b": "1", "c": "1", "e": "3"}
    assert remaining(outcome) == [
        ("metadata.a", "changed_since"),
        ("phone", "changed_since"),
    ]


def test_a_value_that_was_set_again_counts_as_changed(acme_api, in_batch, create):
    ada = create("Ada")
    with in_batch() as batch_id:
        Customer.objects.update(name="Bea")
    Customer.objects.update(name="Cleo")
    Customer.objects.update(name="Bea")
    assert remaining(revert(acme_api, batch_id)) == [("name", "changed_since")]
    ada.refresh_from_db()
    assert ada.name == "Bea"


def test_deleted_rows_are_restored_as_they_were_before_the_batch(
    acme_api, in_batch, create, subscribe
):
    ada = create("Ada", external_id="x")
    subscription = subscribe(ada)
    with in_batch() as batch_id:
        Customer.objects.update(name="Bea")
        Customer.objects.all().delete()
    outcome = revert(acme_api, batch_id)
    assert outcome["remaining"] == []
    restored = Customer.objects.get()
    assert (restored.pk, restored.name, restored.external_id) == (ada.pk, "Ada", "x")
    assert restored.subscriptions.get().pk == subscription.pk


def test_a_rule_that_the_old_value_breaks_by_now_is_listed(acme_api, in_batch, create):
    ada, bea = create("Ada", external_id="x"), create("Bea", external_id="y")
    with in_batch() as batch_id:
        for customer in (ada, bea):
            customer.external_id += "2"
            customer.save()
    create("Cleo", external_id="x")
    outcome = revert(acme_api, batch_id)
    (left,) = outcome["remaining"]
    assert (left["object_id"], left["code"]) == (str(ada.pk), "external_id_taken")
    bea.refresh_from_db()
    assert bea.external_id == "y"


def test_a_deleted_row_has_no_fields_to_put_back(acme_api, in_batch, create):
    create("Ada")
    with in_batch() as batch_id:
        Customer.objects.update(name="Bea")
    Customer.objects.all().delete()
    outcome = revert(acme_api, batch_id)
    assert remaining(outcome) == [(None, "deleted_since")]
    assert outcome["batch_id"] is None
    assert acme_api.get(f"{URL}/{batch_id}").json()["state"] == "revertible"


def test_the_life_cycle_of_a_subscription_goes_back_as_a_whole(
    acme_api, in_batch, create, subscribe
):
    paused, resumed = subscribe(create("Ada")), subscribe(create("Bea"))
    at = paused.start_date + timedelta(hours=1)
    with in_batch() as batch_id:
        for subscription in (paused, resumed):
            subscription.perform(BY_NAME["pause"], at=at)
    resumed.perform(BY_NAME["resume"], at=at + timedelta(hours=1))
    end = resumed.current_period_end
    outcome = revert(acme_api, batch_id)
    paused.refresh_from_db()
    resumed.refresh_from_db()
    assert (paused.status, paused.paused_at) == ("ACTIVE", None)
    assert resumed.current_period_end == end
    assert {code for _, code in remaining(outcome)} == {"changed_since"}


def test_a_dry_run_changes_nothing_and_reports_the_same(acme_api, in_batch, create):
    create("Ada")
    with in_batch() as batch_id:
        Customer.objects.update(name="Bea")
    events = Event.objects.count()
    dry = revert(acme_api, batch_id, dry_run=True)
    assert Event.objects.count() == events
    real = revert(acme_api, batch_id)
    assert dry | {"dry_run": False, "batch_id": real["batch_id"]} == real


def test_a_batch_is_reverted_once_and_its_revert_can_be_reverted(
    acme, acme_api, in_batch, create
):
    create("Ada")
    with in_batch() as batch_id:
        Customer.objects.update(name="Bea")
    own = revert(acme_api, batch_id)["batch_id"]
    again = acme_api.post(f"{URL}/{batch_id}/revert")
    assert (again.status_code, again.json()["code"]) == (409, "not_revertible")
    assert again.json()["reason"] == "already_reverted"
    listed = {row["id"]: row for row in acme_api.get(URL).json()["data"]}
    before, after = listed[str(batch_id)], listed[own]
    assert (before["state"], before["reverted_by_id"]) == ("reverted", own)
    assert (after["kind"], after["reverts_id"]) == ("revert", str(batch_id))
    assert after["actor"] == f"user:{acme.owner.pk}"
    revert(acme_api, own)
    assert Customer.objects.get().name == "Bea"


def test_a_batch_says_who_when_why_and_how_many(acme_api, in_batch, create):
    with in_batch() as batch_id:
        create("Ada")
    shown = acme_api.get(f"{URL}/{batch_id}").json()
    expected = {
        "id": str(batch_id),
        "kind": "test",
        "state": "revertible",
        "actor": "shell:ada",
        "reason": "Import",
        "counts": {"customer.created": 1},
        "reverted_at": None,
    }
    assert shown | expected == shown


def test_a_batch_without_changes_is_none(acme_api, in_batch):
    with in_batch():
        pass
    assert acme_api.get(URL).json()["data"] == []


def test_a_batch_expires_after_seven_days(acme_api, in_batch, create):
    with in_batch() as batch_id:
        create("Ada")
    with connection.cursor() as cursor:
        cursor.execute("GRANT UPDATE ON fluxrate_event TO CURRENT_USER")
        cursor.execute(
            "SELECT set_config('fluxrate.rewriting', pg_current_xact_id()::text, true)"
        )
        cursor.execute(
            "UPDATE fluxrate_event SET created_at = created_at - interval '7 days' "
            "WHERE batch_id = %s",
            [batch_id],
        )
    refused = acme_api.post(f"{URL}/{batch_id}/revert")
    assert refused.json()["reason"] == "expired"
    assert acme_api.get(f"{URL}/{batch_id}").json()["state"] == "expired"


def test_a_foreign_batch_does_not_exist(globex_api, in_batch, create):
    with in_batch() as batch_id:
        create("Ada")
    assert globex_api.get(f"{URL}/{batch_id}").status_code == 404
    assert globex_api.post(f"{URL}/{batch_id}/revert").status_code == 404
    assert globex_api.get(f"{URL}/{uuid.uuid4()}").status_code == 404
    assert Customer.objects.exists()


def test_a_revert_needs_the_scopes_of_all_its_objects(
    acme, in_batch, create, subscribe
):
    with in_batch() as batch_id:
        subscribe(create("Ada"))
    url = f"{URL}/{batch_id}/revert"
    half = with_key(acme.organization, "customers.write")
    refused = half.post(url)
    assert refused.status_code == 403
    assert "customers.write and subscriptions.write" in refused.json()["detail"]
    both = with_key(acme.organization, "customers.write", "subscriptions.write")
    assert both.post(url).status_code == 200


def test_a_list_of_batches_costs_the_same_for_any_number(
    acme_api, in_batch, create, django_assert_num_queries
):
    def listed(statements):
        with django_assert_num_queries(statements):
            return acme_api.get(URL).json()["meta"]["total"]

    with in_batch():
        create("Ada")
    acme_api.get(URL)
    assert listed(3) == 1
    for name in ("Bea", "Cleo"):
        with in_batch():
            create(name)
    assert listed(3) == 3
