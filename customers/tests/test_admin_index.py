"""The first page of the admin: what needs somebody, months, newest, staff's changes."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.admin.index_customers import by_country, inactive_and_billed
from customers.models import Customer, Plan, Subscription
from customers.models.subscription_actions import BY_NAME
from fluxrate.models import Event
from fluxrate.models.limits import limited_to
from organizations.models import ApiKey, Organization, User

INDEX = "/admin/"


def customer(tenant, name="Ada", **fields):
    return Customer.objects.create(
        organization=tenant.organization, name=name, email="a@example.com", **fields
    )


def begin(tenant, **fields):
    at = datetime.now(UTC)
    owner = {"organization": tenant.organization}
    plan, _ = Plan.objects.get_or_create(name="Pro", **owner)
    return Subscription.begin(
        at=at, customer=customer(tenant), plan=plan, **owner, **fields
    )


def rows_behind(staff, number):
    """The rows of the list to which a number links."""
    answer = staff.get(number.url)
    assert answer.status_code == 200, answer.headers
    return answer.context["cl"].result_count


def test_each_number_links_to_as_many_rows(staff, acme, globex):
    at = datetime.now(UTC)
    begin(acme, trial_end_date=at + timedelta(days=3))
    begin(globex, trial_end_date=at + timedelta(days=9))
    begin(globex).perform(BY_NAME["mark-past-due"], at=at)
    begin(acme).perform(BY_NAME["cancel"], at=at, cancel_at_period_end=False)
    customer(acme, status="INACTIVE")
    for days in (3, 29, 31):
        expiry = {"expires_at": at + timedelta(days=days), "scopes": ["customers.read"]}
        ApiKey.issue(organization=acme.organization, name="Import", **expiry)
    context = staff.get(INDEX).context
    numbers = [
        *context["customer_counts"],
        *context["subscription_counts"],
        context["trials"],
        context["late"],
        *context["unpaid"],
        context["ending_keys"],
    ]
    shown = {(each.label, each.value) for each in numbers}
    assert {
        ("Inactive", 1),
        ("Globex", 1),
        ("Trials that end within 7 days", 1),
        ("API keys that expire within 30 days", 2),
    } <= shown
    assert {("Trial", 2), ("Past Due", 1), ("Canceled", 1)} <= shown
    for number in numbers:
        assert rows_behind(staff, number) == number.value, number


@pytest.mark.parametrize(("is_test", "count"), [(False, 1), (True, 0)])
def test_a_late_step_of_a_test_organization_needs_nobody(staff, db, is_test, count):
    clock = {"clock_at": datetime.now(UTC)} if is_test else {}
    owner = Organization.objects.create(name="Acme", is_test=is_test, **clock)
    late = begin(SimpleNamespace(organization=owner))
    two_months = timedelta(days=62)
    past = {
        name: getattr(late, name) - two_months
        for name in ("start_date", "current_period_start", "current_period_end")
    }
    past["billing_anchor"] = past["start_date"]
    Subscription.objects.filter(pk=late.pk).update(**past)
    number = staff.get(INDEX).context["late"]
    assert number.value == count
    assert rows_behind(staff, number) == count


def test_the_charts_are_drawn_the_same_in_every_language(staff, acme):
    begin(acme)
    drawn = {}
    for language in ("en", "de"):
        User.objects.update(language=language)
        text = staff.get(INDEX).text
        assert f'lang="{language}"' in text
        drawn[language] = re.findall("<(?:rect|line) [^>]*>", text)
    assert len(drawn["en"]) == 2 * 13
    assert drawn["en"] == drawn["de"]


def test_months_are_counted_and_estimated_above_the_bound(staff, acme, monkeypatch):
    for _ in range(3):
        customer(acme)
    row = staff.get(INDEX).context["months"][0]
    assert (row[0].rows, row[0].is_estimate) == (3, False)
    assert rows_behind(staff, row[0]) == 3
    monkeypatch.setattr("customers.admin.index_months.MAX_COUNTED", 2)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE customers_customer")
    answer = staff.get(INDEX)
    month = answer.context["months"][0][0]
    assert month.is_estimate
    assert month.rows == 3
    assert f'{month.url.replace("&", "&amp;")}">about 3</a>' in answer.text
    assert len(answer.context["months"]) == 12


def test_the_page_shows_newest_customers_and_changes_by_staff(staff, acme, acme_api):
    ada = customer(acme)
    body = {"phone": "+1 111"}
    assert acme_api.patch(f"/api/v1/customers/{ada.pk}", body).status_code == 200
    page = f"/admin/customers/customer/{ada.pk}/"
    form = {"name": "Ada King", "email": "a@example.com", "status": "ACTIVE"}
    form |= {"metadata": "{}", "reason": "Ticket 17", "phone": "+1 111"}
    assert staff.post(f"{page}change/", form).status_code == 302
    text = unescape(staff.get(INDEX).text)
    assert f'href="{page}">Ada King</a>' in text
    changes = text.partition('class="timeline"')[2].partition("</ol>")[0]
    assert "<q>Ticket 17</q>" in changes
    assert "<ins>Ada King</ins>" in changes
    assert "+1 111" not in changes
    assert "Login" not in changes


def test_the_page_costs_the_same_for_one_row_and_for_many(staff, acme, globex):
    def cost():
        with CaptureQueriesContext(connection) as captured:
            assert staff.get(INDEX).status_code == 200
        return len(captured)

    at = datetime.now(UTC)
    begin(acme, trial_end_date=at + timedelta(days=3))
    begin(acme).perform(BY_NAME["mark-past-due"], at=at)
    staff.get(f"{INDEX}customers/customer/{Customer.objects.first().pk}/")
    staff.get(INDEX)
    few = cost()
    for tenant in (acme, globex):
        for _ in range(12):
            begin(tenant, trial_end_date=at + timedelta(days=3))
            begin(tenant).perform(BY_NAME["mark-past-due"], at=at)
    assert cost() == few <= 12


def test_changes_by_staff_are_read_from_their_index(acme):
    for _ in range(60):
        customer(acme)
    rows = Event.objects.by_staff()[:8]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute("ANALYZE fluxrate_event")
    assert "event_by_staff" in rows.explain()


def test_staff_see_the_parts_that_their_rights_show(client, acme):
    begin(acme)
    viewer = User.objects.create_user("viewer@fluxrate.example", is_staff=True)
    client.force_login(viewer)
    text = client.get(INDEX).text
    for part in ("Needs attention", "Newest customers", "Last changes", "<svg"):
        assert part not in text.partition('id="content-main"')[2].partition("</div>")[0]
    viewer.user_permissions.add(Permission.objects.get(codename="view_customer"))
    text = client.get(INDEX).text
    assert "Newest customers" in text
    assert "New customers by month" in text
    assert "subscriptions" not in text.partition('id="content-main"')[2].lower()


@pytest.mark.parametrize("path", ["", "customers/customer/"])
def test_the_page_is_not_broken_by_an_empty_installation(staff, path):
    assert staff.get(f"{INDEX}{path}").status_code == 200


def test_countries_link_to_as_many_rows(staff, acme, globex, monkeypatch):
    for code in ("DE", "DE", "FR", None):
        customer(acme, billing_address_country=code)
    countries = staff.get(INDEX).context["countries"]
    shown = [(each.label, each.value) for each in countries]
    assert shown == [("Germany", 2), ("France", 1), ("Without a country", 1)]
    for number in countries:
        assert rows_behind(staff, number) == number.value, number
    monkeypatch.setattr("customers.admin.index_customers.MAX_READ", 1)
    customer(globex, billing_address_country="DE")
    answer = staff.get(INDEX)
    assert "The newest 10,000 customers by country" in answer.text
    newest, _ = answer.context["countries"]
    assert (newest.label, newest.value) == ("Germany", 1)
    assert rows_behind(staff, newest) == 1


def test_an_inactive_customer_with_a_live_subscription_needs_somebody(staff, acme):
    customer(acme, status="INACTIVE")
    for _ in range(2):
        begin(acme)
    Customer.objects.filter(subscriptions=Subscription.objects.first()).update(
        status="INACTIVE"
    )
    number = staff.get(INDEX).context["inactive_and_billed"]
    assert number.value == 1
    assert rows_behind(staff, number) == 1


def test_inactive_customers_are_read_from_their_index(acme):
    customer(acme, status="INACTIVE")
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
    assert "customer_inactive" in inactive_and_billed().rows.explain()


def test_the_page_lists_where_the_user_was_last(staff, acme, client):
    subscription = begin(acme)
    ada, plan = subscription.customer, subscription.plan
    pages = [
        f"/admin/customers/customer/{ada.pk}/",
        f"/admin/customers/plan/{plan.pk}/change/",
        f"/admin/customers/subscription/{subscription.pk}/change/",
        f"/admin/organizations/organization/{acme.organization.pk}/change/",
    ]
    for page in (*pages, pages[0], f"{pages[0]}change/"):
        assert staff.get(page).status_code == 200
    links = staff.get(INDEX).context["recent"]
    assert [each.url for each in links] == [pages[0], *reversed(pages[1:])]
    assert [each.name for each in links] == ["Ada", "Acme", "Pro", "Pro"]
    ada.delete()
    assert pages[0] not in [each.url for each in staff.get(INDEX).context["recent"]]
    other = User.objects.create_superuser("other@fluxrate.example", "x" * 20)
    client.cookies = staff.cookies
    client.force_login(other)
    assert client.get(INDEX).context["recent"] == []


def test_the_list_of_opened_records_has_a_bound_and_no_foreign_values(staff, acme):
    rows = [customer(acme, name=f"C {n}") for n in range(10)]
    for row in rows:
        staff.get(f"/admin/customers/customer/{row.pk}/")
    names = [each.name for each in staff.get(INDEX).context["recent"]]
    assert names == [f"C {n}" for n in range(9, 1, -1)]
    cookie = staff.cookies["admin_recent"]
    assert (cookie["httponly"], cookie["path"]) == (True, "/admin/")
    assert "C 9" not in cookie.value
    staff.cookies["admin_recent"] = f"customer.{rows[0].pk.hex}:forged"
    assert staff.get(INDEX).context["recent"] == []


def test_limited_staff_see_the_countries_of_their_customers(acme, globex):
    customer(acme, billing_address_country="DE")
    customer(globex, billing_address_country="FR")
    with limited_to([acme.organization.pk]):
        countries, _ = by_country()
        assert not inactive_and_billed().rows.exists()
    assert [(each.label, each.value) for each in countries] == [("Germany", 1)]
