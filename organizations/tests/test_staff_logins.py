"""Logins to the admin: their events, and their sessions."""

import json

import pytest
from django.conf import settings
from django.test import Client

from fluxrate.models import INSTALLATION, Event
from organizations.models import User

LOGIN = "/admin/login/"
PASSWORD = "another-long-password"


@pytest.fixture
def ada(db, static_files):
    return User.objects.create_superuser("ada@fluxrate.example", PASSWORD)


def log_in(browser, email="ada@fluxrate.example", password=PASSWORD):
    return browser.post(LOGIN, {"username": email, "password": password})


def events(*types):
    events = Event.objects.filter(type__in=types).order_by("id")
    return [(event.type, event.object_id, event.actor) for event in events]


def test_a_login_and_a_logout_are_events_of_the_installation(ada):
    browser = Client(REMOTE_ADDR="198.51.100.7")
    assert log_in(browser).status_code == 302
    assert browser.post("/admin/logout/").status_code == 200
    actor = f"staff:{ada.pk}"
    assert events("user.login", "user.logout") == [
        ("user.login", ada.pk, actor),
        ("user.logout", ada.pk, actor),
    ]
    for event in Event.objects.filter(type__in=["user.login", "user.logout"]):
        assert event.organization_id == INSTALLATION
        assert event.data == {"address": "198.51.100.7"}
        assert event.request_id


@pytest.mark.parametrize("email", ["ada@fluxrate.example", "ADA@fluxrate.example "])
def test_a_refused_login_is_an_event_of_its_account(ada, email):
    assert log_in(Client(), email, "wrong-password").status_code == 200
    assert events("user.login_refused") == [
        ("user.login_refused", ada.pk, f"staff:{ada.pk}")
    ]


def test_a_login_to_an_unknown_account_records_no_email(ada):
    log_in(Client(), "my-secret-typed-here", PASSWORD)
    event = Event.objects.get(type="user.login_refused")
    assert (event.object_id, event.actor) == (None, "unattributed")
    assert "my-secret" not in str(event.data)


def test_a_refused_login_of_a_member_is_an_event(acme, static_files):
    acme.owner.set_password(PASSWORD)
    acme.owner.save()
    log_in(Client(), acme.owner.email)
    assert [entry[1] for entry in events("user.login_refused")] == [acme.owner.pk]


def test_the_log_names_the_account_that_logged_in(ada, log):
    log_in(Client(), password="wrong-password")
    log_in(Client())
    lines = {line["message"]: line for line in map(json.loads, log.lines)}
    accepted, refused = lines["password.accepted"], lines["password.refused"]
    assert accepted["user"] == str(ada.pk)
    assert accepted["account"] == refused["account"]


def test_a_second_login_changes_the_session_id(ada):
    browser = Client()
    ids = []
    for _ in range(3):
        assert log_in(browser).status_code == 302
        ids.append(browser.cookies[settings.SESSION_COOKIE_NAME].value)
    assert len(set(ids)) == 3
    assert browser.get("/admin/").status_code == 200
    for old in ids[:2]:
        thief = Client()
        thief.cookies[settings.SESSION_COOKIE_NAME] = old
        assert thief.get("/admin/").status_code == 302


def test_a_login_replaces_a_planted_session_id(ada):
    browser = Client()
    browser.cookies[settings.SESSION_COOKIE_NAME] = "a" * 32
    log_in(browser)
    assert browser.cookies[settings.SESSION_COOKIE_NAME].value != "a" * 32
