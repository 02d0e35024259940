"""A form that was sent after its session, or with an old token, is not lost."""

import pytest
from django.test import Client

from conftest import PASSWORD
from customers.models import Customer
from fluxrate.admin.login_again import PREFIX
from fluxrate.models import Event
from fluxrate.tests.html_form import form_of
from organizations.models import User

CUSTOMERS = "/admin/customers/customer/"
LOGIN = {"username": "staff@fluxrate.example", "password": PASSWORD}
BACK = "Nothing is saved yet"


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


def edited(staff, ada):
    """The address of the form, and the form with a typed phone and reason."""
    url = f"{CUSTOMERS}{ada.pk}/change/"
    form = form_of(staff.get(url).text, "customer_form")
    return url, form | {"phone": ["+1 333"], "reason": ["Ticket 17"]}


def typed_form(page):
    form = form_of(page.text, "customer_form")
    return form["phone"], form["reason"]


def test_a_form_after_the_session_comes_back_and_is_saved_once(staff, ada):
    url, form = edited(staff, ada)
    staff.logout()
    page = staff.post(url, form)
    assert "Your session has ended" in page.text
    assert "Log in" in page.text
    carried = {PREFIX + name: values for name, values in form.items()}
    wrong = staff.post(url, carried | LOGIN | {"password": "x"})
    assert f'name="{PREFIX}phone" value="+1 333"' in wrong.text
    page = staff.post(url, carried | LOGIN, follow=True)
    assert page.redirect_chain == [(url, 302)]
    assert BACK in page.text
    assert typed_form(page) == (["+1 333"], ["Ticket 17"])
    ada.refresh_from_db()
    assert ada.phone is None
    form = form_of(page.text, "customer_form")
    for _ in range(2):
        staff.post(url, form)
    event = Event.objects.get(type="customer.updated")
    assert (event.reason, event.changes["phone"]) == ("Ticket 17", [None, "+1 333"])
    assert BACK not in staff.get(url).text


OLD = {"csrfmiddlewaretoken": "a" * 64}


def checked(staff):
    """A browser with the cookies of staff, whose tokens are checked."""
    client = Client(enforce_csrf_checks=True)
    client.cookies = staff.cookies
    return client


def test_a_form_with_an_old_token_comes_back(staff, ada):
    url, form = edited(staff, ada)
    page = checked(staff).post(url, form | OLD, follow=True)
    assert page.redirect_chain == [(url, 302)]
    assert BACK in page.text
    assert typed_form(page) == (["+1 333"], ["Ticket 17"])


def test_without_a_session_an_old_token_asks_for_a_login(staff, ada):
    url, form = edited(staff, ada)
    staff.logout()
    page = checked(staff).post(url, form | OLD)
    assert "Your session has ended" in page.text
    assert f'name="{PREFIX}phone" value="+1 333"' in page.text


@pytest.mark.parametrize(
    "headers", [{"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}]
)
def test_a_page_of_another_site_has_no_form_shown(staff, ada, headers):
    url, form = edited(staff, ada)
    answer = checked(staff).post(url, form | OLD, headers=headers)
    assert answer.status_code == 403
    assert BACK not in staff.get(url).text


def test_the_question_of_an_action_comes_back(staff, ada):
    chosen = {"action": "mark_inactive", "_selected_action": ada.pk}
    url = staff.post(CUSTOMERS, chosen)["Location"]
    form = form_of(staff.get(url).text, None) | {"reason": ["Ticket 17"]}
    page = checked(staff).post(url, form | OLD, follow=True)
    assert BACK in page.text
    assert form_of(page.text, None)["reason"] == ["Ticket 17"]
    ada.refresh_from_db()
    assert ada.status == "ACTIVE"


def test_a_deletion_is_asked_again(staff, ada):
    url = f"{CUSTOMERS}{ada.pk}/delete/"
    form = form_of(staff.get(url).text, None) | {"reason": ["Ticket 17"]}
    page = checked(staff).post(url, form | OLD, follow=True)
    assert form_of(page.text, None)["reason"] == ["Ticket 17"]
    assert Customer.objects.exists()


def test_a_form_that_nobody_typed_leads_to_the_login(staff):
    staff.logout()
    answer = staff.post(CUSTOMERS, {"action": "mark_inactive"})
    assert answer["Location"].startswith("/admin/login/")


def test_passwords_are_not_stored(staff):
    url = "/admin/organizations/user/add/"
    form = form_of(staff.get(url).text, "user_form")
    form |= {"email": ["bo@b.co"], "password1": [PASSWORD], "password2": [PASSWORD]}
    page = checked(staff).post(url, form | OLD, follow=True)
    assert form_of(page.text, "user_form")["email"] == ["bo@b.co"]
    assert PASSWORD not in page.text
    assert not User.objects.filter(email="bo@b.co").exists()
