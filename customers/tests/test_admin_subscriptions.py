"""Staff begin and cancel subscriptions in the admin, by the model's own actions."""

import re

import pytest
from django.urls import reverse

from customers.models import Customer, Plan, Subscription
from fluxrate.tests.admin_actions import run_action

LIST = "/admin/customers/subscription/"
ADD = f"{LIST}add/"


def change(record):
    return reverse("admin:customers_subscription_change", args=[record.pk])


def errors(answer):
    assert answer.status_code == 200, answer.status_code
    return dict(answer.context["adminform"].form.errors)


def typed(ada, pro, **fields):
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


def test_a_subscription_begins_as_one_of_the_api_does(staff, ada, pro):
    answer = staff.post(ADD, typed(ada, pro, external_id="s-1"))
    assert answer.status_code == 302, errors(answer)
    made = Subscription.objects.get()
    assert (made.status, made.plan_name) == ("ACTIVE", "Pro")
    assert (made.billing_interval, made.external_id) == ("month", "s-1")
    assert made.organization == ada.organization
    assert f"{made.current_period_end:%Y-%m-%d}" == "2026-02-28"


def test_without_a_start_it_begins_now(staff, ada, pro):
    answer = staff.post(ADD, typed(ada, pro, start_date_0="", start_date_1=""))
    assert answer.status_code == 302, errors(answer)
    made = Subscription.objects.get()
    assert made.start_date == made.current_period_start


def test_a_plan_of_another_organization_is_an_error(globex, staff, ada):
    other = Plan.objects.create(organization=globex.organization, name="Other")
    answer = staff.post(ADD, typed(ada, other))
    assert errors(answer) == {"plan": ["Acme has no such plan."]}
    assert not Subscription.objects.exists()


def test_the_rules_of_beginning_are_errors_on_the_form(staff, ada, pro):
    ada.status = "INACTIVE"
    ada.save()
    answer = staff.post(ADD, typed(ada, pro))
    assert errors(answer) == {
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
    answer = staff.post(ADD, typed(ada, pro, **{field: value}))
    assert errors(answer)
    assert not Subscription.objects.exists()


def test_a_taken_external_id_is_an_error_at_its_field(staff, ada, pro, subscribe):
    subscribe(ada, external_id="s-1")
    answer = staff.post(ADD, typed(ada, pro, external_id="s-1"))
    assert list(errors(answer)) == ["external_id"]
    other = subscribe(ada)
    answer = staff.post(change(other), {"external_id": "s-1", "metadata": "{}"})
    assert list(errors(answer)) == ["external_id"]


def test_only_a_few_fields_are_changed_by_hand(staff, ada, subscribe, globex):
    one = subscribe(ada)
    typed = {
        "external_id": "s-9",
        "metadata": '{"a": "b"}',
        "status": "CANCELED",
        "organization": str(globex.organization.pk),
        "current_period_end_0": "2030-01-01",
    }
    assert staff.post(change(one), typed).status_code == 302
    kept = Subscription.objects.get()
    assert (kept.external_id, kept.metadata) == ("s-9", {"a": "b"})
    assert kept.status == "ACTIVE"
    assert kept.organization == one.organization
    assert kept.current_period_end == one.current_period_end


def test_a_subscription_is_canceled_from_its_page(staff, ada, subscribe):
    one = subscribe(ada)
    page = staff.get(change(one)).text
    assert "Cancel…" in page
    chosen = {"action": "cancel", "_selected_action": one.pk}
    assert "reason" in staff.post(LIST, chosen, follow=True).text
    done = run_action(staff, LIST, "cancel", [one], reason="moved", when="now")
    assert done["Location"] == change(one)
    one.refresh_from_db()
    assert (one.status, one.cancel_reason) == ("CANCELED", "moved")
    assert "Cancel…" not in staff.get(change(one)).text


def test_an_action_that_is_refused_on_one_runs_on_the_others(staff, ada, subscribe):
    one, other = subscribe(ada), subscribe(ada)
    run_action(staff, LIST, "cancel", [one], when="now")
    both = [one, other]
    answer = run_action(staff, LIST, "cancel", both, follow=True, when="now")
    assert "1 subscription canceled." in answer.text
    assert "A canceled subscription stays canceled" in answer.text


@pytest.mark.parametrize(
    "query", [{}, {"q": "s-1"}, {"q": "Ada"}, {"status": "ACTIVE"}]
)
def test_the_list_finds_the_subscription(staff, ada, subscribe, query):
    one = subscribe(ada, external_id="s-1")
    assert change(one) in staff.get(LIST, query).text


def test_the_list_finds_the_subscriptions_of_a_customer(staff, acme, ada, subscribe):
    one = subscribe(ada)
    grace = Customer.objects.create(
        organization=acme.organization, name="Grace", email="g@example.com"
    )
    two = subscribe(grace)
    page = staff.get(LIST, {"customer__id__exact": str(ada.pk)}).text
    assert change(one) in page
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
    asked = {"app_label": "customers", "model_name": "subscription"}
    answer = staff.get("/admin/autocomplete/", asked | {"field_name": field} | query)
    assert answer.status_code == 200
    return [each["text"] for each in answer.json()["results"]]


def test_suggestions_say_whose_they_are(staff, ada, pro):
    assert suggestions(staff, "customer", term="ad") == ["Ada — Acme"]
    assert suggestions(staff, "plan", term="pr") == ["Pro — Acme"]
    assert suggestions(staff, "customer", term="zzz") == []
    assert suggestions(staff, "customer", term="\0") == []


def test_plans_are_suggested_for_the_customer_that_a_link_names(
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
    one = subscribe(ada)
    page = reverse("admin:customers_subscription_delete", args=[one.pk])
    assert staff.get(page).status_code == 200
    staff.post(page, {"post": "yes"})
    assert not Subscription.objects.exists()


def offered(staff, one):
    page = staff.get(change(one)).text
    return re.findall(r'name="action" value="(\w+)"', page)


def do(staff, one, action, **form):
    answer = run_action(staff, LIST, action, [one], follow=True, **form)
    one.refresh_from_db()
    return answer.text


def test_what_may_be_done_is_offered_and_done(staff, ada, subscribe):
    one = subscribe(ada)
    assert offered(staff, one) == ["cancel", "pause", "mark_past_due", "change_plan"]
    for action, status in (
        ("mark_past_due", "PAST_DUE"),
        ("mark_paid", "ACTIVE"),
        ("pause", "PAUSED"),
        ("resume", "ACTIVE"),
    ):
        do(staff, one, action)
        assert one.status == status
    do(staff, one, "cancel")
    assert (one.status, one.cancel_at_period_end) == ("ACTIVE", True)
    do(staff, one, "uncancel")
    assert one.cancel_at_period_end is False


def test_a_trial_is_ended(staff, ada, pro, subscribe):
    pro.trial_days = 14
    pro.save()
    one = subscribe(ada)
    assert one.status == "TRIAL"
    do(staff, one, "activate")
    assert one.status == "ACTIVE"


def test_a_pause_that_ends_in_the_past_is_refused(staff, ada, subscribe):
    one = subscribe(ada)
    past = {"resumes_at_0": "2020-01-01", "resumes_at_1": "00:00:00"}
    assert "must lie after" in do(staff, one, "pause", **past)
    broken = {"resumes_at_0": "soon", "resumes_at_1": "00:00:00"}
    assert "Write the date as YYYY-MM-DD" in do(staff, one, "pause", **broken)
    assert one.status == "ACTIVE"


def test_a_subscription_is_moved_to_another_plan(staff, acme, globex, ada, subscribe):
    one = subscribe(ada)
    team = Plan.objects.create(organization=acme.organization, name="Team")
    other = Plan.objects.create(organization=globex.organization, name="Other")
    assert "There is no such plan." in do(staff, one, "change_plan", plan=other.pk)
    assert "not a valid UUID" in do(staff, one, "change_plan", plan="x")
    do(staff, one, "change_plan", plan=team.pk, at_period_end="on")
    assert (one.plan_name, one.scheduled_plan) == ("Pro", team)
    assert "remove_scheduled_change" in offered(staff, one)
    do(staff, one, "remove_scheduled_change")
    do(staff, one, "change_plan", plan=team.pk)
    assert (one.plan, one.plan_name, one.scheduled_plan) == (team, "Team", None)


def test_a_trial_is_extended(staff, ada, pro, subscribe):
    pro.trial_days = 14
    pro.save()
    one = subscribe(ada)
    assert "extend_trial" in offered(staff, one)
    first = one.trial_end_date
    end = {"trial_end_date_0": "2020-01-01", "trial_end_date_1": "00:00:00"}
    assert "present end" in do(staff, one, "extend_trial", **end)
    assert one.trial_end_date == first
    end["trial_end_date_0"] = "2999-01-01"
    do(staff, one, "extend_trial", **end)
    assert f"{one.trial_end_date:%Y-%m-%d}" == "2999-01-01"
    assert one.status == "TRIAL"


def test_a_trial_before_the_start_is_an_error_at_its_field(staff, ada, pro):
    trial = {"trial_end_date_0": "2026-01-01", "trial_end_date_1": "00:00:00"}
    answer = staff.post(ADD, typed(ada, pro, **trial))
    assert list(errors(answer)) == ["trial_end_date"]
    assert "Constraint" not in answer.text


def test_another_billing_day_is_named(staff, ada, pro):
    anchor = {"billing_anchor_0": "2020-05-15", "billing_anchor_1": "00:00:00"}
    answer = staff.post(ADD, typed(ada, pro, **anchor))
    assert answer.status_code == 302, errors(answer)
    made = Subscription.objects.get()
    assert f"{made.current_period_end:%Y-%m-%d}" == "2026-02-15"
