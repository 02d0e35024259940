"""Actions of the admin: confirmation pages, which lose no typed value."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from django.db import connection, connections
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Subscription
from customers.models.subscription_actions import FINAL
from fluxrate.tests.html_form import form_of
from organizations.models import User

CUSTOMERS = "/admin/customers/customer/"
SUBSCRIPTIONS = "/admin/customers/subscription/"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


@pytest.fixture
def subscription(ada, subscribe):
    return subscribe(ada)


def page_of(subscription):
    return reverse("admin:customers_subscription_change", args=[subscription.pk])


def confirmation_url(staff, action, *records, path=SUBSCRIPTIONS, **more):
    """The URL of the confirmation page for the records."""
    selected = {"action": action, "_selected_action": [r.pk for r in records]}
    response = staff.post(path, selected | more)
    assert response.status_code == 302, response.status_code
    return response["Location"]


def test_a_confirmation_page_can_be_loaded_again(staff, subscription):
    url = confirmation_url(staff, "cancel", subscription)
    for _ in range(2):
        page = staff.get(url)
        assert page.status_code == 200
        assert 'name="when"' in page.text
    done = staff.post(url, {"when": "now", "reason": "moved"})
    assert (done.status_code, done["Location"]) == (302, page_of(subscription))
    assert staff.get(url).status_code == 200, "Back leads here"


def test_cancel_is_at_the_end_of_the_period_by_default(staff, subscription):
    url = confirmation_url(staff, "cancel", subscription)
    assert 'value="period_end" id="id_when_0" checked' in " ".join(
        staff.get(url).text.replace("required ", "").split()
    )
    staff.post(url, {"reason": "moved"})
    subscription.refresh_from_db()
    assert (subscription.status, subscription.cancel_at_period_end) == ("ACTIVE", True)
    assert subscription.cancel_reason == "moved"


def test_a_refused_action_shows_the_form_with_the_typed_values(staff, subscription):
    url = confirmation_url(staff, "pause", subscription)
    past = {
        "resumes_at_0": "2020-01-01",
        "resumes_at_1": "00:00",
        "reason": "Ticket 17",
    }
    response = staff.post(url, past, follow=True)
    assert response.redirect_chain[-1][0] == url
    errors = response.context["form"].errors
    assert errors == {"resumes_at": ["Resumes at must lie after the present time."]}
    for value in past.values():
        assert f'value="{value}"' in response.text
    assert "2020-01-01" not in staff.get(url).text, "shown once"
    subscription.refresh_from_db()
    assert subscription.status == "ACTIVE"


@pytest.mark.parametrize("date", ["01/02/2027", "1.2.2027", "01/02/27", "2027-1-2x"])
def test_an_ambiguous_date_is_refused(staff, subscription, date):
    url = confirmation_url(staff, "pause", subscription)
    form_data = {"resumes_at_0": date, "resumes_at_1": "00:00"}
    response = staff.post(url, form_data, follow=True)
    assert "Write the date as YYYY-MM-DD" in response.text
    subscription.refresh_from_db()
    assert subscription.status == "ACTIVE"


@pytest.mark.parametrize(
    ("date", "time"),
    [
        ("2999-02-01", "10:30"),
        ("2999-02-01T10:30:00Z", ""),
        ("2999-02-01T11:30:00+01:00", ""),
        (" 2999-02-01 10:30 ", ""),
    ],
)
def test_an_iso_time_may_be_pasted(staff, subscription, date, time):
    url = confirmation_url(staff, "pause", subscription)
    staff.post(url, {"resumes_at_0": date, "resumes_at_1": time})
    subscription.refresh_from_db()
    assert subscription.resumes_at == datetime(2999, 2, 1, 10, 30, tzinfo=UTC)


def test_an_action_happens_at_the_time_of_a_test_clock(
    staff, acme_api, acme, ada, subscribe
):
    clock = "2031-03-10T00:00:00Z"
    acme_api.patch("/api/v1/organization", {"is_test": True})
    moved = acme_api.post("/api/v1/organization/clock", {"at": clock})
    assert moved.status_code == 200, moved.content
    acme.organization.refresh_from_db()
    at = acme.organization.now()
    subscription = Subscription.begin(
        at=at, organization=acme.organization, customer=ada, plan=subscribe(ada).plan
    )
    staff.post(confirmation_url(staff, "cancel", subscription), {"when": "now"})
    subscription.refresh_from_db()
    assert (subscription.status, subscription.ended_at) == ("CANCELED", at)
    assert subscription.revision == 2, "no period has passed"


def test_the_clock_is_locked_before_the_subscription(staff, acme, subscription):
    acme.organization.is_test, acme.organization.clock_at = True, datetime.now(UTC)
    type(subscription).objects.all().delete()
    acme.organization.save()
    subscription = Subscription.begin(
        at=acme.organization.now(),
        organization=acme.organization,
        customer=subscription.customer,
        plan=subscription.plan,
    )
    url, locks = confirmation_url(staff, "cancel", subscription), []

    def noted(execute, sql, params, many, context):
        if " FOR " in sql and "SELECT" in sql[:10]:
            locks.append(sql[sql.rindex(" FOR ") :].strip())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        staff.post(url, {})
    assert locks[:2] == ["FOR SHARE", "FOR NO KEY UPDATE"]


def test_only_the_user_who_selected_can_confirm(staff, subscription):
    url = confirmation_url(staff, "cancel", subscription)
    other = Client()
    other.force_login(User.objects.create_superuser("bo@fluxrate.example", "x"))
    for address in (url, url.partition("?")[0], f"{url[:-3]}abc"):
        response = other.post(address, {"when": "now"}, follow=True)
        assert "Select the records again" in response.text
    assert staff.get(f"{SUBSCRIPTIONS}action/nothing/").status_code == 403
    subscription.refresh_from_db()
    assert subscription.cancel_at_period_end is False


@pytest.mark.parametrize("reason", ["a\x07b", "x" * 501])
def test_an_invalid_reason_stops_a_deletion(staff, ada, reason):
    page = reverse("admin:customers_customer_delete", args=[ada.pk])
    selected = confirmation_url(staff, "delete_selected", ada, path=CUSTOMERS)
    for address in (page, selected):
        form_data = {"post": "yes", "reason": reason}
        response = staff.post(address, form_data, follow=True)
        assert Customer.objects.exists()
        assert form_of(response.text, None)["reason"] == [reason], "it can be mended"
        assert form_of(staff.get(address).text, None)["reason"] == [""]


def added(staff, acme, form=None, **fields):
    page = f"{CUSTOMERS}add/"
    form = form or form_of(staff.get(page).text, "customer_form")
    form_data = {"organization": acme.organization.pk, "name": "Ada", "email": "a@b.co"}
    return form, staff.post(page, form | form_data | fields, follow=True)


def test_a_form_that_is_sent_twice_adds_one(staff, acme):
    form, first = added(staff, acme)
    _, second = added(staff, acme, form)
    assert "was added successfully" in first.text
    assert "sent twice" in second.text
    assert first.redirect_chain == second.redirect_chain
    assert Customer.objects.count() == 1


def test_another_name_in_the_same_form_adds_another(staff, acme):
    """The earlier page, by Back; and two equal customers from two pages."""
    form, _ = added(staff, acme)
    added(staff, acme, form, name="Grace")
    added(staff, acme)
    assert Customer.objects.count() == 3


def test_a_corrected_form_is_saved(staff, acme):
    form, refused = added(staff, acme, email="nobody")
    assert refused.context["errors"]
    added(staff, acme, form)
    assert Customer.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_saves_at_once_add_one(staff, acme):
    form = form_of(staff.get(f"{CUSTOMERS}add/").text, "customer_form")

    def save(_):
        client = Client()
        client.cookies = staff.cookies
        try:
            return added(client, acme, form)[1].status_code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(save, range(4))) == [200] * 4
    assert Customer.objects.count() == 1


def test_a_confirmation_that_is_sent_twice_runs_once(staff, subscription):
    url = confirmation_url(staff, "cancel", subscription)
    mark = form_of(staff.get(url).text, None)["_form"]
    form_data = {"_form": mark, "when": "now"}
    first, second = (staff.post(url, form_data, follow=True) for _ in range(2))
    assert first.redirect_chain == second.redirect_chain
    assert "sent twice" in second.text
    assert "stays canceled" not in second.text


def test_a_refused_action_that_is_sent_again_runs_again(staff, subscription):
    staff.post(confirmation_url(staff, "cancel", subscription), {"when": "now"})
    url = confirmation_url(staff, "resume", subscription)
    form = form_of(staff.get(url).text, None)
    for _ in range(2):
        response = staff.post(url, form, follow=True)
        assert "stays canceled" in response.text
        assert "sent twice" not in response.text


def test_a_reason_for_refusing_several_records_is_shown_once(staff, ada, subscribe):
    subscriptions = subscribe(ada), subscribe(ada)
    form_data = {"when": "now", "reason": "Test"}
    staff.post(confirmation_url(staff, "cancel", *subscriptions), form_data)
    url = confirmation_url(staff, "resume", *subscriptions)
    response = staff.post(url, form_data, follow=True)
    errors = response.context["form"].errors
    assert errors == {"__all__": [FINAL.reason]}
