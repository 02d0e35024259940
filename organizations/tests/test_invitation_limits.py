"""Limits on invitations, which are lowest for users with an unconfirmed address."""

import json
from datetime import timedelta

import pytest
from django.db.models import F
from django.utils import timezone
from rest_framework.test import APIClient

from conftest import PASSWORD, enter, tenant
from fluxrate.models import TokenBucket
from fluxrate.models.token_bucket import take
from organizations.auth.throttling import (
    INVITATIONS_BY_ORGANIZATION,
    INVITATIONS_BY_USER,
    INVITATIONS_UNCONFIRMED_AT_ADDRESS,
    UNCONFIRMED_DETAIL,
)
from organizations.models import Email, Invitation, Membership, Role, User

URL = "/api/v1/invitations"


def invite(api, number, **headers):
    body = {"email": f"stranger{number}@example.com", "role": "VIEWER"}
    return api.post(URL, body, headers=headers)


def confirmed(acme):
    acme.owner.email_confirmed_at = timezone.now()
    acme.owner.save()


def spend(name, rate):
    """Leave one in a bucket, so that no test sends a hundred emails."""
    assert take(name, rate, rate.capacity - 1).granted


def test_an_unconfirmed_user_sends_ten_invitations_a_day(site):
    owner = site.owner()
    statuses = [
        owner.ask(
            "POST", URL, {"email": f"{number}@{owner.email[6:]}", "role": "VIEWER"}
        )
        for number in range(12)
    ]
    assert [response.status for response in statuses] == [201] * 10 + [429] * 2
    refusal = statuses[-1]
    assert refusal.json()["code"] == "throttled"
    assert 8_000 < int(refusal.headers["Retry-After"]) <= 8_640
    assert "Confirm yours to send more." in refusal.json()["detail"]


def test_revoking_and_an_idempotency_key_win_nothing(acme_api, mailoutbox):
    for number in range(10):
        created = invite(acme_api, number, **{"Idempotency-Key": str(number)})
        assert created.status_code == 201
        assert len(mailoutbox) == number + 1
        assert acme_api.delete(f"{URL}/{created.json()['id']}").status_code == 204
    refused = invite(acme_api, 11)
    assert refused.status_code == 429
    assert refused.json()["detail"].startswith(UNCONFIRMED_DETAIL)
    TokenBucket.objects.update(full_at=F("full_at") - timedelta(days=1))
    assert invite(acme_api, 12).status_code == 201


def test_a_user_with_a_confirmed_address_sends_more(acme, acme_api, mailoutbox):
    for number in range(10):
        assert invite(acme_api, number).status_code == 201
    confirmed(acme)
    for number in range(10, 15):
        assert invite(acme_api, number).status_code == 201


def test_many_unconfirmed_accounts_of_one_network_address(acme_api, db):
    spend("inviting:unconfirmed:address:127.0.0.1", INVITATIONS_UNCONFIRMED_AT_ADDRESS)
    assert invite(acme_api, 1).status_code == 201
    other = tenant("Initech")
    assert invite(other.api, 2).status_code == 429
    confirmed(other)
    assert invite(other.api, 3).status_code == 201


def test_a_user_is_limited_in_all_their_organizations(acme, globex):
    confirmed(acme)
    here = Membership.objects.create(
        organization=globex.organization, user=acme.owner, role=Role.ADMIN
    )
    spend(f"inviting:user:{acme.owner.pk}", INVITATIONS_BY_USER)
    assert invite(acme.api, 1).status_code == 201
    assert invite(enter(here), 2).status_code == 429


def test_all_invitations_of_an_organization_are_limited_together(
    acme, acme_api, member
):
    spend(f"inviting:organization:{acme.organization.pk}", INVITATIONS_BY_ORGANIZATION)
    assert invite(acme_api, 1).status_code == 201
    assert invite(member(Role.ADMIN), 2).status_code == 429


def test_one_stranger_is_invited_five_times_a_day_by_all_together(
    acme_api, globex, log
):
    responses = [invite(api, 1) for api in (acme_api, globex.api) for _ in range(3)]
    assert [response.status_code for response in responses] == [201] * 5 + [429]
    assert "Confirm yours" not in responses[-1].json()["detail"]
    lines = [json.loads(line) for line in log.lines]
    limits = [line["limit"] for line in lines if line["message"] == "throttled"]
    assert limits == ["invitation"]
    assert Invitation.objects.count() == 2


def test_invitations_use_up_no_emails_of_a_password_reset(acme, globex, mailoutbox):
    User.objects.create_user("ada@example.com", PASSWORD)
    body = {"email": "ada@example.com", "role": "VIEWER"}
    for _ in range(6):
        globex.api.post(URL, body)
    reset = {"email": "ada@example.com"}
    response = APIClient().post("/api/v1/auth/password/reset", reset)
    assert response.status_code == 202
    assert mailoutbox[-1].subject == "A new password"


def test_an_email_with_an_idempotency_key_counts_with_its_transaction(acme_api):
    headers = {"Idempotency-Key": "a"}
    response = acme_api.post("/api/v1/auth/email/resend", headers=headers)
    assert response.status_code == 202


@pytest.mark.parametrize("path", ["/password/reset", "/email/resend"])
def test_other_emails_are_limited_by_their_address(acme, acme_api, path):
    statuses = [
        acme_api.post(f"/api/v1/auth{path}", {"email": form}).status_code
        if path == "/password/reset"
        else acme_api.post(f"/api/v1/auth{path}").status_code
        for form in [acme.owner.email, acme.owner.email.upper()] * 3
    ]
    assert statuses == [202] * 5 + [429]
    assert Email.objects.count() == 5
    other = {"email": "somebody.else@acme.example"}
    assert acme_api.post("/api/v1/auth/password/reset", other).status_code == 202
