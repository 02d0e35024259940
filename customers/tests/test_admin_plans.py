"""Staff add, change and delete plans in the admin."""

import pytest
from django.urls import reverse

from customers.models import Customer, Plan
from fluxrate.tests.admin_actions import run_action

LIST = "/admin/customers/plan/"
ADD = f"{LIST}add/"


def change(record):
    return reverse("admin:customers_plan_change", args=[record.pk])


def errors(response):
    assert response.status_code == 200, response.status_code
    return dict(response.context["adminform"].form.errors)


def form_data(acme, **fields):
    return {
        "organization": str(acme.organization.pk),
        "name": "Team",
        "type": "FIXED",
        "billing_interval": "month",
        "currency": "EUR",
        "trial_days": "14",
        "is_active": "on",
    } | fields


@pytest.fixture
def live(acme, subscribe):
    ada = Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )
    return subscribe(ada)


def test_a_plan_is_added_and_changed(acme, staff):
    assert staff.post(ADD, form_data(acme)).status_code == 302
    plan = Plan.objects.get()
    assert (plan.currency, plan.trial_days, plan.lookup_id) == ("EUR", 14, None)
    assert staff.post(change(plan), form_data(acme, name="Crew")).status_code == 302
    plan.refresh_from_db()
    assert plan.name == "Crew"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", " "),
        ("type", "FREE"),
        ("billing_interval", "decade"),
        ("currency", "XXX1"),
        ("trial_days", "-1"),
        ("trial_days", "3651"),
        ("trial_days", "99999999999999999999"),
        ("trial_days", "x"),
        ("description", "x" * 2001),
    ],
)
def test_a_bad_value_is_an_error_at_its_field(acme, staff, field, value):
    response = staff.post(ADD, form_data(acme, **{field: value}))
    assert list(errors(response)) == [field]


def test_a_taken_lookup_id_is_an_error_at_its_field(acme, staff, pro):
    pro.lookup_id = "pro"
    pro.save()
    response = staff.post(ADD, form_data(acme, lookup_id="pro"))
    assert errors(response) == {"lookup_id": ["Another plan has this lookup_id."]}


def test_a_plan_with_live_subscriptions_is_not_deleted(staff, pro, live):
    page = reverse("admin:customers_plan_delete", args=[pro.pk])
    text = staff.get(page).text
    assert "1 live subscription" in text
    assert "1 live subscriptions" not in text
    staff.post(page, {"post": "yes"})
    assert Plan.objects.exists()
    run_action(staff, LIST, "delete_selected", [pro])
    assert Plan.objects.exists()


def test_a_plan_with_a_subscription_created_meanwhile_is_not_deleted(
    staff, pro, live, monkeypatch
):
    """A customer subscribes to it between the question and the deletion."""
    monkeypatch.setattr(
        "customers.admin.plan.PlanAdmin.deletion_blockers", lambda *_: []
    )
    page = reverse("admin:customers_plan_delete", args=[pro.pk])
    response = staff.post(page, {"post": "yes"}, follow=True)
    assert "This plan has live subscriptions." in response.text
    response = run_action(staff, LIST, "delete_selected", [pro], follow=True)
    assert "This plan has live subscriptions." in response.text
    assert Plan.objects.exists()


@pytest.mark.parametrize("query", [{}, {"q": "ro"}, {"is_active__exact": "1"}])
def test_the_list_finds_the_plan(staff, pro, query, django_assert_max_num_queries):
    with django_assert_max_num_queries(5):
        assert change(pro) in staff.get(LIST, query).text


def test_a_plan_without_subscriptions_is_deleted(staff, pro):
    page = reverse("admin:customers_plan_delete", args=[pro.pk])
    staff.post(page, {"post": "yes"})
    assert not Plan.objects.exists()
