"""The time zone and the language of the admin's pages."""

from zoneinfo import ZoneInfo

import pytest

from customers.models import Customer
from fluxrate.history.value_text import value_text
from fluxrate.models import Event
from organizations.models import User

PREFERENCES = "/admin/preferences/"


def prefer(staff, zone, language=""):
    form = {"time_zone": zone, "language": language}
    return staff.post(PREFERENCES, form, follow=True)


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


@pytest.mark.parametrize(
    ("zone", "short"),
    [("UTC", "UTC"), ("Europe/Berlin", "CE"), ("Asia/Tokyo", "JST")],
)
def test_one_event_has_the_time_of_each_reader_s_zone(staff, ada, zone, short):
    assert prefer(staff, zone).status_code == 200
    at = Event.objects.get(object_id=ada.pk).created_at
    shown = f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %Z}"
    assert f" {short}" in shown
    iso = at.isoformat().replace("+00:00", "Z")
    for page in ("", "history/"):
        text = staff.get(f"/admin/customers/customer/{ada.pk}/{page}").text
        assert f'<time datetime="{iso}">{shown}</time>' in text, page
        assert f'<a href="{PREFERENCES}">{zone}</a>' in text
    assert shown in staff.get("/admin/customers/customer/").text


def test_the_api_and_the_next_request_keep_utc_and_english(staff, acme, ada):
    prefer(staff, "Asia/Tokyo", "de")
    assert 'lang="de"' in staff.get("/admin/").text
    answer = acme.api.post("/api/v1/customers", {}, HTTP_ACCEPT_LANGUAGE="de")
    assert answer.json()["errors"][0]["message"] == "This field is required."
    assert value_text("2026-11-28T12:07:45Z") == "2026-11-28 12:07:45 UTC"


@pytest.mark.parametrize(
    ("zone", "language"), [("Europe/Atlantis", ""), ("UTC", "tlh"), ("../etc", "")]
)
def test_an_unknown_preference_is_refused(staff, zone, language):
    answer = prefer(staff, zone, language)
    assert "errorlist" in answer.text
    user = User.objects.get(email="staff@fluxrate.example")
    assert (user.time_zone, user.language) == ("UTC", "")


def test_a_zone_that_this_system_lacks_is_shown_as_utc(staff):
    User.objects.update(time_zone="Europe/Atlantis", language="tlh")
    text = staff.get("/admin/").text
    assert f'<a href="{PREFERENCES}">UTC</a>' in text
    assert 'lang="en"' in text


@pytest.mark.parametrize(
    ("accepted", "language"), [("de-AT,de;q=0.9", "de"), ("fr", "en"), ("", "en")]
)
def test_the_browser_s_language_is_the_default(client, db, accepted, language):
    answer = client.get("/admin/login/", headers={"accept-language": accepted})
    assert f'lang="{language}"' in answer.text
    assert answer.headers["Content-Language"] == language
    front = client.get("/", headers={"accept-language": accepted})
    assert "Content-Language" not in front.headers


def test_preferences_are_an_event_and_need_a_login(client, staff):
    prefer(staff, "Asia/Tokyo")
    event = Event.objects.filter(object_type="user").order_by("-id").first()
    assert event.changes == {"time_zone": ["UTC", "Asia/Tokyo"]}
    assert client.get(PREFERENCES).status_code == 302
