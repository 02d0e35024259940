"""Subscriptions in the admin, by the actions of the model."""

import re

import pytest
from django.urls import reverse

from customers.models import Customer, Plan, Subscription
from fluxrate.tests.admin_actions import run_action

LIST = "/admin/customers/subscription/"
ADD = f"{LIST}add/"


def change(record):
    return reverse("admin:customers_subscription_change", args=[record.pk])


def errors(response):
    assert response.status_code == 200, response.status_code
    return dict(response.context["adminform"].form.errors)


def form_data(ada, pro, **fields):
    return {
        "customer": str(ada.pk),
        "plan": str(pro.pk),
        "metadata": "{}",
        "billing_interval": "",
        "start_date_0": "2026-01-31",
        "start_date_1": "00:00:00",
    } | fields


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@example.com"
    )


def test_a_subscription_is_created_as_by_the_api(staff, ada, pro):
    response = staff.post(ADD, form_data(ada, pro, external_id="s-1"))
    assert response.status_code == 302, errors(response)
    subscription = Subscription.objects.get()
    assert (subscription.status, subscription.plan_name) == ("ACTIVE", "Pro")
    assert (subscription.billing_interval, subscription.external_id) == ("month", "s-1")
    assert subscription.organization == ada.organization
    assert f"{subscription.current_period_end:%Y-%m-%d}" == "2026-02-28"


def test_a_subscription_without_a_start_begins_now(staff, ada, pro):
    response = staff.post(ADD, form_data(ada, pro, start_date_0="", start_date_1=""))
    assert response.status_code == 302, errors(response)
    subscription = Subscription.objects.get()
    assert subscription.start_date == subscription.current_period_start


def test_a_plan_of_another_organization_is_an_error(globex, staff, ada):
    other = Plan.objects.create(organization=globex.organization, name="Other")
    response = staff.post(ADD, form_data(ada, other))
    assert errors(response) == {"plan": ["Acme has no such plan."]}
    assert not Subscription.objects.exists()


def test_the_rules_of_a_creation_are_errors_on_the_form(staff, ada, pro):
    ada.status = "INACTIVE"
    ada.save()
    response = staff.post(ADD, form_data(ada, pro))
    assert errors(response) == {
        "__all__": ["An inactive customer takes no new subscriptions."]
    }
    assert not Subscription.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("customer", "x"),
        ("customer", ""),
        ("customer", "0193f000-0000-7000-8000-000000000000"),
        ("plan", "x"),
        ("plan", ""),
        ("billing_interval", "fortnight"),
        ("start_date_0", "yesterday"),
        ("start_date_0", "9999-12-31"),
        ("start_date_0", "0001-01-01"),
        ("trial_end_date_0", "x"),
        ("metadata", '{"a": []}'),
        ("external_id", "x" * 256),
    ],
)
def test_a_bad_value_is_an_error(staff, ada, pro, field, value):
    response = staff.post(ADD, form_data(ada, pro, **{field: value}))
    assert errors(response)
    assert not Subscription.objects.exists()


def test_a_taken_external_id_is_an_error_at_its_field(staff, ada, pro, subscribe):
    subscribe(ada, external_id="s-1")
    response = staff.post(ADD, form_data(ada, pro, external_id="s-1"))
    assert list(errors(response)) == ["external_id"]
    other = subscribe(ada)
    response = staff.post(change(other), {"external_id": "s-1", "metadata": "{}"})
    assert list(errors(response)) == ["external_id"]


def test_only_the_editable_fields_are_changed(staff, ada, subscribe, globex):
    subscription = subscribe(ada)
    form_data = {
        "external_id": "s-9",
        "metadata": '{"a": "b"}',
        "status": "CANCELED",
        "organization": str(globex.organization.pk),
        "current_period_end_0": "2030-01-01",
    }
    assert staff.post(change(subscription), form_data).status_code == 302
    saved = Subscription.objects.get()
    assert (saved.external_id, saved.metadata) == ("s-9", {"a": "b"})
    assert saved.status == "ACTIVE"
    assert saved.organization == subscription.organization
    assert saved.current_period_end == subscription.current_period_end


def test_a_subscription_is_canceled_from_its_page(staff, ada, subscribe):
    subscription = subscribe(ada)
    page = staff.get(change(subscription)).text
    assert "Cancel…" in page
    selected = {"action": "cancel", "_selected_action": subscription.pk}
    assert "reason" in staff.post(LIST, selected, follow=True).text
    done = run_action(staff, LIST, "cancel", [subscription], reason="moved", when="now")
    assert done["Location"] == change(subscription)
    subscription.refresh_from_db()
    assert (subscription.status, subscription.cancel_reason) == ("CANCELED", "moved")
    assert "Cancel…" not in staff.get(change(subscription)).text


def test_an_action_that_is_refused_on_one_runs_on_the_others(staff, ada, subscribe):
    subscription, other = subscribe(ada), subscribe(ada)
    run_action(staff, LIST, "cancel", [subscription], when="now")
    both = [subscription, other]
    response = run_action(staff, LIST, "cancel", both, follow=True, when="now")
    assert "1 subscription canceled." in response.text
    assert "A canceled subscription stays canceled" in response.text


@pytest.mark.parametrize(
    "query", [{}, {"q": "s-1"}, {"q": "Ada"}, {"status": "ACTIVE"}]
)
def test_the_list_finds_the_subscription(staff, ada, subscribe, query):
    subscription = subscribe(ada, external_id="s-1")
    assert change(subscription) in staff.get(LIST, query).text


def test_the_list_finds_the_subscriptions_of_a_customer(staff, acme, ada, subscribe):
    subscription = subscribe(ada)
    grace = Customer.objects.create(
        organization=acme.organization, name="Grace", email="g@example.com"
    )
    two = subscribe(grace)
    page = staff.get(LIST, {"customer__id__exact": str(ada.pk)}).text
    assert change(subscription) in page
    assert change(two) not in page


def test_the_list_costs_the_same_for_one_and_for_twenty(
    staff, ada, subscribe, django_assert_num_queries
):
    subscribe(ada)
    with django_assert_num_queries(5):
        staff.get(LIST)
    for _ in range(19):
        subscribe(ada)
    with django_assert_num_queries(5):
        staff.get(LIST)


def suggestions(staff, field, **query):
    query |= {"app_label": "customers", "model_name": "subscription"}
    response = staff.get("/admin/autocomplete/", query | {"field_name": field})
    assert response.status_code == 200
    return [option["text"] for option in response.json()["results"]]


def test_autocomplete_names_the_organization(staff, ada, pro):
    assert suggestions(staff, "customer", term="ad") == ["Ada — Acme"]
    assert suggestions(staff, "plan", term="pr") == ["Pro — Acme"]
    assert suggestions(staff, "customer", term="zzz") == []
    assert suggestions(staff, "customer", term="\0") == []


def test_autocomplete_offers_plans_of_the_customers_organization(
    staff, globex, ada, pro
):
    Plan.objects.create(organization=globex.organization, name="Other")
    page = staff.get(ADD, {"customer": str(ada.pk)}).text
    assert f"autocomplete/?organization={ada.organization_id}" in page
    owner = str(ada.organization_id)
    assert suggestions(staff, "plan", organization=owner) == ["Pro — Acme"]
    for broken in ("x", "\0", "0193f000-0000-7000-8000-000000000000"):
        assert staff.get(ADD, {"customer": broken}).status_code == 200


def test_a_subscription_is_deleted(staff, ada, subscribe):
    subscription = subscribe(ada)
    page = reverse("admin:customers_subscription_delete", args=[subscription.pk])
    assert staff.get(page).status_code == 200
    staff.post(page, {"post": "yes"})
    assert not Subscription.objects.exists()


def available(staff, subscription):
    page = staff.get(change(subscription)).text
    return re.findall(r'name="_action" value="(\w+)"', page)


def do(staff, subscription, action, **form):
    response = run_action(staff, LIST, action, [subscription], follow=True, **form)
    subscription.refresh_from_db()
    return response.text


def test_available_actions_are_shown_and_run(staff, ada, subscribe):
    subscription = subscribe(ada)
    assert available(staff, subscription) == [
        "cancel",
        "pause",
        "mark_past_due",
        "change_plan",
    ]
    for action, status in (
        ("mark_past_due", "PAST_DUE"),
        ("mark_paid", "ACTIVE"),
        ("pause", "PAUSED"),
        ("resume", "ACTIVE"),
    ):
        do(staff, subscription, action)
        assert subscription.status == status
    do(staff, subscription, "cancel")
    assert (subscription.status, subscription.cancel_at_period_end) == ("ACTIVE", True)
    do(staff, subscription, "uncancel")
    assert subscription.cancel_at_period_end is False


def test_a_trial_is_ended(staff, ada, pro, subscribe):
    pro.trial_days = 14
    pro.save()
    subscription = subscribe(ada)
    assert subscription.status == "TRIAL"
    do(staff, subscription, "activate")
    assert subscription.status == "ACTIVE"


def test_a_pause_that_ends_in_the_past_is_refused(staff, ada, subscribe):
    subscription = subscribe(ada)
    past = {"resumes_at_0": "2020-01-01", "resumes_at_1": "00:00:00"}
    assert "must lie after" in do(staff, subscription, "pause", **past)
    broken = {"resumes_at_0": "soon", "resumes_at_1": "00:00:00"}
    assert "Write the date as YYYY-MM-DD" in do(staff, subscription, "pause", **broken)
    assert subscription.status == "ACTIVE"


def test_a_subscription_is_moved_to_another_plan(staff, acme, globex, ada, subscribe):
    subscription = subscribe(ada)
    team = Plan.objects.create(organization=acme.organization, name="Team")
    other = Plan.objects.create(organization=globex.organization, name="Other")
    assert "The plan belongs to another organization." in do(
        staff, subscription, "change_plan", plan=other.pk
    )
    assert "not a valid UUID" in do(staff, subscription, "change_plan", plan="x")
    do(staff, subscription, "change_plan", plan=team.pk, at_period_end="on")
    assert (subscription.plan_name, subscription.scheduled_plan) == ("Pro", team)
    assert "remove_scheduled_change" in available(staff, subscription)
    do(staff, subscription, "remove_scheduled_change")
    do(staff, subscription, "change_plan", plan=team.pk)
    assert (subscription.plan, subscription.plan_name, subscription.scheduled_plan) == (
        team,
        "Team",
        None,
    )


def test_a_trial_is_extended(staff, ada, pro, subscribe):
    pro.trial_days = 14
    pro.save()
    subscription = subscribe(ada)
    assert "extend_trial" in available(staff, subscription)
    first = subscription.trial_end_date
    end = {"trial_end_date_0": "2020-01-01", "trial_end_date_1": "00:00:00"}
    assert "present end" in do(staff, subscription, "extend_trial", **end)
    assert subscription.trial_end_date == first
    end["trial_end_date_0"] = "2999-01-01"
    do(staff, subscription, "extend_trial", **end)
    assert f"{subscription.trial_end_date:%Y-%m-%d}" == "2999-01-01"
    assert subscription.status == "TRIAL"


def test_a_trial_before_the_start_is_an_error_at_its_field(staff, ada, pro):
    trial = {"trial_end_date_0": "2026-01-01", "trial_end_date_1": "00:00:00"}
    response = staff.post(ADD, form_data(ada, pro, **trial))
    assert list(errors(response)) == ["trial_end_date"]
    assert "Constraint" not in response.text


def test_a_billing_anchor_can_be_chosen(staff, ada, pro):
    anchor = {"billing_anchor_0": "2020-05-15", "billing_anchor_1": "00:00:00"}
    response = staff.post(ADD, form_data(ada, pro, **anchor))
    assert response.status_code == 302, errors(response)
    subscription = Subscription.objects.get()
    assert f"{subscription.current_period_end:%Y-%m-%d}" == "2026-02-15"
