"""How many statements the admin's pages send."""

from datetime import UTC, datetime

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import connection
from django.test.utils import CaptureQueriesContext

from customers.models import Customer, Plan, Subscription
from fluxrate.models import Event, write_event
from fluxrate.tests import noun_samples
from fluxrate.tests.html_form import form_of
from organizations.models import ApiKey, Invitation, Membership, Organization, User

MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def several(number):
    """An organization, and one row of each kind in it."""
    mine = {"organization": Organization.objects.create(name=f"Org {number}")}
    user = User.objects.create_user(f"user{number}@acme.example")
    plan = Plan.objects.create(name="Pro", **mine)
    customer = Customer.objects.create(
        name="Ada", email=f"ada{number}@acme.example", **mine
    )
    Subscription.begin(at=datetime.now(UTC), customer=customer, plan=plan, **mine)
    ids = {"customers": customer.pk, "plans": plan.pk, "subscriptions": None}
    for word in noun_samples.NOUNS.keys() - ids.keys():
        noun_samples.create(word, mine["organization"], ids)
    Customer.objects.create(name="Gone", email="gone@acme.example", **mine).delete()
    Membership.objects.create(user=user, role="OWNER", **mine)
    ApiKey.issue(name="A", scopes=["customers.read"], **mine)
    Invitation.objects.create(
        email=f"b{number}@acme.example",
        role="VIEWER",
        invited_by=user,
        expires_at=datetime.now(UTC),
        **mine,
    )
    Group.objects.create(name=f"Group {number}")
    write_event("user.login", mine["organization"], object_id=user.pk)


@pytest.fixture
def statements(staff):
    def count(model):
        page = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        with CaptureQueriesContext(connection) as captured:
            answer = staff.get(page)
        # Once a minute, a login stores when it was seen: within a savepoint.
        writes = any('UPDATE "django_session"' in each["sql"] for each in captured)
        return len(captured) - 3 * writes, len(answer.context["cl"].result_list)

    return count


def test_every_list_costs_the_same_for_one_row_and_for_many(statements):
    assert {Customer, Event, User} <= set(MODELS)
    several(0)
    few = {model: statements(model) for model in MODELS}
    for number in range(1, 40):
        several(number)
    for model, (cost, rows) in few.items():
        dearer, more = statements(model)
        assert more > rows, model
        assert dearer == cost, model


@pytest.mark.django_db(transaction=True)
def test_an_edit_sends_at_most_ten_statements(staff):
    several(0)
    customer = Customer.objects.get()
    page = f"/admin/customers/customer/{customer.pk}/change/"
    form = form_of(staff.get(page).text, "customer_form")
    form |= {"name": ["Ada King"], "external_id": ["a-1"], "metadata": ['{"a": "1"}']}
    with CaptureQueriesContext(connection) as captured:
        assert staff.post(page, form).status_code == 302
    statements = [
        query["sql"] for query in captured if not query["sql"].startswith("BEGIN")
    ]
    assert len(statements) <= 10, statements
    assert sum(sql.startswith("UPDATE") for sql in statements) == 1
    customer.refresh_from_db()
    assert (customer.name, customer.external_id) == ("Ada King", "a-1")
