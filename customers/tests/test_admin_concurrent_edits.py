"""Two users edit one record in the admin, and no edit is lost."""

import re

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers.models import Customer, Plan
from fluxrate.models import Event
from fluxrate.tests.html_form import form_of
from organizations.models import Membership, Organization, Role, User


def page_of(record):
    opts = record._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_change", args=[record.pk])


def opened(staff, record):
    """The form's fields as a browser has them."""
    answer = staff.get(page_of(record))
    return form_of(answer.text, f"{record._meta.model_name}_form")


def saved(staff, record, form, **typed):
    answer = staff.post(page_of(record), form | typed)
    record.refresh_from_db()
    return answer


def drop_constraint(name):
    """Allow a row that was written before the rule."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE customers_customer DROP CONSTRAINT {name}")


def asked(answer):
    """The fields of the form that asks about a conflict."""
    assert answer.status_code == 200, answer.status_code
    return form_of(answer.text, f"{answer.context['opts'].model_name}_form")


def choices(answer):
    return dict(re.findall(r'name="(choice-\w+)" value="(mine:\w+)"', answer.text))


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization,
        name="Ada",
        email="ada@example.com",
        phone="+1 111",
        metadata={"tier": "gold"},
    )


@pytest.fixture
def grace(db):
    """Another staff user."""
    client = Client()
    client.force_login(User.objects.create_superuser("grace@fluxrate.example", "x"))
    return client


def test_edits_of_different_fields_are_both_saved(staff, grace, ada):
    mine, theirs = opened(staff, ada), opened(grace, ada)
    saved(grace, ada, theirs, phone="+1 222")
    answer = staff.post(
        page_of(ada), mine | {"name": "Ada King", "reason": "married"}, follow=True
    )
    ada.refresh_from_db()
    assert (ada.name, ada.phone) == ("Ada King", "+1 222")
    note = "Meanwhile grace@fluxrate.example changed Phone: +1 111 → +1 222."
    assert note in answer.text
    last = Event.objects.filter(object_id=ada.pk).latest("id")
    assert set(last.changes) == {"name"}
    assert last.reason == "married"


def test_a_change_by_the_api_is_not_reverted(staff, acme_api, ada):
    form = opened(staff, ada)
    acme_api.patch(f"/api/v1/customers/{ada.pk}", {"phone": "+1 333"})
    saved(staff, ada, form, name="Ada King")
    assert (ada.name, ada.phone) == ("Ada King", "+1 333")


def test_only_the_edited_columns_are_written(staff, ada):
    form = opened(staff, ada)
    statements = []

    def noted(execute, sql, params, many, context):
        statements.append(sql)
        return execute(sql, params, many, context)

    with connection.execute_wrapper(noted):
        saved(staff, ada, form, name="Ada King")
    (update,) = [s for s in statements if s.startswith('UPDATE "customers_customer"')]
    assert '"name" =' in update
    assert '"phone"' not in update.partition("WHERE")[0]
    (lock,) = [s for s in statements if "customers_customer" in s and " FOR " in s]
    assert lock.endswith('FOR NO KEY UPDATE OF "customers_customer"')


def test_edits_of_one_field_ask_which_value_to_save(staff, grace, ada):
    mine, theirs = opened(staff, ada), opened(grace, ada)
    saved(grace, ada, theirs, phone="+1 222")
    answer = saved(staff, ada, mine, phone="+1 333", name="King", reason="Ticket 17")
    for text in ("grace@fluxrate.example", "+1 111", "+1 222", "+1 333"):
        assert text in answer.text
    assert (ada.name, ada.phone) == ("Ada", "+1 222")
    again = asked(answer)
    assert (again["name"], again["phone"]) == (["King"], ["+1 333"])
    assert again["reason"] == ["Ticket 17"]
    assert saved(staff, ada, again).status_code == 200, "an answer is needed"
    answer = saved(staff, ada, again | choices(answer))
    assert answer.status_code == 302
    assert (ada.name, ada.phone) == ("King", "+1 333")


def test_the_other_users_value_can_be_kept(staff, grace, ada):
    mine, theirs = opened(staff, ada), opened(grace, ada)
    saved(grace, ada, theirs, phone="+1 222")
    answer = saved(staff, ada, mine, phone="+1 333", name="King")
    theirs = {k: v.replace("mine", "theirs") for k, v in choices(answer).items()}
    saved(staff, ada, asked(answer) | theirs)
    assert (ada.name, ada.phone) == ("King", "+1 222")


def test_a_choice_does_not_hold_for_a_later_value(staff, grace, ada):
    mine = opened(staff, ada)
    saved(grace, ada, opened(grace, ada), phone="+1 222")
    answer = saved(staff, ada, mine, phone="+1 333")
    saved(grace, ada, opened(grace, ada), phone="+1 444")
    assert "+1 444" in saved(staff, ada, asked(answer) | choices(answer)).text
    assert ada.phone == "+1 444"


def test_two_equal_edits_are_no_conflict(staff, grace, ada):
    mine = opened(staff, ada)
    saved(grace, ada, opened(grace, ada), phone="+1 222")
    assert saved(staff, ada, mine, phone="+1 222").status_code == 302


def test_an_edit_of_the_name_does_not_save_metadata(staff, acme_api, ada):
    form = opened(staff, ada)
    acme_api.patch(f"/api/v1/customers/{ada.pk}", {"metadata": {"city": "Köln"}})
    saved(staff, ada, form, name="King")
    assert ada.metadata == {"tier": "gold", "city": "Köln"}


def test_line_ends_are_no_change(staff, acme):
    plan = Plan.objects.create(
        organization=acme.organization, name="Pro", description="One\nTwo"
    )
    with connection.cursor() as cursor:
        # As rows written before the rule that trims text.
        cursor.execute("UPDATE customers_plan SET description = description || E'\\n'")
    plan.refresh_from_db()
    saved(staff, plan, opened(staff, plan), name="Team")
    assert (plan.name, plan.description, plan.revision) == ("Team", "One\nTwo\n", 3)
    saved(staff, plan, opened(staff, plan), description="One\r\nThree")
    assert plan.description == "One\nThree"


def test_plans_subscriptions_and_organizations_are_merged(staff, acme, ada, subscribe):
    one = subscribe(ada, external_id="s-1")
    plan, organization = one.plan, acme.organization
    for record, theirs, mine in (
        (plan, {"lookup_id": "pro-1"}, {"name": "Team"}),
        (one, {"metadata": {"a": "b"}}, {"external_id": "s-2"}),
        (organization, {"is_test": False}, {"name": "Acme Corp"}),
    ):
        form = opened(staff, record)
        type(record).objects.filter(pk=record.pk).update(**theirs)
        assert saved(staff, record, form, **mine).status_code == 302
        for name, value in (theirs | mine).items():
            assert getattr(record, name) == value
    assert Organization.objects.filter(name="Acme Corp").exists()


def test_users_permissions_and_memberships_are_merged(staff, grace, acme, globex):
    user = User.objects.create_user("bo@example.com", name="Bo")
    member = Membership.objects.create(
        organization=acme.organization, user=user, role=Role.MEMBER
    )
    group = Group.objects.create(name="Readers")
    mine, theirs = opened(staff, user), opened(grace, user)
    saved(grace, user, theirs, name="Bo Li", groups=[group.pk])
    changed = {"is_staff": "on", "memberships-0-role": "ADMIN"}
    answer = saved(staff, user, mine, **changed)
    assert answer.status_code == 302, answer.context["errors"]
    member.refresh_from_db()
    assert (user.name, user.is_staff, member.role) == ("Bo Li", True, "ADMIN")
    assert list(user.groups.all()) == [group]
    mine = opened(staff, user)
    Membership.objects.filter(pk=member.pk).update(role="VIEWER")
    saved(staff, user, mine, name="Li")
    member.refresh_from_db()
    assert (user.name, member.role) == ("Li", "VIEWER")


def test_the_permissions_of_a_group_are_merged(staff, db):
    group = Group.objects.create(name="Readers")
    form = opened(staff, group)
    right = Permission.objects.first()
    group.permissions.add(right)
    saved(staff, group, form, name="Writers")
    assert (group.name, list(group.permissions.all())) == ("Writers", [right])


def test_a_stored_code_that_is_no_longer_listed_is_kept(staff, acme, ada):
    plan = Plan.objects.create(
        organization=acme.organization, name="Pro", currency="BGN"
    )
    drop_constraint("customer_country_known")
    Customer.objects.filter(pk=ada.pk).update(billing_address_country="AN")
    form = opened(staff, plan)
    assert form["currency"] == ["BGN"]
    assert saved(staff, plan, form, description="x").status_code == 302
    assert (plan.currency, plan.description) == ("BGN", "x")
    assert saved(staff, ada, opened(staff, ada), name="King").status_code == 302
    assert (ada.billing_address_country, ada.name) == ("AN", "King")
    answer = saved(staff, plan, opened(staff, plan), currency="HRK")
    assert "not an ISO 4217 currency code" in answer.text
    assert plan.currency == "BGN"


def test_a_stored_value_that_is_invalid_today_is_no_error(staff, ada):
    drop_constraint("customer_email_valid")
    Customer.objects.filter(pk=ada.pk).update(email="nobody")
    assert saved(staff, ada, opened(staff, ada), name="King").status_code == 302
    assert (ada.email, ada.name) == ("nobody", "King")


@pytest.mark.parametrize(
    "reason",
    [
        "Résiliation\u00a0: ticket 4711",
        "全角\u3000空白",
        "family \U0001f469\u200d\U0001f52c left",
        "soft\u00adhyphen",
    ],
)
def test_a_reason_is_stored_as_the_api_stores_it(staff, ada, reason):
    saved(staff, ada, opened(staff, ada), name="King", reason=reason)
    assert Event.objects.filter(object_id=ada.pk).latest("id").reason == reason


def test_an_invalid_reason_is_an_error(staff, ada):
    for reason in ("a\x07b", "x" * 501):
        answer = saved(staff, ada, opened(staff, ada), name="King", reason=reason)
        assert answer.context["adminform"].form.errors["reason"]
    assert ada.name == "Ada"


def test_every_form_asks_for_a_reason(staff, acme, ada, subscribe):
    one = subscribe(ada)
    group = Group.objects.create(name="Readers")
    member = Membership.objects.get(organization=acme.organization)
    records = (ada, one, one.plan, acme.organization, acme.owner, member, group)
    pages = [page_of(record) for record in records]
    adding = [re.sub("[^/]+/change/$", "add/", page) for page in pages]
    others = [
        reverse("admin:customers_customer_delete", args=[ada.pk]),
        reverse("admin:auth_user_password_change", args=[acme.owner.pk]),
    ]
    for page in (*pages, *adding, *others):
        assert staff.get(page).text.count('name="reason"') == 1, page


def test_the_reason_for_a_new_password_is_stored(staff, acme):
    page = reverse("admin:auth_user_password_change", args=[acme.owner.pk])
    password = "staple-correct-horse"
    typed = {"password1": password, "password2": password, "usable_password": "true"}
    assert staff.post(page, typed | {"reason": "x" * 501}).status_code == 200
    staff.post(page, typed | {"reason": "Forgotten"})
    last = Event.objects.filter(object_id=acme.owner.pk).latest("id")
    assert last.reason == "Forgotten"


def test_no_input_has_a_maxlength(staff, acme, ada, subscribe):
    """A browser silently cuts off a longer text on pasting, and counts emoji twice."""
    plan = Plan.objects.create(organization=acme.organization, name="Pro")
    for record in (ada, plan, acme.organization, subscribe(ada), User.objects.first()):
        assert "maxlength" not in staff.get(page_of(record)).text
    question = reverse("admin:customers_customer_delete", args=[ada.pk])
    assert "maxlength" not in staff.get(question).text
    long = saved(staff, ada, opened(staff, ada), name="x" * 256, reason="y" * 501)
    assert set(long.context["adminform"].form.errors) == {"name", "reason"}
    many = "\N{GRINNING FACE}" * 500
    saved(staff, ada, opened(staff, ada), name="Ada King", reason=many)
    assert Event.objects.filter(reason=many).exists()


def test_a_conflict_with_a_forged_value_is_an_error_at_its_field(staff, grace, db):
    """A forged form, and a group that was deleted since the page was opened."""
    user, right = User.objects.create_user("bo@example.com"), Permission.objects.first()
    group = Group.objects.create(name="Readers")
    user.groups.add(group)
    form = opened(staff, user)
    group.delete()
    user.user_permissions.add(right)
    user.groups.add(other := Group.objects.create(name="Writers"))
    for key in ("abc", "\0", "9" * 30):
        answer = saved(staff, user, form, user_permissions=key)
        assert set(answer.context["adminform"].form.errors) == {"user_permissions"}
        odd = {"initial-user_permissions": key, "user_permissions": []}
        asked(saved(staff, user, form, **odd))
    made = Group.objects.create(name="Editors")
    answer = saved(staff, user, form, groups=[made.pk])
    assert '<b>Before</b> <span class="value">—</span>' in answer.text
    assert list(user.groups.all()) == [other]


def test_a_new_row_shows_no_value_of_python(staff, db):
    page = staff.get(page_of(User.objects.create_user("bo@example.com"))).text
    assert "memberships-__prefix__-role" in page
    assert "object at 0x" not in page
    assert "<p>None</p>" not in page
