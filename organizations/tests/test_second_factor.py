"""The second factor of staff: its login, its recovery codes, and who needs it."""

import time
from base64 import b32decode

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django_otp.oath import TOTP
from django_otp.plugins.otp_static.models import StaticToken
from django_otp.plugins.otp_totp.models import TOTPDevice

from fluxrate.models import Event
from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.admin_walk import Rows
from fluxrate.tests.admin_walk import staff as callers
from organizations.models import User
from organizations.models.second_factor import has_second_factor

ACCOUNT, CODE = "/admin/account/", "/admin/account/code/"
EMAIL, PASSWORD = "ada@fluxrate.example", "another-long-password"


@pytest.fixture
def ada(db):
    return User.objects.create_superuser(EMAIL, PASSWORD)


def log_in(client=None):
    client = client or Client()
    client.post("/admin/login/", {"username": EMAIL, "password": PASSWORD})
    return client


def app_code(key, *, steps=0):
    """What the app shows; a code works once, so later ones are of later steps."""
    app = TOTP(b32decode(key))
    app.time = time.time() + 30 * steps
    return f"{app.token():06d}"


@pytest.fixture
def turned_on(ada):
    """The browser, the app's key and the recovery codes."""
    client = log_in()
    client.post(ACCOUNT, {"step": "set_up"})
    page = client.get(ACCOUNT)
    key = page.context["key"]
    assert f"secret={key}" in page.context["uri"]
    assert page.context["uri"].startswith(f"otpauth://totp/Fluxrate%3A{EMAIL[:3]}")
    assert '<path d="M4 4h1v1h-1zM5 4h1v1h-1z' in page.text
    form = {"step": "confirm", "code": app_code(key), "_form": "f"}
    answer = client.post(ACCOUNT, form)
    return client, key, answer.context["codes"]


def types(user):
    events = Event.objects.filter(object_id=user.pk, type__startswith="user.")
    return [event.type for event in events.order_by("id")]


def test_recovery_codes_are_shown_once(ada, turned_on):
    client, key, codes = turned_on
    assert len(set(codes)) == 10
    again = client.post(
        ACCOUNT, {"step": "confirm", "code": app_code(key), "_form": "f"}, follow=True
    )
    for page in (client.get(ACCOUNT).text, again.text):
        assert key not in page
        assert not [code for code in codes if code in page]
    stored = str([*StaticToken.objects.values_list("token")])
    assert not [code for code in codes if code in stored]
    assert "user.second_factor_added" in types(ada)


def test_a_login_needs_a_code_which_works_once(ada, turned_on):
    _, key, _ = turned_on
    client = log_in()
    for page in ("/admin/", "/admin/customers/customer/", ACCOUNT):
        assert client.get(page).status_code == 302, page
    asked = client.get("/admin/customers/customer/", follow=True)
    assert asked.redirect_chain[-1][0].startswith(CODE)
    TOTPDevice.objects.update(last_t=-1)
    code = app_code(key)
    answer = client.post(CODE, {"code": code, "next": "/admin/customers/customer/"})
    assert answer["Location"] == "/admin/customers/customer/"
    assert client.get("/admin/customers/customer/").status_code == 200
    other = log_in()
    assert "This code is wrong" in other.post(CODE, {"code": code}).text
    assert other.get("/admin/").status_code == 302
    login = Event.objects.filter(type="user.login").order_by("id").last()
    assert login.data["second_factor"] == "totp"
    refused = Event.objects.get(type="user.login_refused")
    assert refused.data["step"] == "second_factor"


def test_a_login_is_an_event_once_it_is_complete(ada, turned_on):
    _, _, codes = turned_on
    before = types(ada).count("user.login")
    client = log_in()
    assert types(ada).count("user.login") == before
    client.post(CODE, {"code": codes[0]})
    assert types(ada).count("user.login") == before + 1


def test_a_recovery_code_works_once_in_any_form(ada, turned_on):
    _, _, codes = turned_on
    client = log_in()
    typed = codes[0].replace("-", " ").upper()
    assert client.post(CODE, {"code": typed}).status_code == 302
    assert "Recovery codes left: 9." in client.get("/admin/").text
    again = log_in().post(CODE, {"code": codes[0]})
    assert "This code is wrong" in again.text


def test_wrong_codes_have_to_wait(ada, turned_on):
    _, key, _ = turned_on
    TOTPDevice.objects.update(last_t=-1)
    client = log_in()
    client.post(CODE, {"code": "000000"})
    assert "This code is wrong" in client.post(CODE, {"code": app_code(key)}).text
    TOTPDevice.objects.update(throttling_failure_timestamp=None)
    assert client.post(CODE, {"code": app_code(key)}).status_code == 302


def test_other_browsers_are_logged_out_when_it_is_turned_on(ada):
    other, client = log_in(), log_in()
    client.post(ACCOUNT, {"step": "set_up"})
    key = client.get(ACCOUNT).context["key"]
    client.post(ACCOUNT, {"step": "confirm", "code": app_code(key)})
    assert client.get("/admin/").status_code == 200
    assert other.get("/admin/").status_code == 302


def test_a_wrong_first_code_turns_nothing_on(ada):
    client = log_in()
    client.post(ACCOUNT, {"step": "set_up"})
    page = client.post(ACCOUNT, {"step": "confirm", "code": "12"})
    assert "This code is wrong" in page.text
    assert not has_second_factor(ada)
    client.post(ACCOUNT, {"step": "cancel"})
    assert client.get(ACCOUNT).context["app"] is None


def test_it_is_removed_by_its_owner_with_the_password(ada, turned_on):
    client, _, _ = turned_on
    session = client.session
    session["password_entered_at"] -= 660
    session.save()
    asked = client.post(ACCOUNT, {"step": "remove"})
    assert 'name="_password"' in asked.text
    client.post(ACCOUNT, {"step": "remove", "_password": PASSWORD})
    assert not has_second_factor(ada)
    assert types(ada)[-1] == "user.second_factor_removed"
    assert log_in().get("/admin/").status_code == 200


def test_a_superuser_removes_that_of_somebody_else(ada, turned_on, staff):
    users = "/admin/organizations/user/"
    run_action(staff, users, "remove_second_factor", [ada], reason="Telephone lost")
    assert not has_second_factor(ada)
    event = Event.objects.get(type="user.second_factor_removed")
    assert event.reason == "Telephone lost"


def test_staff_who_are_no_superusers_remove_none(ada, turned_on):
    manager = callers(Rows("aardvark"))["manager"]
    answer = manager.post(
        "/admin/organizations/user/",
        {"action": "remove_second_factor", "_selected_action": [ada.pk]},
    )
    assert answer.status_code in {200, 302}
    assert (
        manager.get(
            reverse("admin:organizations_user_action", args=["remove_second_factor"])
        ).status_code
        == 403
    )
    assert has_second_factor(ada)


def test_all_staff_can_be_required_to_have_one(ada, settings):
    settings.ADMIN_REQUIRE_SECOND_FACTOR = True
    client = log_in()
    page = client.get("/admin/customers/customer/", follow=True)
    assert page.redirect_chain[-1][0].startswith(ACCOUNT)
    assert "All staff need one here." in page.text
    client.post(ACCOUNT, {"step": "set_up"})
    key = client.get(ACCOUNT).context["key"]
    client.post(ACCOUNT, {"step": "confirm", "code": app_code(key)})
    assert client.get("/admin/customers/customer/").status_code == 200
    assert client.post(ACCOUNT, {"step": "remove"}).status_code == 403


def test_an_incomplete_login_can_be_left(ada, turned_on):
    client = log_in()
    assert client.post(CODE, {"log_out": "1"})["Location"] == "/admin/login/"
    assert "Log in" in client.get("/admin/login/").text


def test_a_code_leads_to_no_other_site(ada, turned_on):
    _, _, codes = turned_on
    form = {"code": codes[0], "next": "https://evil.example/"}
    assert log_in().post(CODE, form)["Location"] == "/admin/"


def test_a_command_removes_it_with_a_reason(ada, turned_on, capsys):
    call_command("remove_second_factor", EMAIL.upper(), reason="All lost")
    assert not has_second_factor(ada)
    assert Event.objects.get(type="user.second_factor_removed").reason == "All lost"
    with pytest.raises(CommandError, match="No user with this email"):
        call_command("remove_second_factor", EMAIL)
