"""A blank is no id: no address, filter or lookup takes it for "without a value"."""

from urllib.parse import quote

import pytest
from django.apps import apps
from django.db import transaction

from customers.models import Customer
from fluxrate.tests.route_walk import BASE, Route, World, routes
from fluxrate.tests.test_tenant_isolation import parameters
from fluxrate.text import LineField

pytestmark = pytest.mark.django_db
URL = f"{BASE}/customers"
ADA = {"name": "Ada", "email": "ada@example.com"}
BLANKS = [
    " ",
    "  ",
    "\u00a0",
    "\u1680",
    "\u2003",
    "\u2028",
    "\u202f",
    "\u205f",
    "\u3000",
    "\u00ad",
    "\u115f",
    "\u200b",
    "\u200d",
    "\u2800",
    "\u3164",
    "\ufe0f",
    "\ufeff",
    "\u200b \u00a0",
]
FORMS = [*BLANKS, "null", "None", "undefined", "%00", ","]
LISTS = [
    route
    for route in routes()
    if "GET" in route.methods and not route.path.endswith("}")
]
BLANK_FIELDS = [
    (model, field.name)
    for model in apps.get_models()
    for field in model._meta.concrete_fields
    if isinstance(field, LineField) and field.null
]


def at(external_id):
    return f"{URL}/external/{quote(external_id, safe='')}"


@pytest.fixture(scope="module")
def world(django_db_setup, django_db_blocker):
    with django_db_blocker.unblock(), transaction.atomic():
        yield World()
        transaction.set_rollback(True)


@pytest.fixture
def ada(world):
    """A customer without an external id."""
    return world.acme.api.post(URL, ADA).json()


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
def test_a_blank_external_id_is_nobody_s(world, ada, blank):
    acme_api, before = world.acme.api, Customer.objects.count()
    for query in ("", "?as_of=2999-01-01T00:00:00Z", "?fields=name"):
        assert acme_api.get(at(blank) + query).status_code == 404
    assert acme_api.delete(at(blank)).status_code == 404
    answer = acme_api.put(at(blank), ADA | {"name": "Eve"})
    assert answer.status_code == 422
    assert answer.json()["errors"] == [
        {
            "field": "external_id",
            "code": "blank",
            "message": "At least one visible character is needed.",
        }
    ]
    assert acme_api.get(f"{URL}/{ada['id']}").json() == ada
    assert Customer.objects.count() == before


@pytest.mark.parametrize("route", LISTS, ids=lambda route: route.path)
def test_a_blank_filter_finds_nobody(world, route: Route):
    """Every parameter of every list, with every form of a blank: refused, or empty."""
    owner = world.callers["owner"]
    for name in parameters(route):
        if name in {"page", "page_size", "ordering", "fields", "include"}:
            continue
        for blank in FORMS:
            key = f"{name}[a]" if name == "metadata" else name
            answer = owner.get(route.url(world.ids, **{key: blank}))
            assert answer.status_code in {200, 400}, (name, blank)
            if answer.status_code == 200:
                assert answer.json().get("data") == [], (name, blank)


@pytest.mark.parametrize(("model", "name"), BLANK_FIELDS)
@pytest.mark.parametrize("blank", ["", *BLANKS[:3]], ids=ascii)
def test_no_lookup_takes_a_blank_for_null(world, model, name, blank):
    model.objects.filter(pk__in=model.objects.values("pk")).update(**{name: blank})
    without = model.objects.filter(**{f"{name}__isnull": True})
    assert without.count() == model.objects.count()
    for lookup in ("exact", "iexact"):
        assert not model.objects.filter(**{f"{name}__{lookup}": blank}).exists()
    assert not model.objects.filter(**{f"{name}__in": [blank]}).exists()


def test_a_blank_is_written_as_null_whichever_way(world):
    here = {"organization": world.acme.organization, "name": "Ada", "email": "a@b.co"}
    one = Customer.objects.create(external_id=" ", **here)
    Customer.objects.bulk_create([Customer(external_id="\u00a0", **here)])
    one.phone = ""
    one.save()
    Customer.objects.bulk_update([one], ["phone"])
    other, created = Customer.objects.get_or_create(external_id=" ", defaults=here)
    assert created
    assert other.pk != one.pk
    ada = Customer.objects.filter(name="Ada", external_id=None, phone=None)
    assert ada.count() == 3
