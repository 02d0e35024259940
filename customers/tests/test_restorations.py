"""A deletion is previewed, confirmed and undone over the API."""

import uuid
from datetime import UTC, datetime, timedelta

import pytest

from conftest import with_key
from customers.models import Customer, Subscription, subscription_advance
from fluxrate.models import Event, erase_object
from organizations.models import Organization

from .deletions import (
    ADA,
    API,
    delete,
    everything,
    preview,
    restore,
    subscribed_customer,
    without,
)


@pytest.fixture
def ada(acme_api, pro):
    return subscribed_customer(acme_api, pro)


def test_a_restoration_is_the_identity(acme_api, ada):
    before = everything(acme_api, ada)
    revisions = [before["revision"] for before in [acme_api.get(ada).json()]]
    deletion = delete(acme_api, ada)
    restored = restore(acme_api, deletion)
    assert restored.status_code == 200, restored.content
    assert everything(acme_api, ada) == before
    body = restored.json()
    assert body["object"] == acme_api.get(ada).json()
    assert body["object"]["revision"] == revisions[0] + 2
    assert body["restored"]["subscriptions"]["total"] == 2
    assert body["periods"] == 0


def test_a_restored_customer_is_searched_and_counted_at_once(acme_api, ada):
    restore(acme_api, delete(acme_api, ada))
    listed = acme_api.get(f"{API}/customers", {"search": "ada@example.com"}).json()
    assert [c["external_id"] for c in listed["data"]] == ["ada"]
    assert acme_api.get(f"{API}/customers").json()["meta"]["total"] == 1
    summary = acme_api.get(f"{API}/subscriptions/summary").json()
    assert summary["total"] == 2


def test_history_has_no_gap_and_knows_the_time_between(acme_api, ada):
    deletion = delete(acme_api, ada)
    between = datetime.now(UTC).isoformat()
    restore(acme_api, deletion)
    acme_api.patch(ada, {"phone": "1"})
    events = acme_api.get(f"{ada}/events").json()["data"]
    assert [(e["type"], e["revision"]) for e in reversed(events)] == [
        ("customer.created", 1),
        ("customer.deleted", 2),
        ("customer.restored", 3),
        ("customer.updated", 4),
    ]
    assert events[1]["changes"]["name"] == [None, "Ada"]
    assert acme_api.get(ada, {"as_of": between}).status_code == 404
    now = datetime.now(UTC).isoformat()
    assert acme_api.get(ada, {"as_of": now}).status_code == 200


def test_deletions_are_listed_with_their_state(acme_api, ada):
    first = delete(acme_api, ada)
    listed = acme_api.get(f"{API}/deletions").json()
    assert listed["meta"]["total"] == 1
    (shown,) = listed["data"]
    assert (shown["object_type"], shown["state"]) == ("customer", "restorable")
    assert shown["data"]["name"] == "Ada"
    one = acme_api.get(first).json()
    assert one["deletes"]["subscriptions"]["total"] == 2
    assert without(one, "deletes") == shown
    restore(acme_api, first)
    delete(acme_api, ada)
    states = [d["state"] for d in acme_api.get(f"{API}/deletions").json()["data"]]
    assert states == ["restorable", "restored"]


def test_a_list_of_deletions_takes_as_many_statements_as_one(
    acme_api, ada, django_assert_num_queries
):
    for _ in range(3):
        restore(acme_api, delete(acme_api, ada))
    with django_assert_num_queries(3):
        assert len(acme_api.get(f"{API}/deletions").json()["data"]) == 3


def test_pages_of_deletions_continue_behind_the_last(acme_api):
    urls = []
    for number in range(5):
        body = ADA | {"external_id": str(number)}
        made = acme_api.post(f"{API}/customers", body).json()["id"]
        urls.append(delete(acme_api, f"{API}/customers/{made}"))
    seen, query = [], {"page_size": 2}
    while True:
        page = acme_api.get(f"{API}/deletions", query).json()["data"]
        seen += [f"{API}/deletions/{each['id']}" for each in page]
        if len(page) < 2:
            break
        query["after"] = page[-1]["id"]
    assert seen == urls[::-1]


def test_deletions_are_filtered_by_object(acme_api, ada):
    delete(acme_api, ada)
    number = ada.rpartition("/")[2]
    for query, total in (
        ({"object_id": number}, 1),
        ({"object_id": str(uuid.uuid4())}, 0),
        ({"object_type": "plan"}, 0),
    ):
        listed = acme_api.get(f"{API}/deletions", query).json()
        assert listed["meta"]["total"] == total


def not_restorable(response):
    assert response.status_code == 409, response.content
    assert response.json()["code"] == "not_restorable"
    return response.json()["reason"]


def test_a_deletion_is_undone_once(acme_api, ada):
    deletion = delete(acme_api, ada)
    assert restore(acme_api, deletion).status_code == 200
    assert not_restorable(restore(acme_api, deletion)) == "already_restored"
    delete(acme_api, ada)
    assert not_restorable(restore(acme_api, deletion)) == "already_restored"


@pytest.mark.parametrize("days", [0, 29])
def test_a_deletion_expires(acme_api, ada, days, django_assert_num_queries):
    deletion = delete(acme_api, ada)
    assert (
        acme_api.patch(f"{API}/organization", {"restore_days": 366}).status_code == 422
    )
    acme_api.patch(f"{API}/organization", {"restore_days": days})
    reason = None if days else "expired"
    response = restore(acme_api, deletion, dry_run=True)
    assert (response.status_code == 200) == (reason is None)
    if reason:
        assert not_restorable(response) == reason


def test_an_erased_customer_does_not_come_back(acme, acme_api, ada):
    deletion = delete(acme_api, ada)
    number = uuid.UUID(ada.rpartition("/")[2])
    erase_object(acme.organization, number, why="asked")
    assert not_restorable(restore(acme_api, deletion)) == "erased"
    listed = acme_api.get(f"{API}/deletions").json()["data"]
    assert [each["state"] for each in listed] == ["erased"]


def test_a_taken_external_id_has_a_holder_and_a_way_around(acme_api, ada):
    deletion = delete(acme_api, ada)
    holder = acme_api.post(f"{API}/customers", ADA).json()["id"]
    refused = restore(acme_api, deletion)
    assert refused.status_code == 409
    assert refused.json()["code"] == "external_id_taken"
    assert refused.json()["holder"] == {"object_type": "customer", "object_id": holder}
    assert acme_api.get(ada).status_code == 404
    dry = restore(acme_api, deletion, external_id={"as": "ada-2"}, dry_run=True)
    assert dry.json()["object"]["external_id"] == "ada-2"
    assert restore(acme_api, deletion, external_id="drop").status_code == 200
    assert acme_api.get(ada).json()["external_id"] is None


def test_a_subscription_loses_an_external_id_only_if_it_is_taken(
    acme_api, ada, subscribe
):
    customer = Customer.objects.get()
    one, two = (subscribe(customer, external_id=name) for name in ("one", "two"))
    deletion = delete(acme_api, ada)
    other = Customer.objects.create(
        organization=customer.organization, name="B", email="b@example.com"
    )
    subscribe(other, external_id="one")
    assert restore(acme_api, deletion).json()["holder"]["object_type"] == "subscription"
    assert restore(acme_api, deletion, external_id="drop").status_code == 200
    rows = Subscription.objects.filter(pk__in=[one.pk, two.pk])
    assert dict(rows.values_list("pk", "external_id")) == {one.pk: None, two.pk: "two"}


@pytest.mark.parametrize(
    "value", ["other", 1, None, {"as": ""}, {"as": "a\nb"}, {"as": "a", "b": 1}, {}]
)
def test_a_bad_external_id_is_an_error_of_its_field(acme_api, ada, value):
    refused = restore(acme_api, delete(acme_api, ada), external_id=value)
    assert refused.status_code == 422, refused.content
    assert refused.json()["errors"][0]["field"].startswith("external_id")


def test_a_dry_run_reports_and_restores_nothing(acme_api, ada):
    deletion = delete(acme_api, ada)
    events = Event.objects.count()
    dry = restore(acme_api, deletion, dry_run=True)
    assert dry.status_code == 200
    assert dry.json()["dry_run"] is True
    assert dry.json()["restored"]["subscriptions"]["total"] == 2
    assert acme_api.get(ada).status_code == 404
    assert Event.objects.count() == events
    assert restore(acme_api, deletion).status_code == 200


def test_a_dry_run_with_an_idempotency_key_restores_nothing(acme_api, ada):
    deletion = delete(acme_api, ada)
    for _ in range(2):
        dry = acme_api.post(
            f"{deletion}/restore",
            {"dry_run": True},
            headers={"Idempotency-Key": "again"},
        )
        assert dry.status_code == 200, dry.content
    assert acme_api.get(ada).status_code == 404


def test_a_deleted_plan_is_restored_before_its_subscription(acme_api, ada, pro):
    deletion = delete(acme_api, ada)
    plan = delete(acme_api, f"{API}/plans/{pro.pk}")
    refused = restore(acme_api, deletion)
    assert not_restorable(refused) == "reference_deleted"
    assert refused.json()["missing"] == [
        {"object_type": "plan", "object_id": str(pro.pk)}
    ]
    assert restore(acme_api, plan).status_code == 200
    assert restore(acme_api, deletion).status_code == 200


def test_a_subscription_is_deleted_and_restored_by_itself(acme_api, ada):
    before = everything(acme_api, ada)
    number = acme_api.get(f"{ada}/subscriptions").json()["data"][0]["id"]
    url = f"{API}/subscriptions/{number}"
    token = preview(acme_api, url)["confirm"]
    response = acme_api.delete(url, query_params={"confirm": token})
    deletion = f"{API}/deletions/{response['Deletion-Id']}"
    assert acme_api.get(deletion).json()["object_type"] == "subscription"
    assert restore(acme_api, deletion).status_code == 200
    assert everything(acme_api, ada) == before


@pytest.mark.django_db(transaction=True)
def test_a_subscription_needs_its_customer(acme_api, ada):
    number = acme_api.get(f"{ada}/subscriptions").json()["data"][0]["id"]
    deletion = delete(acme_api, f"{API}/subscriptions/{number}")
    customer = delete(acme_api, ada)
    refused = restore(acme_api, deletion)
    assert not_restorable(refused) == "reference_deleted"
    assert restore(acme_api, customer).status_code == 200
    assert restore(acme_api, deletion).status_code == 200


def test_another_organization_sees_no_deletion(globex_api, acme_api, ada):
    deletion = delete(acme_api, ada)
    assert globex_api.get(deletion).status_code == 404
    assert restore(globex_api, deletion).status_code == 404
    assert globex_api.get(f"{API}/deletions").json()["data"] == []


@pytest.mark.django_db(transaction=True)
def test_a_scope_shows_and_restores_its_own_nouns(acme, acme_api, ada, pro):
    number = acme_api.get(f"{ada}/subscriptions").json()["data"][0]["id"]
    subscription = delete(acme_api, f"{API}/subscriptions/{number}")
    customer = delete(acme_api, ada)
    reader = with_key(acme.organization, "subscriptions.read")
    listed = reader.get(f"{API}/deletions").json()["data"]
    assert [each["object_type"] for each in listed] == ["subscription"]
    assert reader.get(customer).status_code == 404
    assert restore(reader, subscription).status_code == 403
    writer = with_key(acme.organization, "customers.write")
    assert restore(writer, customer).status_code == 200


def deleted_since(acme_api, ada, monkeypatch, **body):
    """Restore a customer whose subscription has become due during the deletion."""
    deletion = delete(acme_api, ada)
    later = datetime.now(UTC) + timedelta(days=29)
    monkeypatch.setattr(Organization, "now", lambda _: later + timedelta(days=40))
    response = restore(acme_api, deletion, **body)
    assert response.status_code == 200, response.content
    return response.json(), later + timedelta(days=40)


def live(acme_api, ada):
    rows = acme_api.get(f"{ada}/subscriptions").json()["data"]
    return next(row for row in rows if row["status"] == "ACTIVE")


def test_missed_periods_happen_dated_as_due(acme_api, ada, monkeypatch):
    before = live(acme_api, ada)
    result, at = deleted_since(acme_api, ada, monkeypatch)
    after = live(acme_api, ada)
    assert result["periods"] == 2
    assert after["billing_anchor"] == before["billing_anchor"]
    assert after["current_period_start"] < at.isoformat() < after["current_period_end"]


@pytest.mark.parametrize(("most", "periods"), [(1, 1), (2, 2), (3, 2)])
def test_a_restoration_takes_some_steps_and_leaves_the_others(
    acme_api, ada, monkeypatch, most, periods
):
    monkeypatch.setattr(subscription_advance, "MAX_RESTORED_STEPS", most)
    result, _ = deleted_since(acme_api, ada, monkeypatch)
    assert result["periods"] == periods


def test_the_steps_of_all_restored_subscriptions_are_counted_together(
    acme_api, ada, pro, monkeypatch
):
    body = {"customer_id": ada.rpartition("/")[2], "plan_id": str(pro.pk)}
    acme_api.post(f"{API}/subscriptions", body)
    monkeypatch.setattr(subscription_advance, "MAX_RESTORED_STEPS", 3)
    result, _ = deleted_since(acme_api, ada, monkeypatch)
    assert result["periods"] == 3


def test_without_catching_up_the_absence_is_a_pause(acme_api, ada, monkeypatch):
    before = live(acme_api, ada)
    result, _ = deleted_since(acme_api, ada, monkeypatch, catch_up=False)
    after = live(acme_api, ada)
    moved = parsed(after, "current_period_end") - parsed(before, "current_period_end")
    assert result["periods"] == 0
    assert after["current_period_start"] == before["current_period_start"]
    assert abs(timedelta(days=69) - moved) < timedelta(minutes=1)


def parsed(row, name):
    return datetime.fromisoformat(row[name])
