"""One table of values: the forms of plans and subscriptions give the API's verdict."""

import pytest

from customers.models import Customer, Plan, Subscription
from customers.tests.test_admin_concurrent_edits import opened, page_of
from fluxrate.tests.html_form import form_of

LONG = "x" * 256
OF_PLANS = [
    *(("name", value) for value in ("", " ", "\u200b", LONG, "a\nb", "a\x07b", "Pro")),
    *(("lookup_id", value) for value in ("taken", "TAKEN", LONG, "a\tb", "a b", "")),
    *(("type", value) for value in ("USAGE", "fixed", "OTHER", "x" * 300, "")),
    *(("billing_interval", value) for value in ("year", "decade", "")),
    *(("currency", value) for value in ("EUR", "eur", "EURO", "XXL", "€", "")),
    *(("trial_days", value) for value in ("14", "0", "-1", "3651", "1.5", "two", "")),
    ("trial_days", "9" * 30),
    *(("description", value) for value in ("a\nb", "x" * 2001, "a\x07b", " a ", "")),
]
OF_SUBSCRIPTIONS = [
    ("external_id", value) for value in ("taken", "TAKEN", LONG, "a\tb", "a b", "")
]
OF_NEW = [
    *(("billing_interval", value) for value in ("year", "decade")),
    *(("external_id", value) for value in ("taken", LONG, "a\tb", " a ")),
    *(("plan", value) for value in ("inactive", "foreign", "none", "")),
    *(("customer", value) for value in ("inactive", "none", "")),
    *(("start_date", value) for value in ("2999-12-31", "3000-01-01", "1899-12-31")),
    *(("start_date", value) for value in ("2026-02-30", "1900-01-01", "soon")),
    *(("trial_end_date", value) for value in ("2020-01-01", "0001-01-01", "1e3")),
    *(("billing_anchor", value) for value in ("9999-12-31", "2026-01-31")),
]
# A form has two inputs of a time, and rows of every organization to choose from.
OWN_WORDS = {"2026-02-30", "soon", "1e3", "foreign", ""}
NUMBERS = {"trial_days"}
TIMES = {"start_date", "trial_end_date", "billing_anchor"}


def words(answer):
    """The sentences of the API's errors by field."""
    if answer.status_code < 300:
        return {}
    assert answer.status_code in {409, 422}, answer.content
    body = answer.json()
    field = body.get("field") or "__all__"
    errors = body.get("errors") or [{"field": field, "message": body["detail"]}]
    by_field = {}
    for each in errors:
        by_field.setdefault(each["field"], []).append(each["message"])
    return by_field


def as_json(field, value):
    if field in NUMBERS:
        return int(value) if value.lstrip("-").isdecimal() else value
    return value


@pytest.fixture
def rows(acme, subscribe):
    owner = {"organization": acme.organization}
    Plan.objects.create(name="Other", lookup_id="taken", **owner)
    plan = Plan.objects.create(name="Starter", **owner)
    ada = Customer.objects.create(name="Ada", email="ada@acme.example", **owner)
    subscribe(ada, external_id="taken")
    return {"plan": plan, "customer": ada, "subscription": subscribe(ada)}


@pytest.mark.parametrize(
    ("kind", "field", "value"),
    [
        *(("plan", *each) for each in OF_PLANS),
        *(("subscription", *each) for each in OF_SUBSCRIPTIONS),
    ],
)
def test_a_change_gets_the_verdict_of_the_api(
    staff, acme_api, rows, kind, field, value
):
    record = rows[kind]
    path = f"/api/v1/{kind}s/{record.pk}"
    answer = staff.post(page_of(record), opened(staff, record) | {field: value})
    by_form = {}
    if answer.status_code == 200:
        by_form = dict(answer.context["adminform"].form.errors)
    stored = type(record).objects.get(pk=record.pk)
    type(record).objects.filter(pk=record.pk).update(**{field: getattr(record, field)})
    assert by_form == words(acme_api.patch(path, {field: as_json(field, value)}))
    assert getattr(type(record).objects.get(pk=record.pk), field) == getattr(
        stored, field
    )


@pytest.fixture
def ids(acme, globex, rows):
    """The ids of rows by the field of a new subscription, and a word."""
    owner, foreign = {"organization": acme.organization}, globex.organization
    bea = Customer.objects.create(
        name="Bea", email="b@b.co", status="INACTIVE", **owner
    )
    return {
        ("plan", "usual"): rows["plan"].pk,
        ("plan", "inactive"): Plan.objects.create(
            name="Old", is_active=False, **owner
        ).pk,
        ("plan", "foreign"): Plan.objects.create(name="Pro", organization=foreign).pk,
        ("plan", "none"): bea.pk,
        ("customer", "usual"): rows["customer"].pk,
        ("customer", "inactive"): bea.pk,
        ("customer", "none"): rows["plan"].pk,
    }


@pytest.mark.parametrize(("field", "value"), OF_NEW)
def test_a_new_subscription_gets_the_verdict_of_the_api(
    staff, acme_api, ids, field, value
):
    typed = {name: str(ids[name, "usual"]) for name in ("customer", "plan")}
    body = {f"{name}_id": text for name, text in typed.items()}
    if field in typed:
        typed[field] = body[f"{field}_id"] = str(ids.get((field, value), value))
    elif field in TIMES:
        typed |= {f"{field}_0": value, f"{field}_1": "00:00"}
        body[field] = f"{value}T00:00:00Z"
    else:
        typed[field] = body[field] = value
    page = "/admin/customers/subscription/add/"
    form = form_of(staff.get(page).text, "subscription_form")
    answer = staff.post(page, form | typed)
    by_form = {}
    if answer.status_code == 200:
        by_form = dict(answer.context["adminform"].form.errors)
    Subscription.objects.exclude(external_id="taken").delete()
    by_api = {
        name.removesuffix("_id")
        if name in body and name != "external_id"
        else name: each
        for name, each in words(acme_api.post("/api/v1/subscriptions", body)).items()
    }
    assert by_form.keys() == by_api.keys()
    assert by_form == by_api or value in OWN_WORDS
