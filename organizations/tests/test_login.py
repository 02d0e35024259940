"""Sign up, log in, stay logged in, log out."""

import pytest
from rest_framework.test import APIClient

from organizations.models import Membership, Organization, Role, User

AUTH = "/api/v1/auth"
ADA = {
    "email": "ada@acme.example",
    "password": "correct-horse-battery",
    "organization_name": "Acme",
}
CREDENTIALS = {name: ADA[name] for name in ("email", "password")}


@pytest.fixture
def ada(db):
    """A browser that has just signed up."""
    browser = APIClient()
    response = browser.post(f"{AUTH}/signup", ADA)
    assert response.status_code == 201, response.content
    return browser


def test_signing_up_makes_a_user_an_organization_and_its_owner(ada):
    me = ada.get(f"{AUTH}/me").json()
    assert me["user"]["email"] == "ada@acme.example"
    assert me["organization"]["name"] == "Acme"
    assert me["role"] == "OWNER"
    assert Membership.objects.get().role == Role.OWNER
    assert ada.get("/api/v1/customers").status_code == 200


def test_no_password_comes_back(ada):
    response = ada.post(f"{AUTH}/login", CREDENTIALS)
    assert b"password" not in response.content
    assert b"argon2" not in response.content


@pytest.mark.parametrize("path", ["signup", "login"])
def test_both_cookies_are_out_of_the_reach_of_scripts(ada, path):
    body = ADA | {"email": "eve@acme.example"} if path == "signup" else CREDENTIALS
    cookies = APIClient().post(f"{AUTH}/{path}", body).cookies
    assert set(cookies) == {"access_token", "refresh_token"}
    for name, seconds in (("access_token", 900), ("refresh_token", 604_800)):
        cookie = cookies[name]
        assert cookie["httponly"]
        assert (cookie["samesite"], cookie["path"], cookie["domain"]) == (
            "Lax",
            "/",
            "",
        )
        assert cookie["max-age"] == seconds
        assert not cookie["secure"]


def test_under_https_they_are_secure(ada, settings):
    settings.HTTPS = True
    cookies = APIClient().post(f"{AUTH}/login", CREDENTIALS, secure=True).cookies
    assert cookies["access_token"]["secure"]
    assert cookies["refresh_token"]["secure"]


def test_the_email_does_not_mind_case_or_spaces(ada):
    response = APIClient().post(
        f"{AUTH}/login", CREDENTIALS | {"email": " ADA@Acme.Example "}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"password": "correct-horse-batterY"},
        {"password": " correct-horse-battery"},
        {"email": "nobody@acme.example"},
    ],
)
def test_wrong_credentials_are_401_with_one_response(ada, wrong):
    response = APIClient().post(f"{AUTH}/login", CREDENTIALS | wrong)
    assert response.status_code == 401
    assert response.json()["code"] == "wrong_credentials"
    assert response.json()["detail"] == "The email or the password is wrong."
    assert not response.cookies


def test_an_inactive_user_does_not_get_in_or_stay_in(ada):
    User.objects.update(is_active=False)
    assert APIClient().post(f"{AUTH}/login", CREDENTIALS).status_code == 401
    assert ada.get(f"{AUTH}/me").status_code == 401
    assert ada.post(f"{AUTH}/refresh").status_code == 401


def test_an_email_signs_up_once_and_nothing_is_left_of_the_second(ada):
    again = ADA | {"email": "Ada@acme.example", "organization_name": "Other"}
    response = APIClient().post(f"{AUTH}/signup", again)
    assert (response.status_code, response.json()["code"]) == (409, "email_taken")
    assert not Organization.objects.filter(name="Other").exists()


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("password", "short", "password_too_short"),
        ("password", "password123", "password_too_common"),
        ("password", "73519264408", "password_entirely_numeric"),
        ("password", "ada@acme.example", "password_too_similar"),
        ("password", 12345678, "invalid"),
        ("password", "x" * 1001, "max_length"),
        ("email", "ada", "invalid"),
        ("email", None, "null"),
        ("organization_name", " \u200b ", "blank"),
        ("organization_name", "a\nb", "control_character"),
    ],
)
def test_an_invalid_signup_is_422(db, field, value, code):
    response = APIClient().post(f"{AUTH}/signup", ADA | {field: value})
    assert response.status_code == 422, response.content
    assert code in {error["code"] for error in response.json()["errors"]}
    assert {error["field"] for error in response.json()["errors"]} == {field}
    assert not User.objects.exists()


def test_refreshing_rotates_both_tokens(ada):
    before = {name: morsel.value for name, morsel in ada.cookies.items()}
    response = ada.post(f"{AUTH}/refresh")
    assert response.status_code == 200
    assert response.json()["role"] == "OWNER"
    after = {name: morsel.value for name, morsel in ada.cookies.items()}
    assert before["access_token"] != after["access_token"]
    assert before["refresh_token"] != after["refresh_token"]
    assert ada.get(f"{AUTH}/me").status_code == 200


def test_logging_out_ends_both_tokens_and_clears_the_cookies(ada):
    stolen = {name: morsel.value for name, morsel in ada.cookies.items()}
    response = ada.post(f"{AUTH}/logout")
    assert (response.status_code, response.content) == (204, b"")
    for cookie in response.cookies.values():
        assert (cookie.value, cookie["max-age"]) == ("", 0)
    thief = APIClient()
    thief.cookies.load(stolen)
    assert thief.get(f"{AUTH}/me").status_code == 401
    assert thief.post(f"{AUTH}/refresh").status_code == 401


def test_logging_out_of_one_browser_leaves_the_other(ada):
    other = APIClient()
    other.post(f"{AUTH}/login", CREDENTIALS)
    ada.post(f"{AUTH}/logout")
    assert other.get(f"{AUTH}/me").status_code == 200


def test_logging_out_twice_or_as_nobody_is_fine(ada):
    assert ada.post(f"{AUTH}/logout").status_code == 204
    assert ada.post(f"{AUTH}/logout").status_code == 204
    assert APIClient().post(f"{AUTH}/logout").status_code == 204


def test_nobody_is_nobody(db):
    response = APIClient().get(f"{AUTH}/me")
    assert (response.status_code, response.json()["code"]) == (401, "not_authenticated")


def test_a_lowered_role_counts_at_once(member):
    grace = member(Role.MEMBER)
    customer = {"name": "A", "email": "a@b.co"}
    assert grace.post("/api/v1/customers", customer).status_code == 201
    Membership.objects.filter(role=Role.MEMBER).update(role=Role.VIEWER)
    response = grace.post("/api/v1/customers", customer)
    assert (response.status_code, response.json()["code"]) == (403, "permission_denied")
    assert response.json()["detail"] == "This needs the scope customers.write."
    assert grace.get("/api/v1/customers").status_code == 200


def test_the_organization_is_read_and_renamed(ada):
    changed = ada.patch("/api/v1/organization", {"name": " Acme  GmbH "})
    assert (changed.status_code, changed.json()["name"]) == (200, "Acme  GmbH")
    assert ada.get("/api/v1/organization").json()["name"] == "Acme  GmbH"
    refused = ada.patch("/api/v1/organization", {"name": ""})
    assert refused.status_code == 422
