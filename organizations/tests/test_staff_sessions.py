"""Sessions of staff: their end, and a forgotten password."""

import pytest
from django.conf import settings
from django.test import Client

from fluxrate.admin.sessions import BEGAN_AT, SEEN_AT
from fluxrate.models import Event
from fluxrate.tests.admin_actions import run_action
from organizations.models import Email, User

EMAIL, PASSWORD = "ada@fluxrate.example", "another-long-password"


@pytest.fixture
def ada(db):
    return User.objects.create_superuser(EMAIL, PASSWORD)


@pytest.fixture
def browser(ada):
    client = Client()
    client.force_login(ada)
    return client


def age(client, *, seconds, names):
    session = client.session
    for name in names:
        session[name] -= seconds
    session.save()


def is_in(client):
    return client.get("/admin/").status_code == 200


@pytest.mark.parametrize(
    ("seconds", "names", "lives"),
    [
        (29 * 60, [SEEN_AT], True),
        (31 * 60, [SEEN_AT], False),
        (8 * 3_600 - 60, [BEGAN_AT], True),
        (8 * 3_600 + 1, [BEGAN_AT], False),
    ],
)
def test_a_session_ends_after_half_an_hour_idle_and_eight_hours(
    browser, seconds, names, lives
):
    age(browser, seconds=seconds, names=names)
    assert is_in(browser) == lives
    assert is_in(browser) == lives


def test_use_is_stored_at_most_twice_a_minute(browser, django_assert_num_queries):
    is_in(browser)
    seen = browser.session[SEEN_AT]
    is_in(browser)
    assert browser.session[SEEN_AT] == seen
    age(browser, seconds=31, names=[SEEN_AT])
    is_in(browser)
    assert browser.session[SEEN_AT] >= seen


def test_the_page_and_an_address_say_how_long_the_session_lasts(browser):
    age(browser, seconds=25 * 60, names=[SEEN_AT])
    assert 298 <= browser.get("/admin/session/").json()["seconds"] <= 300
    # Asking does not extend it; staying does.
    assert 298 <= browser.get("/admin/session/").json()["seconds"] <= 300
    assert browser.get("/admin/session/?stay").json()["seconds"] > 1_790
    assert browser.get("/admin/").context["session_seconds"] > 1_790
    assert 'id="session-end"' in browser.get("/admin/").text
    assert Client().get("/admin/session/").json() == {"seconds": 0}


def test_log_out_everywhere_ends_sessions_of_the_admin_and_of_the_api(ada, acme):
    first, second = Client(), Client()
    for client in (first, second):
        client.force_login(acme_staff(acme))
    assert first.get("/admin/account/").status_code == 200
    assert acme.api.get("/api/v1/auth/me").status_code == 200
    answer = first.post("/admin/account/", {"step": "log_out_everywhere"}, follow=True)
    assert "logged out in every browser" in answer.text
    assert not is_in(first)
    assert not is_in(second)
    assert acme.api.get("/api/v1/auth/me").status_code == 401
    second.force_login(acme.owner)
    assert is_in(second)


def acme_staff(acme):
    acme.owner.is_staff = True
    acme.owner.save(update_fields=["is_staff"])
    return acme.owner


def test_a_superuser_logs_somebody_out_everywhere(staff, ada, browser):
    users = "/admin/organizations/user/"
    run_action(staff, users, "log_out_everywhere", [ada], reason="Laptop stolen")
    assert not is_in(browser)
    assert is_in(staff)
    event = Event.objects.filter(object_id=ada.pk, type="user.updated").last()
    assert event.reason == "Laptop stolen"
    assert "sessions_ended_at" in event.changes


def test_a_forgotten_password_is_reset_by_the_link_of_an_email(ada, mailoutbox):
    client = Client()
    assert "/admin/forgotten-password/" in client.get("/admin/login/").text
    page = client.post("/admin/forgotten-password/", {"email": EMAIL.upper()})
    assert "a link is coming" in page.text
    assert f"{settings.BASE_URL}/reset-password#" in mailoutbox[0].body
    assert mailoutbox[0].to == [EMAIL]


def test_the_page_does_not_reveal_who_has_an_account(ada, mailoutbox):
    client = Client()
    pages = [
        client.post("/admin/forgotten-password/", {"email": email}).text
        for email in (EMAIL, "nobody@fluxrate.example")
    ]
    assert len({page.partition("<main")[2] for page in pages}) == 1
    assert len(mailoutbox) == 1


def test_emails_of_forgotten_passwords_are_limited(ada):
    client = Client()
    for _ in range(7):
        page = client.post("/admin/forgotten-password/", {"email": EMAIL})
    assert "Too many attempts." in page.text
    assert Email.objects.count() == 5
    bad = client.post("/admin/forgotten-password/", {"email": "nobody"})
    assert "Enter a valid email address." in bad.text
