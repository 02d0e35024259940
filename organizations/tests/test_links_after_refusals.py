"""A link from a mail is used up by what it does, not by what is refused."""

import re

import pytest
from rest_framework.test import APIClient

AUTH = "/api/v1/auth"
NEW = "staple-orbit-lantern"
REFUSED = {
    "common": "password",
    "short": "short",
    "numeric": "12345678901234",
    "like the email": "owner@acme.example",
    "empty": "",
    "no text": 12345678,
    "too long": "a" * 1001,
    "null": None,
    "a NUL": "a\x00bcdefghijkl",
}
refused = pytest.mark.parametrize("password", REFUSED.values(), ids=REFUSED)


def secret(mailoutbox):
    return re.search(r"#(\S+)", mailoutbox[-1].body).group(1)


@refused
def test_a_link_to_a_new_password_outlives_a_refused_one(acme, mailoutbox, password):
    api = APIClient()
    api.post(f"{AUTH}/password/reset", {"email": acme.owner.email})
    confirm = f"{AUTH}/password/reset/confirm"
    body = {"token": secret(mailoutbox)}
    for bad in (password, password, None):
        response = api.post(confirm, body | {"new_password": bad})
        assert response.status_code in {400, 422}
    assert api.post(confirm, body | {"new_password": NEW, "x": 1}).status_code == 422
    assert api.post(confirm, body | {"new_password": NEW}).status_code == 204
    assert api.post(confirm, body | {"new_password": NEW}).status_code == 422


@refused
def test_an_invitation_outlives_a_refused_password(acme_api, mailoutbox, password):
    body = {"email": "owner@acme.example.com", "role": "VIEWER"}
    acme_api.post("/api/v1/invitations", body)
    accept, body = "/api/v1/invitations/accept", {"token": secret(mailoutbox)}
    api = APIClient()
    assert api.post(accept, body | {"password": password}).status_code in {400, 422}
    assert api.post(accept, body | {"password": NEW, "name": "\x07"}).status_code == 422
    assert api.post(accept, body | {"password": NEW}).status_code == 201


def test_an_invitation_outlives_a_wrong_password(acme_api, globex, mailoutbox):
    body = {"email": globex.owner.email, "role": "VIEWER"}
    acme_api.post("/api/v1/invitations", body)
    accept, body = "/api/v1/invitations/accept", {"token": secret(mailoutbox)}
    api = APIClient()
    assert api.post(accept, body | {"password": NEW}).status_code == 401
    assert api.post(accept, body).status_code == 401
    body |= {"password": "correct-horse-battery"}
    assert api.post(accept, body).status_code == 201


def test_a_confirmation_outlives_a_malformed_request(db, mailoutbox):
    body = {"email": "ada@example.com", "password": NEW, "organization_name": "N"}
    api = APIClient()
    api.post(f"{AUTH}/signup", body)
    confirm, body = f"{AUTH}/email/confirm", {"token": secret(mailoutbox)}
    assert api.post(confirm, body | {"x": 1}).status_code == 422
    assert api.post(confirm, {"token": "nonsense"}).status_code == 422
    assert api.post(confirm, body).status_code == 204
