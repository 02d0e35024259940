"""The password again: before what, and with the form as it was submitted."""

import pytest
from django.contrib.auth.models import Group, Permission
from django.urls import reverse

from customers.models import Customer
from fluxrate.admin.password_again import ENTERED_AT, FIELD
from fluxrate.models import Event
from fluxrate.tests.admin_actions import run_action
from fluxrate.tests.html_form import form_of
from organizations.models import ApiKey, Membership, User

PASSWORD = "correct-horse-battery"
CUSTOMERS = "/admin/customers/customer/"


def url(record, page="change"):
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_{page}", args=[record.pk])


@pytest.fixture
def later(staff):
    """The staff browser, eleven minutes after the login."""
    session = staff.session
    session[ENTERED_AT] -= 660
    session.save()
    return staff


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@acme.example"
    )


def asks(response):
    return f'name="{FIELD}"' in response.text


def test_a_deletion_asks_and_then_runs_as_it_was_submitted(later, ada):
    page = later.get(url(ada, "delete"))
    form = {"post": "yes", "confirm": page.context["preview"]["confirm"]}
    asked = later.post(url(ada, "delete"), form | {"reason": "Ticket 17"})
    assert asks(asked)
    assert Customer.objects.filter(pk=ada.pk).exists()
    typed = form_of(asked.text, None)
    assert (typed["reason"], typed["confirm"]) == (["Ticket 17"], [form["confirm"]])
    wrong = later.post(url(ada, "delete"), typed | {FIELD: "not-the-password"})
    assert asks(wrong)
    assert "This is not your password." in wrong.text
    typed = form_of(wrong.text, None)
    done = later.post(url(ada, "delete"), typed | {FIELD: PASSWORD})
    assert done.status_code == 302
    event = Event.objects.get(object_id=ada.pk, type="customer.deleted")
    assert event.reason == "Ticket 17"


def test_a_right_password_counts_for_ten_minutes(later, ada, acme):
    form = {"post": "yes", FIELD: PASSWORD}
    assert later.post(url(ada, "delete"), form).status_code == 302
    other = Customer.objects.create(
        organization=acme.organization, name="Bo", email="bo@acme.example"
    )
    assert later.post(url(other, "delete"), {"post": "yes"}).status_code == 302


def test_a_wrong_password_is_an_event_and_is_limited(later, ada):
    for _ in range(12):
        answer = later.post(url(ada, "delete"), {"post": "yes", FIELD: "wrong"})
    assert "Too many attempts." in answer.text
    events = Event.objects.filter(type="user.login_refused")
    assert events.count() == 10
    assert events[0].data["step"] == "password_again"
    assert Customer.objects.filter(pk=ada.pk).exists()


def test_an_action_asks_for_more_than_fifty_rows(later, acme):
    rows = [
        Customer(organization=acme.organization, name=f"C{n}", email=f"c{n}@a.example")
        for n in range(51)
    ]
    Customer.objects.bulk_create(rows)
    run_action(later, CUSTOMERS, "mark_inactive", rows[:50])
    assert Customer.objects.filter(status="INACTIVE").count() == 50
    asked = run_action(later, CUSTOMERS, "mark_active", rows)
    assert asks(asked)
    typed = form_of(asked.text, None) | {FIELD: PASSWORD}
    later.post(asked.request["PATH_INFO"] + "?" + asked.request["QUERY_STRING"], typed)
    assert Customer.objects.filter(status="INACTIVE").count() == 0


def test_keys_and_selected_deletions_ask(later, acme, ada):
    key = ApiKey.issue(
        organization=acme.organization, name="A", scopes=["customers.read"]
    )
    assert asks(run_action(later, "/admin/organizations/apikey/", "revoke", [key]))
    assert asks(run_action(later, CUSTOMERS, "delete_selected", [ada]))
    key.refresh_from_db()
    assert key.revoked_at is None
    assert Customer.objects.filter(pk=ada.pk).exists()


@pytest.mark.parametrize(
    "changed",
    [
        {"is_superuser": "on"},
        {"is_staff": "on"},
        {"email": "new@fluxrate.example"},
        {"groups": "group"},
        {"user_permissions": "permission"},
        {"is_limited": "on"},
        {"staff_organizations": "organization"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_rights_and_the_email_of_a_user_ask(later, acme, changed):
    user = User.objects.create_user("bo@fluxrate.example")
    keys = {
        "group": Group.objects.create(name="Support").pk,
        "permission": Permission.objects.get(codename="view_customer").pk,
        "organization": acme.organization.pk,
    }
    form = form_of(later.get(url(user)).text, "user_form")
    form |= {name: keys.get(value, value) for name, value in changed.items()}
    asked = later.post(url(user), form | {"reason": "Ticket 17"})
    assert asks(asked)
    typed = form_of(asked.text, None)
    assert later.post(url(user), typed | {FIELD: PASSWORD}).status_code == 302
    assert Event.objects.filter(object_id=user.pk, reason="Ticket 17").exists()


def test_a_name_needs_no_password(later):
    user = User.objects.create_user("bo@fluxrate.example")
    form = form_of(later.get(url(user)).text, "user_form") | {"name": "Bo"}
    assert later.post(url(user), form).status_code == 302


def test_groups_members_and_passwords_of_others_ask(later, acme):
    user = User.objects.create_user("bo@fluxrate.example")
    assert asks(later.post("/admin/auth/group/add/", {"name": "Support"}))
    member = {"user": user.pk, "organization": acme.organization.pk, "role": "VIEWER"}
    assert asks(later.post("/admin/organizations/membership/add/", member))
    password = {"password1": "a-new-long-one", "password2": "a-new-long-one"}
    page = reverse("admin:auth_user_password_change", args=[user.pk])
    assert asks(later.post(page, password | {"usable_password": "true"}))
    assert not Membership.objects.filter(user=user).exists()
    assert not Group.objects.filter(name="Support").exists()
