"""The export of a list of the admin as CSV."""

import csv
import io
import json
import re

import pytest
from django.contrib.auth.models import Permission

from customers.admin.export_columns import (
    CUSTOMER_COLUMNS,
    PLAN_COLUMNS,
    SUBSCRIPTION_COLUMNS,
)
from customers.models import Customer
from fluxrate.admin.password_again import ENTERED_AT
from fluxrate.models import INSTALLATION, Event
from organizations.models import User

LIST = "/admin/customers/customer/"
EXPORT = f"{LIST}export/"


def save(tenant, name, **fields):
    fields = {"email": "x@example.com"} | fields
    return Customer.objects.create(
        organization=tenant.organization, name=name, **fields
    )


def query(**parameters):
    return {"query_params": parameters}


def export(client, columns=("name",), path=EXPORT, **parameters):
    form = {"columns": columns, "reason": "Ticket 17"}
    answer = client.post(path, form, **query(**parameters))
    assert answer.status_code == 200, answer.headers
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    return answer.getvalue().decode()


def rows(text):
    return list(csv.reader(io.StringIO(text, newline="")))


def value(cell):
    """As documented: the first apostrophe before what would be a formula is added."""
    return cell[1:] if re.match(r"'+[=+\-@\t\r]", cell) else cell


def last():
    return Event.objects.filter(type__endswith=".exported").latest("id")


def test_the_list_is_exported_as_filtered_searched_and_sorted(acme, globex, staff):
    for name in ("Martin", "Ann Martinez", "San Martin", "Bert"):
        save(acme, name, billing_address_country="DE")
    save(globex, "Martin Pena", billing_address_country="DE")
    save(acme, "Martin Gone", status="INACTIVE")
    owner = str(acme.organization.pk)
    found = export(staff, q="martin", status="ACTIVE", organization=owner)
    assert rows(found) == [["name"], ["Martin"], ["San Martin"], ["Ann Martinez"]]
    newest = export(staff, status="ACTIVE", billing_address_country="de")
    assert [row[0] for row in rows(newest)[1:3]] == ["Martin Pena", "Bert"]
    by_name = export(staff, organization=owner, o="1")
    assert rows(by_name)[1] == ["Ann Martinez"]
    assert len(rows(export(staff, q="nobody"))) == 1


@pytest.mark.parametrize(
    "name",
    [
        "=cmd|'/c calc'!A1",
        "+1",
        "-2+3",
        "@SUM(A1)",
        "'=1",
        "''+",
        "'s-Hertogenbosch",
        'Ada "The Countess", Lovelace',
        "\u05d0\u05d1\u05d2 \u0645\u0631\u062d\u0628\u0627",
        "O'Hara; a,b",
        "\\.",
        "\U0001f600 \u682a\u5f0f",
    ],
)
def test_a_value_is_read_back_and_never_a_formula(acme, staff, name):
    save(acme, name, metadata={"note": '=1\nline, "two"'})
    text = export(staff, ["name", "phone", "metadata"])
    _head, row = rows(text)
    assert value(row[0]) == name
    assert row[0][:1] not in set("=+-@\t\r")
    assert row[1] == ""
    assert json.loads(row[2]) == {"note": '=1\nline, "two"'}
    assert text.endswith("\r\n")
    assert text.count("\r\n") == 2


def test_every_column_can_be_exported(acme, staff, subscribe):
    ada = save(acme, "Ada", phone="+49 30")
    sub = subscribe(ada)
    head, row = rows(export(staff, list(CUSTOMER_COLUMNS)))
    shown = dict(zip(head, row, strict=True))
    assert shown["id"] == str(ada.pk)
    assert shown["phone"] == "'+49 30"
    assert shown["organization"] == "Acme"
    assert "search_text" not in shown
    path = "/admin/customers/subscription/export/"
    head, row = rows(export(staff, list(SUBSCRIPTION_COLUMNS), path))
    shown = dict(zip(head, row, strict=True))
    due = sub.due_at.isoformat(timespec="microseconds").replace("+00:00", "Z")
    assert shown["customer_id"] == str(ada.pk)
    assert (shown["customer_name"], shown["due_at"]) == ("Ada", due)
    path = "/admin/customers/plan/export/"
    head, row = rows(export(staff, list(PLAN_COLUMNS), path))
    shown = dict(zip(head, row, strict=True))
    assert (shown["id"], shown["name"]) == (str(sub.plan_id), sub.plan_name)
    assert last().type == "plan.exported"


def test_an_event_says_who_has_exported_what(acme, staff):
    for number in range(3):
        save(acme, f"Ada {number}", status="INACTIVE" if number else "ACTIVE")
    owner = str(acme.organization.pk)
    export(staff, ["name", "email"], organization=owner, status="INACTIVE")
    event = last()
    assert event.data == {
        "query": {"organization": [owner], "status": ["INACTIVE"]},
        "columns": ["name", "email"],
        "rows": 2,
        "is_complete": True,
    }
    assert (event.type, event.reason) == ("customer.exported", "Ticket 17")
    assert event.actor.startswith("staff:")
    assert str(event.organization_id) == owner
    export(staff)
    assert (last().organization_id, last().data["rows"]) == (INSTALLATION, 3)
    assert "customer.exported" in staff.get("/admin/fluxrate/event/").text
    assert staff.get(f"/admin/fluxrate/event/{last().pk}/change/").status_code == 200


def test_the_page_offers_columns_and_says_what_is_exported(acme, staff):
    save(acme, "Ada")
    answer = staff.get(EXPORT, {"status": "ACTIVE", "q": "ada"})
    for part in ("1 customers that match “ada”", "Status: Active", 'value="email"'):
        assert part in answer.text
    none = staff.post(EXPORT, {"columns": []})
    assert "This field is required." in none.text
    odd = staff.post(EXPORT, {"columns": ["password"]})
    assert "Select a valid choice" in odd.text
    assert not Event.objects.filter(type="customer.exported").exists()
    invalid = staff.get(EXPORT, {"status": "GONE"})
    assert invalid["Location"] == f"{LIST}?status=GONE"


def test_an_export_needs_its_own_right(client, acme):
    clerk = User.objects.create_user("clerk@fluxrate.example", is_staff=True)
    clerk.user_permissions.add(Permission.objects.get(codename="view_customer"))
    client.force_login(clerk)
    assert client.get(EXPORT).status_code == 403
    assert client.post(EXPORT, {"columns": ["name"]}).status_code == 403
    assert "Export…" not in client.get(LIST).text
    clerk.user_permissions.add(Permission.objects.get(codename="export_customer"))
    listed = client.get(LIST, {"status": "ACTIVE"}).text
    assert f'href="{EXPORT}?status=ACTIVE"' in listed
    session = client.session
    session[ENTERED_AT] = 0
    session.save()
    assert client.get(EXPORT).status_code == 200
    asked = client.post(EXPORT, {"columns": ["name"]})
    assert "Your password again" in asked.text
