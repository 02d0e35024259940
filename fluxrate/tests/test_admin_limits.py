"""Staff who are limited to an organization: rows of others do not exist for them."""

import random
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.urls import reverse

from customers.models import Customer, Plan, Subscription
from fluxrate.models import Event
from fluxrate.models.limits import limited_to
from fluxrate.models.querysets import LimitedQuerySet
from fluxrate.models.recorded import Recorded
from fluxrate.tests.admin_walk import Rows, addresses, everything
from fluxrate.tests.admin_walk import models as registered
from organizations.models import ApiKey, User

pytestmark = pytest.mark.django_db
REQUESTS, SEED = 200, 14
# Parts of the texts of foreign rows, which the test itself sends nowhere as a whole.
FOREIGN = "zebrafish"
SEARCHES = ("zebr", "zebrafis", "Customer", "@", "aard", "ebraf", "")
# They read no rows, or under conditions that have the limit.
REVIEWED = {
    "customers/admin/customer_actions.py": ["named_rows("],
    "customers/admin/index_customers.py": ["cursor("],
    "customers/admin/index_months.py": ["cursor("],
    "customers/admin/metadata_actions.py": ["named_rows("],
    "fluxrate/admin/actions.py": ["named_rows("],
    "fluxrate/admin/csv_copy.py": ["cursor("],
    "fluxrate/admin/deletion.py": ["QuerySet(model)"],
}


@pytest.fixture
def own():
    return Rows("aardvark")


@pytest.fixture
def other():
    return Rows(FOREIGN)


@pytest.fixture
def limited(own):
    return everything(own.organization)


def rows(owner):
    """What belongs to an organization, to be compared."""
    return {
        model._meta.label: list(models.QuerySet(model).filter(**key).values())
        for model in apps.get_models()
        if issubclass(model, Recorded)
        for key in [{"organization": owner} if _is_owned(model) else {"pk": owner.pk}]
    }


def _is_owned(model):
    return any(field.name == "organization" for field in model._meta.fields)


def queries(chance, other):
    """A query of a list, of a suggestion or of Find."""
    model = chance.choice([Customer, Plan, Subscription, User, ApiKey])
    opts = model._meta
    field = chance.choice(["customer", "plan"])
    return chance.choice(
        [
            {},
            {"q": chance.choice(SEARCHES)},
            {"q": str(other.pk(model))},
            {"organization": str(other.organization.pk)},
            {"organization": str(other.organization.pk), "q": chance.choice(SEARCHES)},
            {"customer__id__exact": str(other.pk(Customer))},
            {"p": "1", "all": ""},
            {"object_type": opts.model_name},
            {
                "term": chance.choice(SEARCHES),
                "app_label": "customers",
                "model_name": "subscription",
                "field_name": field,
            },
        ]
    )


def actions_on(chance, other):
    """An action on a row of the other organization."""
    model = chance.choice(registered())
    names = [action.name for action in admin.site._registry[model].actions or ()]
    name = chance.choice([*names, "delete_selected"])
    opts = model._meta
    return (
        reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist"),
        {"action": name, "_selected_action": [str(other.pk(model))], "reason": "no"},
    )


def random_request(chance, limited, other):
    """An address and the response to it."""
    method = chance.choice(["get", "get", "post", "action"])
    path = chance.choice([*addresses(), "/admin/search", "/admin/autocomplete/"])
    url, data = other.url(path), {}
    if method == "get":
        data = queries(chance, other)
    elif method == "post":
        data = {"post": "yes", "name": "Mine", "reason": "no"}
    else:
        url, data = actions_on(chance, other)
    send = limited.get if method == "get" else limited.post
    return url, send(url, data, follow=True)


def test_200_random_requests_show_and_change_no_foreign_row(own, other, limited):
    chance, before = random.Random(SEED), rows(other.organization)
    seen = 0
    for _ in range(REQUESTS):
        with transaction.atomic():
            url, response = random_request(chance, limited, other)
            assert response.status_code < 500, url
            assert FOREIGN not in response.text.lower(), url
            seen += "aardvark" in response.text
        if "logout" in url or "password" in url:
            limited.force_login(User.objects.get(email="everything@fluxrate.example"))
    assert rows(other.organization) == before
    # The requests do reach rows: those of the member's own organization are shown.
    assert seen > REQUESTS / 10


def test_each_own_row_is_shown_on_its_page(own, limited):
    for model in {*registered()} - {Group}:
        opts = model._meta
        name = f"admin:{opts.app_label}_{opts.model_name}"
        page = limited.get(reverse(f"{name}_change", args=[own.pk(model)]))
        assert page.status_code == 200, model
        assert str(own.pk(model)) in limited.get(reverse(f"{name}_changelist")).text


def test_the_first_page_counts_own_rows_only(own, other, limited):
    page = limited.get("/admin/").context
    assert [number.value for number in page["customer_counts"]] == [1, 0]
    assert page["charts"][0].months[-1].rows == 1
    assert page["charts"][1].months[-1].rows == 1


def test_a_row_of_another_organization_cannot_be_referred_to(own, other, limited):
    form = {
        "organization": other.organization.pk,
        "name": "Mine",
        "email": "mine@acme.example",
    }
    answer = limited.post("/admin/customers/customer/add/", form)
    assert "organization" in answer.context["adminform"].form.errors
    form = {"customer": own.pk(Customer), "plan": other.pk(Plan)}
    answer = limited.post("/admin/customers/subscription/add/", form)
    assert "plan" in answer.context["adminform"].form.errors


def test_limited_staff_without_an_organization_see_no_row(own, other, limited):
    User.objects.get(email="everything@fluxrate.example").staff_organizations.clear()
    for model in {*registered()} - {Group}:
        opts = model._meta
        page = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
        assert list(limited.get(page).context["cl"].result_list) == [], model


def test_a_deleted_organization_ends_its_part_of_a_limit(own, limited):
    user = User.objects.get(email="everything@fluxrate.example")
    own.organization.delete()
    assert user.limit == ()
    event = Event.objects.filter(object_id=user.pk).order_by("id").last()
    name = f"aardvark Ltd ({own.organization.pk})"
    assert event.changes == {"staff_organizations": [[name], []]}


def test_a_superuser_cannot_be_limited(db):
    user = User.objects.create_superuser("chief@fluxrate.example", "a-long-password")
    user.is_limited = True
    with pytest.raises(ValidationError, match="cannot be limited"):
        user.full_clean()


def test_without_scripts_the_ids_of_organizations_are_written(staff, own, other):
    user = User.objects.create_user("ada@fluxrate.example", is_staff=True)
    page = reverse("admin:organizations_user_change", args=[user.pk])
    assert '<noscript><input type="text" name="staff_organizations"' in (
        staff.get(page).text
    )
    ids = [str(one.organization.pk) for one in (own, other)]
    form = {
        "email": user.email,
        "is_active": "on",
        "is_staff": "on",
        "is_limited": "on",
        "staff_organizations": ", ".join(ids),
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
    }
    staff.post(page, form | {"staff_organizations": "nobody"})
    assert user.staff_organizations.count() == 0
    assert staff.post(page, form).status_code == 302
    assert user.staff_organizations.count() == 2


def test_a_superuser_limits_staff_and_the_event_names_the_organizations(staff, own):
    user = User.objects.create_user("ada@fluxrate.example", is_staff=True)
    page = reverse("admin:organizations_user_change", args=[user.pk])
    form = {
        "email": user.email,
        "is_active": "on",
        "is_staff": "on",
        "is_limited": "on",
        "staff_organizations": [str(own.organization.pk)],
        "memberships-TOTAL_FORMS": "0",
        "memberships-INITIAL_FORMS": "0",
        "reason": "Ticket 17",
    }
    assert staff.post(page, form).status_code == 302
    events = Event.objects.filter(object_id=user.pk, reason="Ticket 17").order_by("id")
    name = f"aardvark Ltd ({own.organization.pk})"
    assert [event.changes for event in events] == [
        {"is_limited": [False, True]},
        {"staff_organizations": [[], [name]]},
    ]


def test_every_list_of_the_admin_begins_with_the_limit():
    for model in {*registered()} - {Group}:
        with limited_to([]):
            assert isinstance(model._default_manager.all(), LimitedQuerySet), model
            assert not model._default_manager.all().exists(), model


@pytest.mark.parametrize("folder", ["fluxrate", "organizations", "customers"])
def test_no_query_of_the_admin_avoids_the_limit(settings, folder):
    """A bare QuerySet and a statement of SQL have no limit: each is reviewed."""
    for path in (settings.BASE_DIR / folder / "admin").rglob("*.py"):
        name = str(Path(path).relative_to(settings.BASE_DIR))
        text = path.read_text()
        for use in (
            "QuerySet(model)",
            "named_rows(",
            "cursor(",
            ".raw(",
            "_base_manager",
        ):
            if use in text:
                assert use in REVIEWED.get(name, []), name


def test_the_first_page_counts_the_countries_of_own_rows_only(own, other, limited):
    for rows, country in ((own, "DE"), (other, "NZ")):
        owned = Customer.objects.filter(organization=rows.organization)
        owned.update(billing_address_country=country)
    page = limited.get("/admin/").content.decode()
    assert "Germany" in page
    assert "New Zealand" not in page


def test_an_export_has_own_rows_only(own, other, limited):
    columns = {"columns": ["name", "email"]}
    file = limited.post("/admin/customers/customer/export/", columns)
    lines = file.getvalue().decode().splitlines()
    assert lines == ["name,email", "aardvark Customer,aardvark@aardvark.example"]


def test_an_action_on_the_whole_list_changes_own_rows_only(own, other, limited):
    page = "/admin/customers/customer/"
    form = {"action": "mark_inactive", "select_across": "1", "index": "0"}
    question = limited.post(page, form | {"_selected_action": [own.pk(Customer)]})
    limited.post(question["Location"], {"reason": "Ticket 17"})
    inactive = Customer.objects.filter(status="INACTIVE")
    assert [row.pk for row in inactive] == [own.pk(Customer)]


def test_staff_who_are_limited_to_several_find_the_rows_of_all_of_them(
    own, other, limited
):
    third = Rows("wombat")
    user = User.objects.get(email="everything@fluxrate.example")
    user.staff_organizations.add(third.organization)
    for text, names in (("Customer", {"aardvark", "wombat"}), ("wombat", {"wombat"})):
        for page in ("/admin/search", "/admin/customers/customer/"):
            shown = limited.get(page, {"q": text}, follow=True).text
            assert {name for name in names if f"{name} Customer" in shown} == names
            assert FOREIGN not in shown
