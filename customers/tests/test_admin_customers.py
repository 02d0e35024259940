"""Customers in the admin, over HTTP."""

import pytest
from django.urls import reverse

from customers.models import Customer
from fluxrate.tests.admin_actions import run_action

LIST = "/admin/customers/customer/"
ADD = f"{LIST}add/"


def change(record):
    return reverse("admin:customers_customer_change", args=[record.pk])


def overview(record):
    return reverse("admin:customers_customer_overview", args=[record.pk])


def typed(acme, **fields):
    """The form as a browser sends it."""
    return {
        "organization": str(acme.organization.pk),
        "name": "Ada",
        "email": "ada@example.com",
        "status": "ACTIVE",
        "metadata": "{}",
    } | fields


def customer(acme, name="Ada", **fields):
    return Customer.objects.create(
        organization=acme.organization, name=name, email="ada@example.com", **fields
    )


def errors(answer):
    """The errors of the rejected form, by field."""
    assert answer.status_code == 200, answer.status_code
    return dict(answer.context["adminform"].form.errors)


@pytest.fixture
def ada(acme):
    return customer(acme, external_id="a-1")


def test_a_customer_is_added(acme, staff):
    answer = staff.post(ADD, typed(acme, metadata='{"tier": " gold "}'))
    assert answer.status_code == 302, errors(answer)
    made = Customer.objects.get()
    assert (made.name, made.metadata) == ("Ada", {"tier": "gold"})
    assert made.external_id is None
    assert made.organization == acme.organization


def test_a_customer_is_changed_and_keeps_its_organization(acme, globex, staff, ada):
    moved = typed(acme, name="Ada King", organization=str(globex.organization.pk))
    assert staff.post(change(ada), moved).status_code == 302
    ada.refresh_from_db()
    assert (ada.name, ada.organization) == ("Ada King", acme.organization)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "\u200b"),
        ("name", "a\0b"),
        ("name", "a\x07b"),
        ("name", "x" * 256),
        ("email", "nobody"),
        ("email", "x" * 250 + "@example.com"),
        ("status", "GONE"),
        ("external_id", "x" * 256),
        ("phone", "1" * 51),
        ("billing_address_country", "XX"),
        ("organization", "not-an-id"),
        ("organization", "0193f000-0000-7000-8000-000000000000"),
        ("metadata", "{"),
        ("metadata", "[]"),
        ("metadata", "0"),
        ("metadata", '"text"'),
        ("metadata", '{"a": {"b": "c"}}'),
        ("metadata", '{"a": 1}'),
        ("metadata", '{"a": null}'),
        ("metadata", '{"a": "1", "a": "2"}'),
        ("metadata", r'{"a": "\u0000"}'),
        ("metadata", r'{"a": "\ud800"}'),
        ("metadata", '{"": "x"}'),
        ("metadata", '{"%s": "x"}' % ("k" * 41)),
        ("metadata", '{"a": "%s"}' % ("v" * 501)),
        ("metadata", "[" * 100_000),
        ("metadata", "1" * 5_000),
    ],
)
def test_a_bad_value_is_an_error_at_its_field(acme, staff, field, value):
    answer = staff.post(ADD, typed(acme, **{field: value}))
    assert list(errors(answer)) == [field]
    assert not Customer.objects.exists()


@pytest.mark.parametrize("metadata", ["", "null", "  ", "{}"])
def test_no_metadata_is_an_empty_map(acme, staff, metadata):
    answer = staff.post(ADD, typed(acme, metadata=metadata))
    assert answer.status_code == 302, errors(answer)
    assert Customer.objects.get().metadata == {}


def test_a_taken_external_id_is_an_error_at_its_field(acme, globex, staff, ada):
    again = staff.post(ADD, typed(acme, external_id="a-1"))
    assert errors(again) == {"external_id": ["Another customer has this external_id."]}
    other = customer(acme, "Grace", external_id="g-1")
    answer = staff.post(change(other), typed(acme, external_id=" a-1 "))
    assert list(errors(answer)) == ["external_id"]
    elsewhere = typed(acme, external_id="a-1", organization=str(globex.organization.pk))
    assert staff.post(ADD, elsewhere).status_code == 302


@pytest.mark.parametrize("form_error", [{}, {"email": "nobody"}])
def test_each_violated_constraint_is_an_error_at_its_field(
    acme, staff, ada, form_error
):
    other = customer(acme, "Grace")
    data = typed(acme, external_id="a-1", metadata='{"a": 1}', **form_error)
    for page in (ADD, change(other)):
        answer = staff.post(page, data)
        by_field = errors(answer)
        assert by_field.keys() == {"external_id", "metadata", *form_error}
        assert {len(sentences) for sentences in by_field.values()} == {1}
        form = answer.context["adminform"].form
        assert form["external_id"].value() == "a-1"
        assert form["metadata"].value() == '{"a": 1}'
    other.refresh_from_db()
    assert other.external_id is None


def test_an_external_id_taken_meanwhile_is_an_error_at_its_field(
    acme, staff, ada, monkeypatch
):
    """Another request takes it between the form's validation and the INSERT."""
    monkeypatch.setattr(Customer, "validate_constraints", lambda *_, **__: None)
    answer = staff.post(ADD, typed(acme, external_id="a-1"))
    assert errors(answer) == {"external_id": ["Another customer has this external_id."]}
    assert Customer.objects.count() == 1


@pytest.mark.parametrize(
    "query",
    [
        {},
        {"q": "Ada"},
        {"q": "a-1"},
        {"q": "ada@"},
        {"status": "ACTIVE"},
        {"status__exact": "ACTIVE"},
        {"o": "1"},
        {"o": "-7"},
        {"p": "1"},
        {"all": ""},
    ],
)
def test_the_list_finds_the_customer(staff, ada, query):
    answer = staff.get(LIST, query)
    assert answer.status_code == 200, answer.headers
    assert overview(ada) in answer.text


@pytest.mark.parametrize(
    "query", [{"q": "zzz"}, {"q": "\0"}, {"q": "Ada\0"}, {"status__exact": "INACTIVE"}]
)
def test_the_list_omits_customers_that_do_not_match(staff, ada, query):
    answer = staff.get(LIST, query, follow=True)
    assert answer.status_code == 200
    assert overview(ada) not in answer.text


def test_an_invalid_filter_shows_the_whole_list_with_a_warning(staff, ada):
    answer = staff.get(LIST, {"status__exact": "\0"}, follow=True)
    assert "The filter was not understood." in answer.text


def test_the_list_finds_a_customer_by_id(acme, staff, ada):
    other = customer(acme, "Grace")
    answer = staff.get(LIST, {"q": str(ada.pk)})
    assert overview(ada) in answer.text
    assert overview(other) not in answer.text


def test_the_list_is_filtered_by_organization(acme, globex, staff, ada):
    for owner, seen in ((acme, True), (globex, False)):
        answer = staff.get(LIST, {"organization": str(owner.organization.pk)})
        assert (overview(ada) in answer.text) is seen


@pytest.mark.parametrize(
    "query",
    [
        {"q": "\0"},
        {"q": "%"},
        {"q": "x" * 5_000},
        {"organization": "x"},
        {"organization": "\0"},
        {"status__exact": "\0"},
        {"created_at__gte": "never"},
        {"nothing": "1"},
        {"p": "-1"},
        {"p": "9" * 30},
        {"p": "x"},
        {"o": "99.x.-"},
        {"_facets": "True"},
    ],
)
def test_no_query_breaks_the_list(staff, ada, query):
    assert staff.get(LIST, query, follow=True).status_code == 200


def test_the_list_costs_the_same_for_one_and_for_fifty(
    acme, staff, ada, django_assert_num_queries
):
    """Session, user, views, the count, the rows, their live subscriptions."""
    staff.get(LIST)
    with django_assert_num_queries(6):
        staff.get(LIST)
    for number in range(49):
        customer(acme, f"Customer {number}")
    with django_assert_num_queries(6):
        staff.get(LIST)


def test_a_list_that_exceeds_the_count_says_so(acme, staff, ada, monkeypatch):
    customer(acme, "Grace")
    monkeypatch.setattr("fluxrate.admin.changelist.MAX_COUNTED", 1)
    assert "More than 1 customer" in staff.get(LIST).text


def test_customers_are_marked_inactive_once_confirmed(acme, staff, ada):
    other = customer(acme, "Grace")
    chosen = {"action": "mark_inactive", "_selected_action": [ada.pk, other.pk]}
    asked = staff.post(LIST, chosen, follow=True)
    assert "Grace" in asked.text
    assert Customer.objects.filter(status="ACTIVE").count() == 2
    both = [ada, other]
    done = run_action(staff, LIST, "mark_inactive", both, follow=True)
    assert "<strong>2</strong> changed" in done.text
    assert Customer.objects.filter(status="INACTIVE").count() == 2
    assert run_action(staff, LIST, "mark_active", [ada])["Location"] == overview(ada)
    ada.refresh_from_db()
    assert ada.status == "ACTIVE"


@pytest.mark.parametrize("pk", ["x", "\0", "0193f000-0000-7000-8000-000000000000"])
def test_an_action_on_an_unknown_record_changes_nothing(staff, ada, pk):
    chosen = {"action": "mark_inactive", "_selected_action": pk}
    assert staff.post(LIST, chosen, follow=True).status_code == 200
    ada.refresh_from_db()
    assert ada.status == "ACTIVE"


def test_a_customer_is_deleted_with_its_subscriptions(staff, ada, subscribe):
    subscribe(ada)
    subscribe(ada)
    page = reverse("admin:customers_customer_delete", args=[ada.pk])
    asked = staff.get(page)
    assert "2 Active" in asked.text
    answer = staff.post(page, {"post": "yes", "name": "Ada"}, follow=True)
    assert "was deleted successfully" in answer.text
    assert not Customer.objects.exists()


def test_selected_customers_are_deleted(staff, acme, ada):
    chosen = {"action": "delete_selected", "_selected_action": ada.pk}
    assert "<strong>1</strong> customer" in staff.post(LIST, chosen, follow=True).text
    done = run_action(staff, LIST, "delete_selected", [ada], follow=True)
    assert "1 customer deleted." in done.text
    assert not Customer.objects.exists()


def test_the_page_of_a_deletion_loads_no_related_records(
    staff, ada, subscribe, django_assert_num_queries
):
    page = reverse("admin:customers_customer_delete", args=[ada.pk])
    subscribe(ada)
    with django_assert_num_queries(9):
        staff.get(page)
    subscribe(ada)
    with django_assert_num_queries(9):
        staff.get(page)


def test_the_url_of_an_unknown_customer_redirects(staff):
    for pk in ("x", "0193f000-0000-7000-8000-000000000000"):
        answer = staff.get(f"{LIST}{pk}/change/", follow=True)
        assert answer.status_code == 200
