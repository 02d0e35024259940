"""Invitations: emailed, and accepted once by the reader of the email."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from conftest import PASSWORD
from fluxrate.models import Event
from fluxrate.tests.concurrency import at_once
from organizations.models import Invitation, Membership, Role, Ticket, User
from organizations.models.api_key import sha256
from organizations.models.invitation import MAX_INVITATIONS

URL = "/api/v1/invitations"
ACCEPT = f"{URL}/accept"
GRACE = {"email": "grace@navy.example", "role": "MEMBER"}
CHOSEN = {"password": "staple-orbit-lantern", "name": "Grace Hopper"}


def secret(mail):
    """The fragment of the link in an email."""
    return re.search(r"#(\S{40,})", mail.body).group(1)


def invite(api, mailoutbox, **changes):
    response = api.post(URL, GRACE | changes)
    assert response.status_code == 201, response.content
    return response.json(), secret(mailoutbox[-1])


def test_an_invitation_is_mailed_and_only_its_hash_is_stored(acme_api, mailoutbox):
    created, token = invite(acme_api, mailoutbox, email="Grace@Navy.example")
    assert created | GRACE == created
    assert created["status"] == "PENDING"
    days = datetime.fromisoformat(created["expires_at"]) - datetime.now(UTC)
    assert timedelta(days=6, hours=23) < days <= timedelta(days=7)
    (mail,) = mailoutbox
    assert mail.to == ["grace@navy.example"]
    assert "Acme" in mail.subject
    assert f"/join#{token}" in mail.body
    assert token not in acme_api.get(URL).content.decode()
    assert bytes(Ticket.objects.get().token_hash) == sha256(token)
    assert token not in str(list(Event.objects.values()))


def test_a_newcomer_chooses_a_password_and_is_logged_in(acme, acme_api, mailoutbox):
    _, token = invite(acme_api, mailoutbox)
    newcomer = APIClient()
    response = newcomer.post(ACCEPT, {"token": token} | CHOSEN)
    assert response.status_code == 201, response.content
    body = response.json()
    assert body["organization"]["id"] == str(acme.organization.pk)
    assert (body["role"], body["user"]["name"]) == ("MEMBER", "Grace Hopper")
    assert body["user"]["email_confirmed_at"]
    assert newcomer.get("/api/v1/auth/me").json()["role"] == "MEMBER"
    login = {"email": GRACE["email"], "password": CHOSEN["password"]}
    assert APIClient().post("/api/v1/auth/login", login).status_code == 200
    assert acme_api.get(URL).json()["meta"]["total"] == 0


def test_a_link_works_once(acme_api, mailoutbox):
    _, token = invite(acme_api, mailoutbox)
    assert APIClient().post(ACCEPT, {"token": token} | CHOSEN).status_code == 201
    again = APIClient().post(ACCEPT, {"token": token} | CHOSEN)
    assert (again.status_code, again.json()["code"]) == (422, "invalid_link")


@pytest.mark.django_db(transaction=True)
def test_of_concurrent_acceptances_one_joins(acme_api, mailoutbox):
    _, token = invite(acme_api, mailoutbox)
    body = {"token": token} | CHOSEN
    responses = at_once(lambda api: api.post(ACCEPT, body), [APIClient()] * 4)
    codes = [response.status_code for response in responses]
    assert codes.count(201) == 1
    # 503 for requests beyond the limit of concurrent hashes.
    assert set(codes) <= {201, 409, 422, 503}
    assert Membership.objects.filter(user__email=GRACE["email"]).count() == 1


def test_a_link_ends_when_it_expires_is_revoked_or_replaced(acme_api, mailoutbox):
    created, replaced = invite(acme_api, mailoutbox)
    newer, token = invite(acme_api, mailoutbox, role="VIEWER")
    assert [row["role"] for row in acme_api.get(URL).json()["data"]] == ["VIEWER"]
    assert acme_api.delete(f"{URL}/{created['id']}").status_code == 404
    assert acme_api.delete(f"{URL}/{newer['id']}").status_code == 204
    _, late = invite(acme_api, mailoutbox)
    past = datetime.now(UTC) - timedelta(seconds=1)
    Ticket.objects.update(expires_at=past)
    for dead in (replaced, token, late, "x", "é" * 40):
        response = APIClient().post(ACCEPT, {"token": dead} | CHOSEN)
        assert (response.status_code, response.json()["code"]) == (422, "invalid_link")
    assert not User.objects.filter(email=GRACE["email"]).exists()


def test_an_invitation_has_no_etag_because_it_expires(acme_api):
    created = acme_api.post(URL, GRACE)
    again = acme_api.get(created["Location"], headers={"If-None-Match": '"1"'})
    for response, status in ((created, 201), (again, 200)):
        assert (response.status_code, response.get("ETag")) == (status, None)


def test_a_user_joins_with_their_password(acme_api, globex, mailoutbox):
    _, token = invite(acme_api, mailoutbox, email=globex.owner.email)
    wrong = APIClient().post(ACCEPT, {"token": token, "password": "not-this-one"})
    assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong_credentials")
    assert APIClient().post(ACCEPT, {"token": token}).status_code == 401
    joined = APIClient().post(ACCEPT, {"token": token, "password": PASSWORD})
    assert joined.status_code == 201, joined.content
    assert joined.json()["user"]["id"] == str(globex.owner.pk)


def test_a_logged_in_user_joins_without(acme, acme_api, globex, mailoutbox, member):
    _, token = invite(acme_api, mailoutbox, email=globex.owner.email)
    assert member(Role.VIEWER).post(ACCEPT, {"token": token}).status_code == 401
    joined = globex.api.post(ACCEPT, {"token": token})
    assert joined.status_code == 201, joined.content
    me = globex.api.get("/api/v1/auth/me").json()
    assert me["organization"]["id"] == str(acme.organization.pk)


def test_a_newcomer_needs_a_strong_password(acme_api, mailoutbox):
    _, token = invite(acme_api, mailoutbox)
    for password in ({}, {"password": "password"}, {"password": "short"}):
        response = APIClient().post(ACCEPT, {"token": token} | password)
        assert response.status_code == 422, response.content
        assert response.json()["errors"][0]["field"] == "password"
    assert APIClient().post(ACCEPT, {"token": token} | CHOSEN).status_code == 201


def test_a_member_cannot_be_invited(acme, acme_api, mailoutbox):
    response = acme_api.post(URL, GRACE | {"email": acme.owner.email.upper()})
    assert (response.status_code, response.json()["code"]) == (409, "already_a_member")
    assert not mailoutbox


def test_only_owners_invite_owners(member, acme_api, mailoutbox):
    refused = member(Role.ADMIN).post(URL, GRACE | {"role": "OWNER"})
    assert (refused.status_code, refused.json()["code"]) == (403, "owners_only")
    invite(acme_api, mailoutbox, role="OWNER")
    assert len(mailoutbox) == 1


@pytest.mark.parametrize("role", [Role.MEMBER, Role.VIEWER])
def test_members_and_viewers_invite_nobody(member, role):
    api = member(role)
    assert api.get(URL).status_code == 403
    assert api.post(URL, GRACE).status_code == 403


def test_a_hundred_invitations_wait_at_most(acme, acme_api):
    Invitation.objects.bulk_create(
        Invitation(
            organization=acme.organization,
            email=f"{number}@navy.example",
            role=Role.VIEWER,
            expires_at=datetime.now(UTC),
        )
        for number in range(MAX_INVITATIONS)
    )
    response = acme_api.post(URL, GRACE)
    assert (response.status_code, response.json()["code"]) == (
        409,
        "too_many_invitations",
    )


def test_an_invitation_leaves_events(acme, acme_api, mailoutbox):
    created, token = invite(acme_api, mailoutbox)
    joined = APIClient().post(ACCEPT, {"token": token} | CHOSEN).json()
    actors = [f"user:{acme.owner.pk}", f"user:{joined['user']['id']}"]
    seen = Event.objects.filter(object_id=created["id"]).order_by("id")
    assert [(event.type, event.actor) for event in seen] == [
        ("invitation.created", actors[0]),
        ("invitation.deleted", actors[1]),
    ]
    assert Event.objects.filter(type="member.created", actor=actors[1]).exists()
