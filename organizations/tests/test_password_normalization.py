"""A password is the same on every keyboard: NIST SP 800-63B 5.1.1.2, RFC 8265."""

import re
import unicodedata
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from rest_framework.test import APIClient

from organizations.models import User

AUTH = "/api/v1/auth"
COMPOSED = "Pässwört-Ångström"
DECOMPOSED = unicodedata.normalize("NFD", COMPOSED)
either_way = pytest.mark.parametrize(
    ("first", "then"),
    [(COMPOSED, DECOMPOSED), (DECOMPOSED, COMPOSED)],
    ids=["composed first", "decomposed first"],
)


def logs_in(email, password):
    body = {"email": email, "password": password}
    return APIClient().post(f"{AUTH}/login", body).status_code == 200


def enters_the_admin(email, password):
    form = {"username": email, "password": password}
    return Client().post("/admin/login/?next=/admin/", form).status_code == 302


@either_way
def test_signed_up_in_one_form_logged_in_in_the_other(db, first, then):
    body = {"email": "ada@example.com", "organization_name": "Navy"}
    api = APIClient()
    assert api.post(f"{AUTH}/signup", body | {"password": first}).status_code == 201
    assert logs_in("ada@example.com", then)
    assert logs_in("ada@example.com", first)
    assert not logs_in("ada@example.com", "Passwort-Angstrom")
    change = {"current_password": then, "new_password": f"{first}-new"}
    assert api.post(f"{AUTH}/password", change).status_code == 204
    assert logs_in("ada@example.com", f"{then}-new")


@either_way
def test_reset_and_invited_in_one_form(acme, acme_api, mailoutbox, first, then):
    APIClient().post(f"{AUTH}/password/reset", {"email": acme.owner.email})
    body = {"token": secret(mailoutbox), "new_password": first}
    assert APIClient().post(f"{AUTH}/password/reset/confirm", body).status_code == 204
    assert logs_in(acme.owner.email, then)
    # The reset has ended the owner's logins.
    api = APIClient()
    api.post(f"{AUTH}/login", {"email": acme.owner.email, "password": then})
    api.post("/api/v1/invitations", {"email": "new@example.com", "role": "VIEWER"})
    body = {"token": secret(mailoutbox), "password": first}
    assert APIClient().post("/api/v1/invitations/accept", body).status_code == 201
    assert logs_in("new@example.com", then)


def secret(mailoutbox):
    return re.search(r"#(\S+)", mailoutbox[-1].body).group(1)


@either_way
def test_the_admin_and_the_shell(db, monkeypatch, first, then):
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", first)
    call_command(
        "createsuperuser",
        email="root@example.com",
        interactive=False,
        stdout=StringIO(),
    )
    assert enters_the_admin("root@example.com", then)
    user = User.objects.get()
    user.set_password(f"{first}2")
    user.save()
    assert user.check_password(f"{then}2")
    assert enters_the_admin("root@example.com", f"{then}2")


def test_every_space_is_a_space_and_none_is_trimmed(db):
    user = User(email="ada@example.com")
    user.set_password(" correct\u00a0horse\u3000battery ")
    assert user.check_password("\u2003correct horse battery ")
    assert not user.check_password("correct horse battery")


def test_a_password_is_as_long_as_its_composed_form(db):
    body = {"email": "ada@example.com", "organization_name": "Navy"}
    short = unicodedata.normalize("NFD", "äöüßÄÖÜ")
    response = APIClient().post(f"{AUTH}/signup", body | {"password": short})
    assert response.json()["errors"][0]["code"] == "password_too_short"
