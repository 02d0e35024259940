"""Guessing a password is slow from the eleventh guess, and costs us no hash."""

import json
import time
from datetime import timedelta

import pytest
from django.contrib.auth import authenticate
from django.core.management import call_command
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from conftest import PASSWORD
from fluxrate.models import TokenBucket
from fluxrate.models.token_bucket import take
from organizations.auth import throttling
from organizations.auth.hashers import Argon2id
from organizations.auth.throttling import ACCOUNT, ACCOUNT_AT_ADDRESS, ADDRESS
from organizations.models import Session, User

LOGIN = "/api/v1/auth/login"
OWNER = "owner@acme.example"
PLAIN = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}


@pytest.fixture
def hashes(monkeypatch):
    """Every hash that is computed, by the name of what asked for it."""
    computed = []
    for name in ("encode", "verify"):
        real = getattr(Argon2id, name)

        def counted(self, *args, real=real, name=name):
            computed.append(name)
            return real(self, *args)

        monkeypatch.setattr(Argon2id, name, counted)
    return computed


def login(password=PASSWORD, email=OWNER, address="192.0.2.1"):
    return APIClient(REMOTE_ADDR=address).post(
        LOGIN, {"email": email, "password": password}
    )


def let_pass(seconds):
    """Move every bucket into the past, as if the seconds had gone by."""
    TokenBucket.objects.update(full_at=F("full_at") - timedelta(seconds=seconds))


def spend(name, rate, *, leave=0):
    """Empty a bucket down to what is left, so that no test guesses a hundred times."""
    assert take(name, rate, rate.capacity - leave).granted


@pytest.mark.parametrize(
    ("name", "requests", "seconds"),
    [
        ("ACCOUNT_AT_ADDRESS", 10, 300),
        ("ADDRESS", 50, 300),
        ("ACCOUNT", 100, 600),
        ("KNOWN_ADDRESS", 1, 30 * 24 * 3_600),
        ("SIGNUP", 200, 3_600),
        ("REFRESH", 600, 600),
        ("LINK", 30, 300),
        ("MAIL", 5, 900),
        ("INVITATIONS_TO_ADDRESS", 5, 24 * 3_600),
        ("INVITATIONS_BY_USER", 100, 24 * 3_600),
        ("INVITATIONS_BY_ORGANIZATION", 200, 24 * 3_600),
        ("INVITATIONS_UNCONFIRMED", 10, 24 * 3_600),
        ("INVITATIONS_UNCONFIRMED_AT_ADDRESS", 100, 24 * 3_600),
    ],
)
def test_the_limits_are_those_that_were_decided(name, requests, seconds):
    rate = getattr(throttling, name)
    assert (rate.capacity, rate.seconds) == (requests, seconds)


def test_a_hundred_wrong_passwords_then_the_right_one(acme, hashes):
    began, cpu = time.monotonic(), time.process_time()
    hashes.clear()
    statuses = [login(f"wrong-{number}").status_code for number in range(100)]
    refilled = int((time.monotonic() - began) / 30) + 1
    assert statuses[:10] == [401] * 10
    assert 10 <= len(hashes) == statuses.count(401) < 10 + refilled
    assert len(hashes) + statuses.count(429) == 100
    assert time.process_time() - cpu < 10
    refused = login()
    assert refused.status_code == 429
    assert refused.json()["code"] == "throttled"
    wait = int(refused["Retry-After"])
    assert 0 < wait <= 30
    assert f"Try again in {wait} second" in refused.json()["detail"]
    let_pass(wait)
    assert login().status_code == 200


def test_the_right_password_is_never_held_up(acme):
    assert {login().status_code for _ in range(12)} == {200}


def test_a_login_does_not_count_at_its_address(acme):
    spend("password:address:192.0.2.1", ADDRESS, leave=1)
    assert [login().status_code for _ in range(3)] == [200] * 3


def test_attempts_outside_of_http_have_no_address(acme):
    spend(f"password:pair::{OWNER}", ACCOUNT_AT_ADDRESS, leave=1)
    assert authenticate(username=OWNER, password="wrong") is None
    with pytest.raises(throttling.TooManyAttempts):
        authenticate(username=OWNER, password=PASSWORD)


def test_the_log_says_which_limit_refused(acme, log):
    spend(f"password:pair:192.0.2.1:{OWNER}", ACCOUNT_AT_ADDRESS, leave=1)
    login("wrong")
    login("wrong")
    login(address="192.0.2.2")
    lines = [json.loads(line) for line in log.lines]
    security = [line for line in lines if line["logger"] == "fluxrate.security"]
    assert [
        (line["message"], line["address"], line.get("limit")) for line in security
    ] == [
        ("password.refused", "192.0.2.1", None),
        ("throttled", "192.0.2.1", "password"),
        ("password.accepted", "192.0.2.2", None),
    ]


def test_one_address_cannot_lock_another_out(acme):
    spend(f"password:pair:198.51.100.7:{OWNER}", ACCOUNT_AT_ADDRESS)
    assert login(address="198.51.100.7").status_code == 429
    assert login(address="192.0.2.1").status_code == 200


def test_one_address_cannot_try_many_accounts(acme):
    spend("password:address:192.0.2.1", ADDRESS, leave=1)
    assert login("wrong", "nobody@acme.example").status_code == 401
    refused = login("wrong", "noone@acme.example")
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) <= 6


def test_many_addresses_are_slowed_but_not_the_one_that_is_known(acme):
    assert login(address="192.0.2.1").status_code == 200
    spend(f"password:account:{OWNER}", ACCOUNT, leave=1)
    assert login("wrong", address="203.0.113.1").status_code == 401
    assert login("wrong", address="203.0.113.2").status_code == 429
    elsewhere = login(address="198.51.100.1")
    assert elsewhere.status_code == 429
    assert int(elsewhere["Retry-After"]) <= 6
    assert login(address="192.0.2.1").status_code == 200
    let_pass(12)
    assert login(address="198.51.100.1").status_code == 200


def test_an_attempt_refused_at_one_address_does_not_count_for_the_account(acme):
    spend(f"password:pair:198.51.100.7:{OWNER}", ACCOUNT_AT_ADDRESS)
    for _ in range(3):
        assert login("wrong", address="198.51.100.7").status_code == 429
    assert not TokenBucket.objects.named(f"password:account:{OWNER}").exists()


def test_an_ipv6_network_counts_as_one_address(acme):
    spend(f"password:pair:2001:db8:1:2::/64:{OWNER}", ACCOUNT_AT_ADDRESS, leave=1)
    assert login("wrong", address="2001:db8:1:2::1").status_code == 401
    assert login(address="2001:db8:1:2:ffff::1").status_code == 429
    assert login(address="2001:db8:1:3::1").status_code == 200


def test_capitals_in_the_email_are_no_other_account(acme):
    spend(f"password:pair:192.0.2.1:{OWNER}", ACCOUNT_AT_ADDRESS, leave=1)
    assert login("wrong", OWNER.upper()).status_code == 401
    assert login().status_code == 429


@pytest.fixture
def not_quite(acme):
    """Accounts that cannot log in with their password."""
    User.objects.create_user("inactive@acme.example", PASSWORD, is_active=False)
    User.objects.create_user("homeless@acme.example", PASSWORD)
    User.objects.create_user("unset@acme.example")
    inactive_owner = User.objects.get(email=OWNER)
    inactive_owner.is_active = False
    inactive_owner.save()


@pytest.mark.parametrize(
    "email",
    [
        OWNER,
        "nobody@acme.example",
        "inactive@acme.example",
        "homeless@acme.example",
        "unset@acme.example",
    ],
)
def test_a_refused_login_says_and_costs_the_same_for_everyone(not_quite, hashes, email):
    response = login(email=email)
    assert response.status_code == 401
    assert len(hashes) == 1
    body = response.json()
    del body["request_id"]
    assert body == {
        "type": "/docs/guides/errors#wrong_credentials",
        "title": "Unauthorized",
        "status": 401,
        "detail": "The email or the password is wrong.",
        "code": "wrong_credentials",
    }
    assert not response.cookies


def test_the_admin_is_covered(acme, client, hashes, settings):
    settings.STORAGES = settings.STORAGES | {"staticfiles": PLAIN}
    User.objects.create_superuser("staff@fluxrate.example", PASSWORD)
    hashes.clear()
    form = {"username": "staff@fluxrate.example", "password": "wrong"}
    pair = "password:pair:127.0.0.1:staff@fluxrate.example"
    spend(pair, ACCOUNT_AT_ADDRESS, leave=1)
    assert client.post("/admin/login/", form).status_code == 200
    refused = client.post("/admin/login/", form | {"password": PASSWORD})
    assert refused.status_code == 429
    assert 0 < int(refused["Retry-After"]) <= 30
    assert "Too many attempts. Try again in" in refused.text
    assert len(hashes) == 1
    let_pass(30)
    form["password"] = PASSWORD
    assert client.post("/admin/login/", form).status_code == 302


def test_signing_up_is_limited_by_address(acme):
    body = {"email": OWNER, "password": PASSWORD, "organization_name": "Acme"}
    post = APIClient(REMOTE_ADDR="192.0.2.9").post
    TokenBucket.objects.all().delete()
    assert post("/api/v1/auth/signup", body).status_code == 409
    let_pass(-3_600)
    refused = post("/api/v1/auth/signup", body)
    assert refused.status_code == 429
    assert int(refused["Retry-After"]) > 0


def test_refreshing_is_limited_by_address(acme):
    post = APIClient(REMOTE_ADDR="192.0.2.9").post
    assert post("/api/v1/auth/refresh").status_code == 401
    let_pass(-600)
    assert post("/api/v1/auth/refresh").status_code == 429
    other = APIClient(REMOTE_ADDR="192.0.2.10").post
    assert other("/api/v1/auth/refresh").status_code == 401


def test_a_wrong_current_password_counts_even_with_an_idempotency_key(acme, acme_api):
    spend(f"password:pair:127.0.0.1:{OWNER}", ACCOUNT_AT_ADDRESS, leave=1)
    body = {"current_password": "wrong", "new_password": "battery-horse-correct"}
    url, headers = "/api/v1/auth/password", {"Idempotency-Key": "a"}
    assert acme_api.post(url, body, headers=headers).status_code == 422
    headers = {"Idempotency-Key": "b"}
    assert acme_api.post(url, body, headers=headers).status_code == 429


def test_an_invitation_with_an_idempotency_key_is_limited_too(acme_api):
    body = {"email": "bob@acme.example", "role": "MEMBER"}
    statuses = [
        acme_api.post(
            "/api/v1/invitations", body, headers={"Idempotency-Key": str(number)}
        ).status_code
        for number in range(6)
    ]
    assert statuses == [201] * 5 + [429]


def test_pruning_deletes_full_buckets_and_ended_sessions_only(acme):
    take("full", ADDRESS)
    let_pass(86_400)
    take("filling", ADDRESS)
    Session.objects.create(
        user=acme.owner,
        organization=acme.organization,
        refresh_hash=b"",
        expires_at=timezone.now() - timedelta(days=2),
    )
    call_command("prune", verbosity=0)
    assert list(TokenBucket.objects.all()) == list(TokenBucket.objects.named("filling"))
    assert acme.api.get("/api/v1/auth/me").status_code == 200
    assert Session.objects.count() == 1
