"""Passwords, addresses, and moving between organizations."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from rest_framework.test import APIClient

from conftest import PASSWORD, enter
from fluxrate.tests.concurrency import at_once
from organizations.models import Membership, Role, Ticket, User

AUTH = "/api/v1/auth"
NEW = "staple-orbit-lantern"
SIGNUP = {"email": "ada@navy.example", "password": PASSWORD, "organization_name": "N"}


def secret(mail):
    return re.search(r"#(\S{40,})", mail.body).group(1)


def login(email, password):
    client = APIClient()
    response = client.post(f"{AUTH}/login", {"email": email, "password": password})
    return client if response.status_code == 200 else None


def test_a_new_password_ends_every_other_login(acme, acme_api):
    other = login(acme.owner.email, PASSWORD)
    response = acme_api.post(
        f"{AUTH}/password", {"current_password": PASSWORD, "new_password": NEW}
    )
    assert response.status_code == 204, response.content
    assert acme_api.get(f"{AUTH}/me").status_code == 200
    assert other.get(f"{AUTH}/me").status_code == 401
    assert other.post(f"{AUTH}/refresh").status_code == 401
    assert login(acme.owner.email, PASSWORD) is None
    assert login(acme.owner.email, NEW)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"current_password": "wrong", "new_password": NEW}, "current_password"),
        ({"current_password": PASSWORD, "new_password": "short"}, "new_password"),
        ({"current_password": PASSWORD, "new_password": "password1"}, "new_password"),
        ({"current_password": PASSWORD}, "new_password"),
        ({"new_password": NEW}, "current_password"),
    ],
)
def test_a_password_is_changed_with_the_old_for_a_good_one(acme, acme_api, body, field):
    response = acme_api.post(f"{AUTH}/password", body)
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == field
    assert login(acme.owner.email, PASSWORD)


def ask_reset(email):
    return APIClient().post(f"{AUTH}/password/reset", {"email": email})


def confirm_reset(token, password=NEW):
    body = {"token": token, "new_password": password}
    return APIClient().post(f"{AUTH}/password/reset/confirm", body)


def test_a_forgotten_password_is_replaced_by_mail(acme, acme_api, mailoutbox):
    assert ask_reset(acme.owner.email.upper()).status_code == 202
    token = secret(mailoutbox[-1])
    weak = confirm_reset(token, "password")
    assert (weak.status_code, weak.json()["errors"][0]["field"]) == (
        422,
        "new_password",
    )
    assert confirm_reset(token).status_code == 204
    assert acme_api.get(f"{AUTH}/me").status_code == 401
    assert login(acme.owner.email, PASSWORD) is None
    assert login(acme.owner.email, NEW)
    again = confirm_reset(token, "another-good-one")
    assert (again.status_code, again.json()["code"]) == (422, "invalid_link")


def test_nobody_learns_which_addresses_have_an_account(acme, mailoutbox):
    User.objects.create_user("idle@acme.example", PASSWORD, is_active=False)
    responses = [
        ask_reset(email)
        for email in (acme.owner.email, "nobody@acme.example", "idle@acme.example")
    ]
    assert {response.status_code for response in responses} == {202}
    assert len({response.content for response in responses}) == 1
    assert [mail.to for mail in mailoutbox] == [[acme.owner.email]]


def test_a_link_to_reset_ends(acme, mailoutbox):
    ask_reset(acme.owner.email)
    first = secret(mailoutbox[-1])
    ask_reset(acme.owner.email)
    second = secret(mailoutbox[-1])
    assert confirm_reset(first).status_code == 422
    User.objects.filter(pk=acme.owner.pk).update(email="new@acme.example")
    assert confirm_reset(second).status_code == 422
    User.objects.filter(pk=acme.owner.pk).update(email=acme.owner.email)
    Ticket.objects.update(expires_at=datetime.now(UTC) - timedelta(seconds=1))
    assert confirm_reset(second).status_code == 422
    assert login(acme.owner.email, PASSWORD)


def test_a_new_password_ends_the_links_to_reset_it(acme, acme_api, mailoutbox):
    ask_reset(acme.owner.email)
    assert len(mailoutbox) == 1
    ask_reset(acme.owner.email)
    body = {"current_password": PASSWORD, "new_password": "other-orbit-lantern"}
    assert acme_api.post(f"{AUTH}/password", body).status_code == 204
    # The email that waited is not sent.
    assert len(mailoutbox) == 1
    assert confirm_reset(secret(mailoutbox[-1])).status_code == 422


@pytest.mark.django_db(transaction=True)
def test_a_link_to_reset_works_once_in_concurrent_requests(acme, mailoutbox):
    ask_reset(acme.owner.email)
    token = secret(mailoutbox[-1])
    passwords = [f"{NEW}-{number}" for number in range(4)]
    codes = at_once(lambda new: confirm_reset(token, new).status_code, passwords)
    assert sorted(codes) == [204, 422, 422, 422]


def test_signup_asks_to_confirm_the_address(db, mailoutbox):
    api = APIClient()
    created = api.post(f"{AUTH}/signup", SIGNUP)
    assert created.json()["user"]["email_confirmed_at"] is None
    token = secret(mailoutbox[-1])
    confirm = f"{AUTH}/email/confirm"
    assert api.post(f"{AUTH}/email/resend").status_code == 202
    newer = {"token": secret(mailoutbox[-1])}
    assert APIClient().post(confirm, {"token": token}).status_code == 422
    assert APIClient().post(confirm, newer).status_code == 204
    assert api.get(f"{AUTH}/me").json()["user"]["email_confirmed_at"]
    assert APIClient().post(confirm, newer).status_code == 422
    again = api.post(f"{AUTH}/email/resend")
    assert (again.status_code, again.json()["code"]) == (409, "email_already_confirmed")


def test_a_link_serves_only_its_purpose(acme, acme_api, mailoutbox):
    ask_reset(acme.owner.email)
    token = {"token": secret(mailoutbox[-1])}
    assert APIClient().post(f"{AUTH}/email/confirm", token).status_code == 422
    accept = APIClient().post("/api/v1/invitations/accept", token | {"password": NEW})
    assert accept.status_code == 422
    assert confirm_reset(**token).status_code == 204


@pytest.fixture
def both(acme, globex):
    """Acme's owner, who is a viewer of Globex too."""
    return Membership.objects.create(
        organization=globex.organization, user=acme.owner, role=Role.VIEWER
    )


def test_a_user_sees_their_organizations_and_switches(acme, globex, both):
    api = login(acme.owner.email, PASSWORD)
    listed = api.get(f"{AUTH}/organizations").json()
    seen = {
        (row["organization"]["name"], row["role"], row["current"])
        for row in listed["data"]
    }
    assert seen == {("Acme", "OWNER", True), ("Globex", "VIEWER", False)}
    assert listed["meta"]["total"] == 2
    before = api.cookies["access_token"].value
    body = {"organization_id": str(globex.organization.pk)}
    response = api.post(f"{AUTH}/switch", body)
    assert response.status_code == 200, response.content
    assert (response.json()["role"], response.json()["organization"]["name"]) == (
        "VIEWER",
        "Globex",
    )
    assert api.get("/api/v1/organization").json()["name"] == "Globex"
    assert api.patch("/api/v1/organization", {"name": "Mine"}).status_code == 403
    assert api.post(f"{AUTH}/refresh").json()["organization"]["name"] == "Globex"
    old = APIClient()
    old.cookies["access_token"] = before
    assert old.get(f"{AUTH}/me").status_code == 401


def test_nobody_switches_to_where_they_do_not_belong(acme_api, globex):
    responses = [
        acme_api.post(f"{AUTH}/switch", {"organization_id": str(there)})
        for there in (globex.organization.pk, globex.owner.pk)
    ]
    bodies = [response.json() | {"request_id": ""} for response in responses]
    assert [response.status_code for response in responses] == [404, 404]
    assert bodies[0] == bodies[1]
    assert acme_api.get(f"{AUTH}/me").status_code == 200


def test_being_removed_in_one_organization_leaves_the_other(acme, globex, both):
    in_acme, in_globex = login(acme.owner.email, PASSWORD), enter(both)
    assert globex.api.delete(f"/api/v1/members/{both.pk}").status_code == 204
    assert in_globex.get(f"{AUTH}/me").status_code == 401
    assert in_acme.get(f"{AUTH}/me").status_code == 200


def test_a_key_says_whose_it_is(acme, key):
    response = key("events.read").get(f"{AUTH}/me")
    body = response.json()
    assert (body["user"], body["role"]) == (None, None)
    assert body["organization"]["id"] == str(acme.organization.pk)
    assert body["api_key"]["scopes"] == ["events.read"]
    assert "secret" not in body["api_key"]


@pytest.mark.parametrize(
    "path", ["password", "switch", "email/resend", "organizations"]
)
def test_a_key_has_no_account(key, path):
    api = key("customers.read")
    ask = api.get if path == "organizations" else api.post
    assert ask(f"{AUTH}/{path}").status_code == 403
