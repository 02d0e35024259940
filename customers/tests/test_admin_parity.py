"""One table of values: the admin's form gives the API's verdict, in the same words."""

import pytest

from customers.models import Customer
from customers.tests.test_admin_concurrent_edits import opened, page_of

LONG = "x" * 256
VALUES = [
    *(("name", value) for value in ("", " ", "\u200b", LONG, "a\nb", "a\x07b", "Ada")),
    *(("email", value) for value in ("", "nobody", "a@b", f"{LONG}@b.co", "a@b.co,")),
    *(("email", value) for value in ("Ada <a@b.co>", " A@B.co ", "ä@b.co", "a@b.co\n")),
    *(("external_id", value) for value in ("taken", "TAKEN", LONG, "a\tb", "a b", "")),
    *(("phone", value) for value in ("x" * 51, "+1 (2) 3", "1\n2", "")),
    *(("billing_address_line1", value) for value in (LONG, "a\u2028b", "Straße 1")),
    ("billing_address_line2", LONG),
    ("billing_address_city", LONG),
    ("billing_address_city", "Köln"),
    ("billing_address_state", LONG),
    *(("billing_address_postal_code", value) for value in ("1" * 51, "50667")),
]


@pytest.fixture
def ada(acme):
    common = {"organization": acme.organization, "email": "ada@example.com"}
    Customer.objects.create(name="Grace", external_id="taken", **common)
    return Customer.objects.create(name="Ada Lovelace", **common)


def verdict_of_api(acme_api, ada, field, value):
    answer = acme_api.patch(f"/api/v1/customers/{ada.pk}", {field: value or None})
    if value == "" and field in {"name", "email"}:
        answer = acme_api.patch(f"/api/v1/customers/{ada.pk}", {field: ""})
    if answer.status_code == 200:
        return []
    assert answer.status_code in {409, 422}, answer.content
    body = answer.json()
    errors = body.get("errors") or [{"field": field, "message": body["detail"]}]
    assert {each["field"] for each in errors} == {field}
    return [each["message"] for each in errors]


@pytest.mark.parametrize(("field", "value"), VALUES)
def test_the_form_gives_the_verdict_of_the_api(staff, acme_api, ada, field, value):
    form = opened(staff, ada)
    answer = staff.post(page_of(ada), form | {field: value})
    by_form: list[str] = []
    if answer.status_code == 200:
        errors = answer.context["adminform"].form.errors
        assert errors.keys() == {field}
        by_form = list(errors[field])
    stored = Customer.objects.get(pk=ada.pk)
    Customer.objects.filter(pk=ada.pk).update(**{field: getattr(ada, field)})
    assert by_form == verdict_of_api(acme_api, ada, field, value)
    assert getattr(Customer.objects.get(pk=ada.pk), field) == getattr(stored, field)
