"""A retry with the same Idempotency-Key gets the first answer and does nothing."""

import uuid
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from customers.models import Customer
from fluxrate.models import StoredResponse, TokenBucket
from fluxrate.models.stored_response import IdempotencyKey, KeyInFlight, ResponseData
from organizations.models import Membership, Role

URL = "/api/v1/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}


def post(api, key, body=ADA, url=URL):
    return api.post(url, body, headers={"Idempotency-Key": key})


def test_a_retry_gets_the_first_answer_and_nothing_happens_again(acme_api):
    first, again = post(acme_api, "k-1"), post(acme_api, "k-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert first["Location"] == again["Location"]
    assert first["ETag"] == again["ETag"] == '"1"'
    assert "Idempotency-Replayed" not in first
    assert again["Idempotency-Replayed"] == "true"
    assert Customer.objects.count() == 1


def test_a_slash_at_the_end_of_the_path_makes_no_difference(acme_api):
    first, again = post(acme_api, "k-1"), post(acme_api, "k-1", url=f"{URL}/")
    assert (first.status_code, again["Idempotency-Replayed"]) == (201, "true")
    assert Customer.objects.count() == 1
    again = post(acme_api, "k-2", url=f"{URL}/"), post(acme_api, "k-2")
    assert again[1]["Idempotency-Replayed"] == "true"
    assert Customer.objects.count() == 2


def test_another_body_under_the_same_key_is_refused(acme_api):
    post(acme_api, "k-1", {"name": "Ada", "email": "a@b.co"})
    same = post(acme_api, "k-1", {"email": "a@b.co", "name": "Ada"})
    assert same["Idempotency-Replayed"] == "true"
    other = post(acme_api, "k-1", ADA)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


def test_a_key_counts_within_organization_and_path(acme_api, globex_api):
    made = post(acme_api, "k-1").json()
    assert post(globex_api, "k-1").json()["id"] != made["id"]
    plan = post(acme_api, "k-1", {"name": "Pro"}, "/api/v1/plans")
    assert plan.status_code == 201


def test_a_refusal_of_the_body_is_kept_and_one_of_the_state_is_not(acme_api):
    bad = {"name": "Ada", "email": "no"}
    assert post(acme_api, "k-1", bad).status_code == 422
    assert post(acme_api, "k-1", bad)["Idempotency-Replayed"] == "true"
    taken = ADA | {"external_id": "a-1"}
    first = post(acme_api, "k-2", taken).json()
    assert post(acme_api, "k-3", taken).status_code == 409
    acme_api.delete(f"{URL}/{first['id']}")
    assert post(acme_api, "k-3", taken).status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 256, "a b", "é"])
def test_a_key_that_is_none_is_refused(acme_api, key):
    answer = post(acme_api, key)
    assert (answer.status_code, answer.json()["code"]) == (
        400,
        "invalid_idempotency_key",
    )
    assert not Customer.objects.exists()


def test_a_key_is_free_again_after_a_day_and_pruned(acme_api):
    post(acme_api, "k-1")
    post(acme_api, "k-2")
    long_ago = timezone.now() - timedelta(hours=24, seconds=1)
    StoredResponse.objects.update(created_at=long_ago)
    assert "Idempotency-Replayed" not in post(acme_api, "k-1")
    assert post(acme_api, "k-1")["Idempotency-Replayed"] == "true"
    call_command("prune", verbosity=0)
    assert StoredResponse.objects.count() == 1


def test_the_secret_of_a_key_is_not_kept(acme_api):
    body = {"name": "Importer", "scopes": ["customers.read"]}
    first = post(acme_api, "k-1", body, "/api/v1/api-keys").json()
    again = post(acme_api, "k-1", body, "/api/v1/api-keys").json()
    assert first["key"]
    assert again == first | {"key": None}


@pytest.mark.parametrize("key", ["!", "~", "x" * 255])
def test_a_key_has_up_to_255_visible_characters(acme_api, key):
    assert post(acme_api, key).status_code == 201
    assert post(acme_api, key)["Idempotency-Replayed"] == "true"


def test_a_response_that_a_retry_may_change_is_not_stored(acme_api, member):
    """403 to who is no owner yet, and 429 until the bucket has filled again."""
    invitations = "/api/v1/invitations"
    body = {"email": "bob@acme.example", "role": "OWNER"}
    admin = member(Role.ADMIN)
    assert post(admin, "k-1", body, invitations).status_code == 403
    Membership.objects.filter(role=Role.ADMIN).update(role=Role.OWNER)
    assert post(admin, "k-1", body, invitations).status_code == 201
    statuses = [post(admin, f"k-{n}", body, invitations).status_code for n in range(6)]
    assert statuses[-1] == 429
    TokenBucket.objects.all().delete()
    assert post(admin, "k-5", body, invitations).status_code == 201
    again = post(admin, "k-5", body, invitations)
    assert again["Idempotency-Replayed"] == "true"


def test_a_stale_precondition_is_not_stored(scenario):
    subscription = scenario.in_state("ACTIVE")
    url = f"/api/v1/subscriptions/{subscription['id']}/pause"
    for tag, status in (('"9"', 412), ('"1"', 200)):
        headers = {"Idempotency-Key": "k-1", "If-Match": tag}
        assert scenario.api.post(url, headers=headers).status_code == status


@pytest.fixture
def keys(acme):
    """Two keys, each with a stored response."""
    keys = [
        IdempotencyKey(uuid.uuid4(), acme.organization.pk, bytes(32)) for _ in range(2)
    ]
    for key in keys:
        key.store(ResponseData(201, {}, b"{}"))
    return keys


def test_a_request_that_missed_the_first_does_not_store_its_response(keys):
    with pytest.raises(KeyInFlight) as refusal:
        keys[0].store(ResponseData(201, {}, b"[]"))
    assert refusal.value.code == "idempotency_key_in_flight"
    assert keys[0].find().body == b"{}"


def test_a_released_key_is_free_and_others_are_not(keys):
    keys[0].release()
    assert keys[0].find() is None
    assert keys[1].find() is not None
