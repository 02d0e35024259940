"""Actions on many rows: the question, the action, the result."""

import csv
from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Plan, Subscription
from fluxrate.models import Batch, BulkAction, Event
from fluxrate.tests.html_form import form_of
from organizations.admin.bulk_work import run_waiting

CUSTOMERS = "/admin/customers/customer/"
SUBSCRIPTIONS = "/admin/customers/subscription/"


def many(tenant, count, **fields):
    return Customer.objects.bulk_create(
        Customer(
            organization=tenant.organization, name=f"C {n}", email="c@b.co", **fields
        )
        for n in range(count)
    )


def ask(staff, path, action, rows, query="", **more):
    """The address of the question."""
    data = {"action": action, "_selected_action": [row.pk for row in rows]} | more
    response = staff.post(f"{path}{query}", data)
    assert response.status_code == 302
    return response["Location"]


def confirm(staff, url, **form_data):
    return staff.post(url, {"reason": "Ticket 17"} | form_data, follow=True)


@pytest.mark.parametrize("count", [996, 997, 1_000, 1_001])
def test_as_many_rows_as_are_selected_are_changed(staff, acme, count):
    url = ask(staff, CUSTOMERS, "mark_inactive", many(acme, count))
    page = confirm(staff, url)
    is_job = count > 1_000
    assert ("data-refresh" in page.text) is is_job
    assert list(run_waiting()) == ([{"rows": count}] if is_job else [])
    page = staff.get(page.redirect_chain[-1][0])
    assert f"<strong>{count:,}</strong> changed" in page.text
    assert not Customer.objects.exclude(status="INACTIVE").exists()
    events = Event.objects.filter(type="customer.inactive", reason="Ticket 17")
    assert events.count() == count


def test_the_whole_filtered_list_is_selected(staff, acme, globex):
    many(acme, 60)
    other = many(globex, 3)
    many(acme, 2, status="INACTIVE")
    query = f"?organization={acme.organization.pk}&status=ACTIVE"
    for rows, across in ((other[:1], "1"), ([], ["0", "1"])):
        more = {"select_across": across, "index": "0"}
        url = ask(staff, CUSTOMERS, "set_metadata_key", rows, query, **more)
        assert "<strong>60</strong> customers" in staff.get(url).text
    confirm(staff, url, key="tier", value="gold")
    assert Customer.objects.filter(metadata={"tier": "gold"}).count() == 60


def test_the_question_says_which_rows_it_cannot_change(staff, acme):
    rows = many(acme, 30) + many(acme, 3, status="INACTIVE")
    page = staff.get(ask(staff, CUSTOMERS, "mark_inactive", rows)).text
    assert "of 3 of these it cannot be done" in page
    assert page.count("It is inactive already.") == 4, "of the state, and of each row"
    assert page.count("c@b.co") == 23, "twenty and the three"
    assert "and 10 more" in page


def test_several_rows_need_a_reason(staff, acme):
    url = ask(staff, CUSTOMERS, "mark_inactive", many(acme, 2))
    page = staff.post(url, {"reason": " "}, follow=True)
    assert page.redirect_chain[-1][0] == url
    assert '<a href="#id_reason">Reason</a>: Say why' in page.text
    assert not Customer.objects.filter(status="INACTIVE").exists()


def test_refused_rows_are_named_with_a_link(staff, acme, subscribe):
    (ada,) = many(acme, 1, external_id="=ada")
    rows = [subscribe(ada) for _ in range(50)]
    confirm(staff, ask(staff, SUBSCRIPTIONS, "cancel", rows[:6]), when="now")
    url = ask(staff, SUBSCRIPTIONS, "cancel", rows)
    question = staff.get(url).text
    assert question.count("A canceled subscription stays canceled") == 7
    page = confirm(staff, url)
    result = page.redirect_chain[-1][0]
    assert "<strong>44</strong> changed" in page.text
    assert page.text.count(f'<a href="{CUSTOMERS}{ada.pk}/">C 0</a>') == 6
    for row in rows[:6]:
        assert f'<a href="{SUBSCRIPTIONS}{row.pk}/change/">' in page.text
    text = staff.get(f"{result}refused.csv").getvalue().decode()
    head, *lines = csv.reader(text.splitlines())
    assert head[:4] == ["Id", "Subscription", "Customer", "Email"]
    assert {line[0] for line in lines} == {str(row.pk) for row in rows[:6]}
    to_end = Subscription.objects.filter(cancel_at_period_end=True, status="ACTIVE")
    assert to_end.count() == 44, "at the end of the period by default"


def test_a_cell_of_the_csv_is_no_formula(staff, acme):
    rows = many(acme, 2, status="INACTIVE") + many(acme, 1)
    Customer.objects.filter(pk=rows[0].pk).update(name='=cmd|"/c calc"!A1')
    page = confirm(staff, ask(staff, CUSTOMERS, "mark_inactive", rows))
    result = page.redirect_chain[-1][0]
    text = staff.get(f"{result}refused.csv").getvalue().decode()
    cells = [line[1] for line in csv.reader(text.splitlines())]
    assert cells == ["Customer", '\'=cmd|"/c calc"!A1', "C 1"]


def test_a_confirmed_question_leads_to_its_result(staff, acme):
    """Back, and a second press of the button."""
    url = ask(staff, CUSTOMERS, "mark_inactive", many(acme, 2))
    first, again = (confirm(staff, url) for _ in range(2))
    assert first.redirect_chain[-1] == again.redirect_chain[-1]
    assert staff.get(url)["Location"] == first.redirect_chain[-1][0]
    assert Batch.objects.count() == 1


def test_a_row_that_is_deleted_meanwhile_is_refused(staff, acme):
    ada, bea = many(acme, 2)
    url = ask(staff, CUSTOMERS, "mark_inactive", [ada, bea])
    bea.delete()
    page = confirm(staff, url)
    assert "<strong>1</strong> changed" in page.text
    assert "It has been deleted meanwhile." in page.text


@pytest.mark.parametrize(
    "action", ["mark_inactive", "set_metadata_key", "cancel", "pause"]
)
def test_statements_do_not_grow_with_the_rows(staff, acme, action):
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    common = {"organization": acme.organization, "plan": plan}
    rows = customers = many(acme, 40)
    path = CUSTOMERS
    if action in {"cancel", "pause"}:
        at, path = datetime.now(UTC), SUBSCRIPTIONS
        rows = [Subscription.begin(at=at, customer=c, **common) for c in customers]
    form_data = {"reason": "Test", "key": "a", "value": "b"}
    costs = []
    for chosen in (rows[:2], rows[2:]):
        url = ask(staff, path, action, chosen)
        with CaptureQueriesContext(connection) as captured:
            assert staff.post(url, form_data).status_code == 302
        costs.append(len(captured))
    assert costs[0] == costs[1] < 40
    assert BulkAction.objects.filter(status="DONE").count() == 2


def test_a_plan_of_another_organization_is_refused(staff, acme, globex, subscribe):
    (ada,), (bea,) = many(acme, 1), many(globex, 1)
    mine = subscribe(ada)
    plan = Plan.objects.create(organization=globex.organization, name="Theirs")
    theirs = Subscription.begin(
        at=datetime.now(UTC), organization=globex.organization, customer=bea, plan=plan
    )
    new = Plan.objects.create(organization=acme.organization, name="New")
    url = ask(staff, SUBSCRIPTIONS, "change_plan", [mine, theirs])
    page = confirm(staff, url, plan=new.pk)
    assert "The plan belongs to another organization." in page.text
    by_plan = dict(Subscription.objects.values_list("pk", "plan_name"))
    assert by_plan == {mine.pk: "New", theirs.pk: "Theirs"}


def test_a_metadata_key_is_removed_where_it_is(staff, acme):
    rows = many(acme, 2, metadata={"a": "1", "b": "2"}) + many(acme, 1)
    page = confirm(staff, ask(staff, CUSTOMERS, "remove_metadata_key", rows), key="a")
    assert "<strong>2</strong> changed" in page.text
    assert "It has no such key." in page.text
    assert Customer.objects.filter(metadata={"b": "2"}).count() == 2


def test_the_earlier_actions_are_listed(staff, acme):
    confirm(staff, ask(staff, CUSTOMERS, "mark_inactive", many(acme, 3)))
    page = staff.get("/admin/actions/").text
    assert "Mark inactive: 3 customers" in page
    assert "/admin/actions/" in staff.get(CUSTOMERS).text


def test_many_live_subscriptions_ask_for_the_number_of_customers(
    staff, acme, subscribe
):
    rows = many(acme, 3)
    ended, *_ = [subscribe(rows[0]) for _ in range(4)]
    confirm(staff, ask(staff, SUBSCRIPTIONS, "cancel", [ended]), when="now")
    url = ask(staff, CUSTOMERS, "delete_selected", rows)
    question = staff.get(url).text
    assert "4 subscriptions are deleted along: 3 Active, 1 Canceled." in question
    assert "Subscriptions that are not canceled would end. (3)" in question
    for typed in ("", "4"):
        page = confirm(staff, url, typed=typed)
        assert "Type it as it is: 3." in page.text
        assert form_of(page.text, None)["typed"] == [typed]
    confirm(staff, url, typed=" 3 ")
    assert not Customer.objects.exists()


def test_one_selected_customer_asks_for_its_name(staff, acme, subscribe):
    rows = many(acme, 2)
    subscribe(rows[0])
    url = ask(staff, CUSTOMERS, "delete_selected", rows[:1])
    assert "Type it as it is: C 0." in confirm(staff, url, typed="1").text
    confirm(staff, url, typed="C 0")
    without_any = ask(staff, CUSTOMERS, "delete_selected", rows[1:])
    assert 'name="typed"' not in staff.get(without_any).text
    confirm(staff, without_any)
    assert not Customer.objects.exists()
