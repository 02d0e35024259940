"""API keys: shown once, rotated without a gap, revoked at once."""

import threading
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from rest_framework.test import APIClient

from fluxrate.tests.concurrency import at_once
from organizations.models import ApiKey, Role, Scope
from organizations.models.api_key import MAX_ACTIVE_KEYS, sha256

URL = "/api/v1/api-keys"
CUSTOMERS = "/api/v1/customers"
BODY = {"name": "Provisioning", "scopes": ["customers.read"]}
ADA = {"name": "Ada", "email": "ada@example.com"}


def client(key):
    return APIClient(headers={"X-API-Key": key})


def make(api, **changes):
    response = api.post(URL, BODY | changes)
    assert response.status_code == 201, response.content
    return response.json()


def test_a_key_is_shown_once_and_only_its_hash_is_stored(acme_api):
    created = make(acme_api)
    assert created["key"].startswith("org_live_")
    assert len(created["key"]) >= 9 + 43
    assert created["prefix"] == created["key"][:17]
    assert (created["status"], created["name"]) == ("ACTIVE", "Provisioning")
    stored = ApiKey.objects.filter(pk=created["id"]).values().get()
    assert bytes(stored["key_hash"]) == sha256(created["key"])
    assert created["key"] not in str(stored)
    for response in (acme_api.get(URL), acme_api.get(f"{URL}/{created['id']}")):
        assert created["key"] not in response.content.decode()
        assert "key_hash" not in response.content.decode()


def test_a_key_reads_and_writes_what_its_scopes_say(acme_api):
    reader = client(make(acme_api)["key"])
    assert reader.get(CUSTOMERS).status_code == 200
    refused = reader.post(CUSTOMERS, ADA)
    assert refused.status_code == 403
    assert "customers.write" in refused.json()["detail"]
    writer = client(make(acme_api, scopes=["customers.write"])["key"])
    assert writer.post(CUSTOMERS, ADA).status_code == 201
    assert writer.get(CUSTOMERS).status_code == 403


def test_authentication_by_key_takes_one_statement(acme_api, django_assert_num_queries):
    reader = client(make(acme_api)["key"])
    reader.get("/api/v1/organization")
    with django_assert_num_queries(1):
        assert reader.get("/api/v1/organization").status_code == 200


@pytest.mark.parametrize("key", ["", "org_live_", "org_live_x", "é", "x" * 5000])
def test_an_invalid_key_is_401_with_one_message(acme_api, stranger, key):
    response = stranger.get(CUSTOMERS, headers={"X-API-Key": key})
    assert response.status_code == 401
    assert response.json()["detail"] == "The API key is not valid."


def test_a_revoked_key_is_401_on_the_next_request(acme_api):
    created = make(acme_api)
    program = client(created["key"])
    assert program.get(CUSTOMERS).status_code == 200
    assert acme_api.delete(f"{URL}/{created['id']}").status_code == 204
    assert program.get(CUSTOMERS).status_code == 401
    assert acme_api.get(f"{URL}/{created['id']}").json()["status"] == "REVOKED"
    assert acme_api.delete(f"{URL}/{created['id']}").status_code == 204


def test_an_expired_key_is_401(acme_api):
    created = make(acme_api, expires_at="2999-01-01T00:00:00Z")
    assert created["expires_at"] == "2999-01-01T00:00:00Z"
    assert client(created["key"]).get(CUSTOMERS).status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    ApiKey.objects.filter(pk=created["id"]).update(
        created_at=past - timedelta(days=1), expires_at=past
    )
    assert client(created["key"]).get(CUSTOMERS).status_code == 401
    assert acme_api.get(f"{URL}/{created['id']}").json()["status"] == "EXPIRED"


@pytest.mark.parametrize(
    "changes",
    [
        {"scopes": []},
        {"scopes": ["customers.delete"]},
        {"scopes": "customers.read"},
        {"scopes": [["customers.read"]]},
        {"name": ""},
        {"name": " \u200b "},
        {"name": "x" * 256},
        {"name": 5},
        {"expires_at": "2001-01-01T00:00:00Z"},
        {"key": "org_live_mine"},
        {"role": "OWNER"},
    ],
)
def test_a_bad_key_is_refused_by_name(acme_api, changes):
    response = acme_api.post(URL, BODY | changes)
    assert response.status_code == 422, response.content
    assert response.json()["errors"][0]["field"].startswith(next(iter(changes)))
    assert not ApiKey.objects.exists()


def test_a_rotated_key_lives_on_for_the_overlap(acme_api):
    old = make(acme_api)
    response = acme_api.post(f"{URL}/{old['id']}/rotate", {"overlap_seconds": 3600})
    assert response.status_code == 201, response.content
    new = response.json()
    assert (new["name"], new["scopes"]) == (old["name"], old["scopes"])
    assert new["replaces_id"] == old["id"]
    for key in (old["key"], new["key"]):
        assert client(key).get(CUSTOMERS).status_code == 200
    ends = acme_api.get(f"{URL}/{old['id']}").json()["expires_at"]
    left = datetime.fromisoformat(ends) - datetime.now(UTC)
    assert timedelta(minutes=59) < left <= timedelta(hours=1)
    again = acme_api.post(f"{URL}/{old['id']}/rotate")
    assert (again.status_code, again.json()["code"]) == (409, "api_key_already_rotated")


def test_a_key_rotated_without_an_overlap_is_401_at_once(acme_api):
    old = make(acme_api)
    new = acme_api.post(f"{URL}/{old['id']}/rotate", {"overlap_seconds": 0}).json()
    assert client(old["key"]).get(CUSTOMERS).status_code == 401
    assert client(new["key"]).get(CUSTOMERS).status_code == 200
    again = acme_api.post(f"{URL}/{old['id']}/rotate")
    assert (again.status_code, again.json()["code"]) == (409, "api_key_not_active")


@pytest.mark.parametrize("seconds", [-1, 604_801, "3600", 1.5, True])
def test_an_overlap_is_a_whole_number_up_to_seven_days(acme_api, seconds):
    old = make(acme_api)
    response = acme_api.post(f"{URL}/{old['id']}/rotate", {"overlap_seconds": seconds})
    assert response.status_code == 422
    assert ApiKey.objects.count() == 1


def test_a_successor_has_the_lifetime_of_its_predecessor(acme_api):
    ends = datetime.now(UTC) + timedelta(days=30)
    old = make(acme_api, expires_at=ends.isoformat())
    new = acme_api.post(f"{URL}/{old['id']}/rotate").json()
    life = datetime.fromisoformat(new["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=29, hours=23) < life < timedelta(days=30, minutes=1)


def test_the_last_use_is_recorded_once_a_minute(acme_api, django_assert_num_queries):
    created = make(acme_api)
    assert created["last_used_at"] is None
    program = client(created["key"])
    program.get(CUSTOMERS)
    first = ApiKey.objects.get(pk=created["id"]).last_used_at
    assert datetime.now(UTC) - first < timedelta(seconds=10)
    program.get(CUSTOMERS)
    assert ApiKey.objects.get(pk=created["id"]).last_used_at == first
    earlier = first - timedelta(seconds=61)
    ApiKey.objects.filter(pk=created["id"]).update(last_used_at=earlier)
    program.get(CUSTOMERS)
    assert ApiKey.objects.get(pk=created["id"]).last_used_at > first


@pytest.mark.django_db(transaction=True)
def test_recording_the_use_waits_for_no_lock_and_fails_no_request(acme_api):
    created = make(acme_api)
    responses = []

    def ask():
        responses.append(client(created["key"]).get(CUSTOMERS).status_code)
        connection.close()

    with transaction.atomic():
        ApiKey.objects.select_for_update().get(pk=created["id"])
        thread = threading.Thread(target=ask)
        thread.start()
        thread.join(timeout=3)
        assert responses == [200]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION READ ONLY")
        assert client(created["key"]).get(CUSTOMERS).status_code == 200
    assert ApiKey.objects.get(pk=created["id"]).last_used_at is None


def fill(organization, count):
    for number in range(count):
        ApiKey.issue(organization=organization, name=f"{number}", scopes=Scope.values)


def test_an_organization_has_a_hundred_active_keys_at_most(acme, acme_api, globex_api):
    fill(acme.organization, MAX_ACTIVE_KEYS)
    response = acme_api.post(URL, BODY)
    assert (response.status_code, response.json()["code"]) == (409, "too_many_api_keys")
    assert globex_api.post(URL, BODY).status_code == 201
    oldest = ApiKey.objects.owned_by(acme.organization).last()
    refused = acme_api.post(f"{URL}/{oldest.pk}/rotate")
    assert refused.status_code == 409
    rotated = acme_api.post(f"{URL}/{oldest.pk}/rotate", {"overlap_seconds": 0})
    assert rotated.status_code == 201
    second = ApiKey.objects.owned_by(acme.organization).live(at=datetime.now(UTC))[5]
    acme_api.delete(f"{URL}/{second.pk}")
    assert acme_api.post(URL, BODY).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_concurrent_requests_create_no_more_keys_than_the_limit(acme, acme_api):
    fill(acme.organization, MAX_ACTIVE_KEYS - 2)
    codes = at_once(lambda body: acme_api.post(URL, body).status_code, [BODY] * 6)
    assert sorted(codes) == [201, 201, 409, 409, 409, 409]
    assert ApiKey.objects.count() == MAX_ACTIVE_KEYS


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_rotations_one_succeeds(acme_api):
    url = f"{URL}/{make(acme_api)['id']}/rotate"
    codes = at_once(lambda url: acme_api.post(url).status_code, [url] * 4)
    assert sorted(codes) == [201, 409, 409, 409]


@pytest.mark.parametrize("role", [Role.VIEWER, Role.MEMBER])
def test_members_and_viewers_manage_no_keys(member, role):
    api = member(role)
    assert api.get(URL).status_code == 403
    assert api.post(URL, BODY).status_code == 403


def test_a_key_manages_no_keys(acme_api, key):
    api = key(*Scope.values)
    created = make(acme_api)
    assert api.get(URL).status_code == 403
    assert api.post(URL, BODY).status_code == 403
    assert api.delete(f"{URL}/{created['id']}").status_code == 403
    assert api.post(f"{URL}/{created['id']}/rotate").status_code == 403


def test_a_key_and_a_cookie_of_different_organizations_are_400(acme_api, globex_api):
    header = {"X-API-Key": make(acme_api)["key"]}
    response = globex_api.get(CUSTOMERS, headers=header)
    assert (response.status_code, response.json()["code"]) == (
        400,
        "ambiguous_credentials",
    )
    assert acme_api.get(CUSTOMERS, headers=header).status_code == 200


def test_beside_a_cookie_of_the_same_organization_the_key_s_scopes_count(acme_api):
    header = {"X-API-Key": make(acme_api)["key"]}
    assert acme_api.post(CUSTOMERS, ADA, headers=header).status_code == 403


def test_keys_are_listed_by_status(acme_api):
    active, revoked = make(acme_api), make(acme_api)
    acme_api.delete(f"{URL}/{revoked['id']}")
    for status, key in (("ACTIVE", active), ("REVOKED", revoked)):
        listed = acme_api.get(f"{URL}?status={status}").json()
        assert [row["id"] for row in listed["data"]] == [key["id"]]
    assert acme_api.get(URL).json()["meta"]["total"] == 2
    assert acme_api.get(f"{URL}?status=DEAD").status_code == 400


def run(*arguments):
    out = StringIO()
    call_command("create_api_key", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


@pytest.mark.parametrize("by", ["pk", "name"])
def test_the_command_prints_a_key_that_works(acme, by):
    who = str(getattr(acme.organization, by))
    printed = run(
        "--organization", who, "--name", "Script", "--scope", "customers.read"
    )
    assert printed.count("\n") == 1
    assert client(printed.strip()).get(CUSTOMERS).status_code == 200


def test_the_command_names_what_it_cannot_find(acme):
    with pytest.raises(CommandError, match="no organization “Initech”"):
        run("--organization", "Initech", "--name", "x", "--scope", "events.read")


def test_only_the_key_that_is_used_has_a_time_of_use(acme, key):
    key("customers.read")
    key("customers.read").get("/api/v1/customers")
    used = ApiKey.objects.values_list("last_used_at", flat=True)
    assert sorted(at is not None for at in used) == [False, True]
