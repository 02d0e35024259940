"""The overview of a customer in the admin: read first, with one timeline."""

import json
import re
from datetime import UTC, datetime, timedelta
from html import unescape

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Subscription
from customers.models.subscription_actions import BY_NAME
from fluxrate.models import Event, erase_object
from organizations.models import User

LIST = "/admin/customers/customer/"


@pytest.fixture
def ada(acme_api):
    body = {
        "name": "Ada Lovelace",
        "email": "ada@example.com",
        "external_id": "a-1",
        "metadata": {"tier": "gold"},
        "billing_address_city": "London",
    }
    answer = acme_api.post("/api/v1/customers", body)
    return Customer.objects.get(pk=answer.json()["id"])


def page(customer, query=""):
    return f"{LIST}{customer.pk}/{query}"


def timeline(text):
    return text.partition('class="timeline"')[2].partition("</ol>")[0]


def test_the_page_shows_the_customer_and_links_to_its_form(staff, ada):
    text = staff.get(page(ada)).text
    assert "<h1>Ada Lovelace</h1>" in text
    for part in (str(ada.pk), "a-1", "ada@example.com", "London", "tier", "Acme"):
        assert part in text
    assert f'href="{page(ada)}change/"' in text
    assert 'name="name"' not in text
    assert f'data-copy="{ada.pk}"' in text
    assert f'href="{page(ada)}' in staff.get(LIST).text


def test_the_page_shows_what_the_api_answers(staff, acme_api, ada):
    text = unescape(staff.get(page(ada)).text)
    shown = text.partition('id="api-json">')[2].partition("</pre>")[0]
    assert json.loads(shown) == acme_api.get(f"/api/v1/customers/{ada.pk}").json()
    assert f"/api/v1/customers/{ada.pk} \\" in text
    body = text.partition('id="api-body">')[2].partition("</pre>")[0]
    assert body.encode() == acme_api.get(f"/api/v1/customers/{ada.pk}").content


def test_the_page_shows_what_the_api_answers_as_of_a_time(staff, acme_api, ada):
    path = f"/api/v1/customers/{ada.pk}"
    acme_api.patch(path, {"name": "Ada King"})
    late = f"{datetime.now(UTC) + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    text = unescape(staff.get(page(ada), {"as_of": late}).text)
    body = text.partition('id="api-body">')[2].partition("</pre>")[0]
    assert body.encode() == acme_api.get(path, {"as_of": late}).content
    assert f"{path}?as_of={late} \\" in text
    early = staff.get(page(ada), {"as_of": "2020-01-01"}).text
    assert "The customer did not exist at that time." in early
    for odd in ("never", "\0", "9" * 99):
        assert "A time such as" in staff.get(page(ada), {"as_of": odd}).text


def test_the_page_names_what_is_missing_and_offers_actions(staff, ada, subscribe):
    sub = subscribe(ada, external_id="s-1")
    text = unescape(staff.get(page(ada)).text)
    missing = text.partition('id="missing-heading">')[2].partition("</section>")[0]
    assert "phone" in missing
    assert "city" not in missing
    actions = text.partition('"Actions: s-1"')[2].partition("</details>")[0]
    for label in ("Cancel…", "Pause…", "Change plan…", str(sub.pk)):
        assert label in actions
    assert "Resume" not in actions


def test_the_page_counts_subscriptions_by_status(staff, ada, subscribe):
    for _ in range(12):
        last = subscribe(ada)
    last.perform(
        BY_NAME["cancel"], at=last.current_period_start, cancel_at_period_end=False
    )
    text = staff.get(page(ada)).text
    base = f"?customer_id={ada.pk}"
    assert f'{base}">12 in all' in text
    assert f'{base}&amp;status=ACTIVE">11 active' in text
    assert f'{base}&amp;status=CANCELED">1 canceled' in text
    assert text.count('<th scope="row">') == 10
    assert f"/admin/customers/plan/{last.plan_id}/change/" in text
    listed = staff.get(f"/admin/customers/subscription/{base}&status=CANCELED")
    assert listed.context["cl"].result_count == 1
    assert f'href="{page(ada)}"' in listed.text


def test_every_link_of_the_page_leads_somewhere(staff, ada, subscribe):
    plan = subscribe(ada).plan_id
    content = staff.get(page(ada)).text.partition('id="content-main"')[2]
    links = {unescape(link) for link in re.findall(r'href="([?/][^"#]*)', content)}
    assert {f"/admin/customers/plan/{plan}/change/", f"{page(ada)}history/"} <= links
    for link in links:
        address = link if link.startswith("/") else page(ada, link)
        assert staff.get(address).status_code == 200, link
    to_list = staff.get(f"/admin/customers/plan/{plan}/change/").text
    [address] = re.findall('href="([^"]*)">Subscriptions to this plan', to_list)
    assert f'href="{page(ada)}"' in staff.get(address).text


def test_the_page_costs_the_same_for_one_subscription_and_for_many(
    staff, ada, subscribe, django_assert_num_queries
):
    subscribe(ada)
    staff.get(page(ada))
    with django_assert_num_queries(9):
        staff.get(page(ada))
    for number in range(30):
        subscribe(ada)
        Customer.objects.create(
            organization=ada.organization,
            name=f"Same {number}",
            email="ADA@example.com",
        )
    with django_assert_num_queries(9):
        assert staff.get(page(ada)).text.count("Same ") == 6


def test_the_timeline_has_the_events_of_the_subscriptions(staff, acme, ada, subscribe):
    gone = subscribe(ada, external_id="gone-1")
    gone.delete()
    staff.post(
        f"{page(ada)}change/",
        {
            "name": "Ada King",
            "email": "ada@example.com",
            "status": "ACTIVE",
            "metadata": '{"tier": "silver"}',
            "reason": "Ticket 17",
        },
    )
    text = timeline(staff.get(page(ada)).text)
    places = [
        text.index(part)
        for part in (
            "Customer updated",
            "Subscription deleted",
            "Subscription created",
            "Customer created",
        )
    ]
    assert places == sorted(places)
    assert "<del>Ada Lovelace</del> → <ins>Ada King</ins>" in text
    assert "<dt>metadata.tier</dt><dd><del>gold</del> → <ins>silver</ins>" in text
    assert "<q>Ticket 17</q>" in text
    assert acme.owner.email in text
    assert "staff@fluxrate.example" in text
    assert "<dt>external id</dt><dd><ins>a-1</ins>" in text
    visible = " ".join(part.partition(">")[2] for part in text.split("<"))
    assert "{'" not in visible
    assert "+00:00" not in re.sub('datetime="[^"]*"', "", text)
    assert str(gone.pk) not in visible


def test_the_timeline_is_paged_without_a_gap(staff, ada):
    for number in range(45):
        Customer.objects.filter(pk=ada.pk).update(phone=f"+1 {number}")
    seen, query = [], ""
    while True:
        answer = staff.get(page(ada, query))
        shown = [entry.event.pk for entry in answer.context["timeline"]]
        seen += shown
        if answer.context["page"].before is None:
            break
        query = f"?before={answer.context['page'].before}"
    assert seen == list(
        Event.objects.filter(object_id=ada.pk)
        .order_by("-id")
        .values_list("pk", flat=True)
    )
    assert len(seen) == 46
    for odd in ("x", "-1", "9" * 40, "\0", "²"):
        assert staff.get(page(ada), {"before": odd}).status_code == 200


@pytest.mark.parametrize("query", ["", "history/", "history/?what=created"])
def test_the_timeline_reads_an_index_of_subscription_events(
    staff, ada, subscribe, query
):
    subscribe(ada)
    with CaptureQueriesContext(connection) as captured:
        shown = staff.get(page(ada, query))
    assert {"Customer created", "Subscription created"} == {
        entry.title for entry in shown.context["timeline"]
    }
    [statement] = [each["sql"] for each in captured if "UNION ALL" in each["sql"]][:1]
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_sort = off")
        cursor.execute(f"EXPLAIN {statement}")
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "event_of_customer" in plan
    assert "Seq Scan" not in plan


def test_the_page_of_a_deleted_customer_is_its_history(staff, ada):
    address = page(ada)
    ada.delete()
    for url in (address, f"{address}change/"):
        answer = staff.get(url, follow=True)
        assert answer.redirect_chain[-1][0].endswith("/history/")
        assert "Customer deleted" in answer.text
        assert "has been deleted" in answer.text
    unknown = f"{LIST}0193f000-0000-7000-8000-000000000000/"
    assert staff.get(unknown, follow=True).redirect_chain[-1][0] == "/admin/"


def test_an_erased_customer_leaves_events_without_values(staff, ada):
    address, pk = page(ada), ada.pk
    ada.delete()
    erase_object(ada.organization, pk, why="asked to")
    text = staff.get(f"{address}history/").text
    assert "Customer deleted" in text
    assert "ada@example.com" not in text


def test_staff_see_only_what_their_rights_show(client, ada, subscribe):
    subscribe(ada)
    viewer = User.objects.create_user("viewer@fluxrate.example", is_staff=True)
    client.force_login(viewer)
    assert client.get(page(ada)).status_code == 403
    viewer.user_permissions.add(Permission.objects.get(codename="view_customer"))
    text = client.get(page(ada)).text
    assert "Ada Lovelace" in text
    assert "Subscription" not in timeline(text)
    for hidden in (">Edit<", "Mark inactive", "Delete…", "In all", "/user/", "/event/"):
        assert hidden not in text
    assert Subscription.objects.count() == 1
    assert client.get(f"{page(ada)}change/").headers["Location"] == page(ada)


def test_staff_who_may_not_edit_read_metadata_as_a_table(client, ada, subscribe):
    row = subscribe(ada, metadata={"tier": "<b>gold</b>"})
    viewer = User.objects.create_user("viewer@fluxrate.example", is_staff=True)
    viewer.user_permissions.add(Permission.objects.get(codename="view_subscription"))
    client.force_login(viewer)
    url = f"/admin/customers/subscription/{row.pk}/change/"
    cells = "<th scope=row>tier</th><td>&lt;b&gt;gold&lt;/b&gt;</td>"
    assert cells in client.get(url).text
    row.metadata = {}
    row.save()
    assert "<th scope=row>" not in client.get(url).text
