"""No URL of the admin answers a malformed request with a server error.

The addresses come from the resolver, so that a new page is walked as well. The suite
asks a part of all pairs, each address and each oddity several times: `make walk` all.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import quote

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import URLPattern, URLResolver

from customers.models import Customer, Plan, Subscription
from organizations.models import ApiKey, Invitation, User

STEP = 1 if os.environ.get("WALK") == "all" else 4
NIL = "00000000-0000-0000-0000-000000000000"
# As written in a URL: a NUL, a lone surrogate, bytes that are not UTF-8.
RAW = ("%00", "%ED%A0%80", "%FF%FE", "abc", "9" * 40, "-1", NIL, "_0A", "%2F..")
BAD = ("%00", "%ED%A0%80", "abc", "9" * 40)
FORM = "application/x-www-form-urlencoded"
BODIES = (
    (f"{FORM}; charset=utf-32", "name=Ada&email=a%40b.example".encode("utf-32")),
    (f"{FORM}; charset=utf-16", b"name=Ada"),
    (f"{FORM}; charset=latin-1", b"name=%E9"),
    (f"{FORM}; charset=no-such-charset", b"name=Ada"),
    (f"{FORM}; charset=idna", b"name=" + b"a" * 100),
    (f"{FORM}; charset=utf-7", b"name=+2AA-"),
    (FORM, b"name=%00&email=%00&reason=%00&action=%00&_selected_action=%00"),
    (FORM, b"name=%ED%A0%80&email=%FF&_selected_action=%ED%A0%80&action=x"),
    (FORM, b"&".join(b"%s=%s" % (n, b"9" * 400) for n in (b"name", b"trial_days"))),
    (FORM, b"memberships-TOTAL_FORMS=x&memberships-INITIAL_FORMS=-1"),
    (FORM, b"memberships-TOTAL_FORMS=" + b"9" * 5000),
    (FORM, b"action=delete_selected&post=yes&_selected_action=abc&index=x"),
    (FORM, b"action=delete_selected&select_across=x&index=99999999999999999999"),
    (FORM, b"&".join(b"f%d=" % number for number in range(1500))),
    ("multipart/form-data", b"name=Ada"),
    ("multipart/form-data; boundary=", b"--\r\n"),
    ("multipart/form-data; boundary=\xe9", b"--\r\n"),
    (
        "multipart/form-data; boundary=x; charset=utf-32",
        b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\nAda\r\n--x--\r\n',
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\nContent-Disposition: form-data; name="name"\n'.replace(b"\n", b"\r\n")
        + b"Content-Transfer-Encoding: base64\r\n\r\n!!!\r\n--x--\r\n",
    ),
    (
        "multipart/form-data; boundary=x",
        b'--x\r\nContent-Disposition: form-data; name="a"; filename="\x00"\r\n\r\n--x',
    ),
    ("application/json", b'{"name": "\\ud800"}'),
    ("text/plain", b"\x00"),
    ("", b"name=Ada"),
    ("/", b""),
)


def routes(patterns=None, before="admin/") -> Iterator[str]:
    """Every URL pattern of the admin."""
    for pattern in admin.site.urls[0] if patterns is None else patterns:
        route = before + str(pattern.pattern).removeprefix("^").removesuffix("$")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield "/" + route


PART = re.compile(r"<[^>]*>|\(\?P<[^)]*\)")


def filled(route: str, value: str, first: str = "") -> str:
    """The URL with the value in each of its parts, or with another in the first."""
    route = PART.sub(lambda _: first, route, count=1) if first else route
    return PART.sub(lambda _: value, route)


ROUTES = sorted(set(routes()))
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


@pytest.fixture
def walker(staff):
    """A superuser's browser that gets 500 instead of an exception."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies = staff.cookies
    client.cookies["csrftoken"] = "a" * 32
    return client


@pytest.fixture
def rows(acme):
    """A row of each model."""
    mine = {"organization": acme.organization}
    plan = Plan.objects.create(name="Pro", **mine)
    customer = Customer.objects.create(name="Ada", email="ada@acme.example", **mine)
    Subscription.begin(at=datetime.now(UTC), customer=customer, plan=plan, **mine)
    ApiKey.issue(name="A", scopes=["customers.read"], **mine)
    acme.api.post("/api/v1/invitations", {"email": "b@b.example", "role": "VIEWER"})
    Group.objects.create(name="Support")
    return {model: model.objects.first() for model in MODELS}


def ask(walker, address, query="", method="GET", body=b"", kind=FORM):
    answer = walker.generic(
        method,
        address,
        body,
        content_type=kind,
        QUERY_STRING=query,
        headers={"X-CSRFToken": "a" * 32},
    )
    return answer.status_code


def refused(broken):
    """The requests that were answered with 500."""
    return [request for request, status in broken if status >= 500]


def test_every_kind_of_page_is_requested():
    assert len(MODELS) >= 10
    for part in ("login/", "jsi18n/", "autocomplete/", "password_change/", "history/"):
        assert any(part in route for route in ROUTES), part
    assert Invitation in MODELS


def part(pairs, shift=0):
    """Every STEP-th request."""
    return list(pairs)[shift % STEP :: STEP]


@pytest.mark.parametrize("number", range(len(RAW)))
@pytest.mark.usefixtures("rows")
def test_a_malformed_id_is_no_server_error(walker, number):
    value = RAW[number]
    named = [route for route in ROUTES if PART.search(route)]
    asked = [
        ((method, address), ask(walker, address, method=method))
        for route in part(named, number)
        for address in {filled(route, value), filled(route, value, "1")}
        for method in ("GET", "POST")
    ]
    assert refused(asked) == []


def parameters(model) -> list[str]:
    """The parameters of the list and the form of the model."""
    options = admin.site.get_model_admin(model)
    filters = [
        each if isinstance(each, str) else each.parameter_name
        for each in options.list_filter
    ]
    fields = [field.name for field in model._meta.fields]
    named = [f"{name}{look}" for name in fields for look in ("", "__exact")]
    django = ["q", "p", "o", "e", "all", "_popup", "_to_field", "_changelist_filters"]
    return sorted({*filters, *named, *django, "user__email", "organization__name"})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_malformed_parameter_is_no_server_error(walker, rows, model):
    base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
    queries = [
        (address, f"{name}={value}")
        for address in (base, f"{base}add/")
        for value in BAD
        for name in parameters(model)
        if address == base or "__" not in name
    ]
    asked = [(pair, ask(walker, *pair)) for pair in part(queries, MODELS.index(model))]
    assert refused(asked) == []


@pytest.mark.usefixtures("rows")
def test_several_malformed_parameters_are_no_server_error(walker, acme):
    customer = Customer.objects.get()
    form = "/admin/customers/subscription/add/"
    queries = [
        (form, f"customer={one}&plan={two}&start_date={when}&billing_interval={two}")
        for one in (NIL, customer.pk, "abc", "%00")
        for two in (NIL, "abc", "%00")
        for when in ("abc", "2026-13-45", "%00", "0001-01-01", "9999-12-31T23:59:59")
    ]
    suggest = "/admin/autocomplete/"
    queries += [
        (suggest, f"app_label={a}&model_name={b}&field_name={c}&term={d}&page={e}")
        for a, b, c in (
            ("customers", "subscription", "customer"),
            ("customers", "subscription", "plan"),
            ("organizations", "membership", "user"),
            ("customers", "customer", "name"),
            ("customers", "%00", "x"),
            ("%00", "customer", "%ED%A0%80"),
            ("auth", "group", "permissions"),
        )
        for d in ("", "%00", "%ED%A0%80", "9" * 40, NIL)
        for e in ("1", "0", "-1", "abc", "9" * 30, "%00")
    ]
    queries += [(suggest, f"app_label=customers&organization={bad}") for bad in RAW]
    queries += [("/admin/login/", f"next={bad}") for bad in RAW]
    question = "/admin/customers/customer/action/mark_inactive/"
    queries += [(question, f"selection={bad * 9}") for bad in RAW]
    asked = [((path, query), ask(walker, path, query)) for path, query in part(queries)]
    assert refused(asked) == []


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_malformed_body_is_no_server_error(walker, rows, number):
    kind, body = BODIES[number]
    addresses = {route for route in ROUTES if not PART.search(route)}
    for model, row in rows.items():
        base = f"/admin/{model._meta.app_label}/{model._meta.model_name}/"
        if row is not None:
            pages = ("change", "delete", "history")
            addresses |= {f"{base}{row.pk}/{page}/" for page in pages}
    user = User.objects.first()
    addresses |= {f"/admin/organizations/user/{user.pk}/password/", "/admin/nowhere/x"}
    # After a logout every page redirects to the login.
    asked = [
        (address, ask(walker, address, method="POST", body=body, kind=kind))
        for address in part(sorted(addresses - {"/admin/logout/"}), number)
    ]
    assert refused(asked) == []


@pytest.mark.parametrize("number", range(len(BODIES)))
def test_a_malformed_request_without_login_is_no_server_error(db, static_files, number):
    kind, body = BODIES[number]
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    client.cookies["csrftoken"] = "a" * 32
    for name in ("admin_session", "csrftoken", "messages"):
        client.cookies[name] = "a" * 32 if name == "csrftoken" else "\\000\\377"
        for address in ("/admin/login/", "/admin/", "/admin/customers/customer/"):
            status = ask(client, address, method="POST", body=body, kind=kind)
            assert status < 500, (address, name)


@pytest.mark.parametrize("kind", [kind for kind, _ in BODIES[:6]])
def test_a_malformed_content_type_is_no_server_error(walker, rows, kind):
    """Django decodes the URL in the charset of the body's content type."""
    addresses = [filled(route, quote("é")) for route in ROUTES]
    asked = [
        (address, ask(walker, address, "q=%E9&p=1", kind=kind))
        for address in addresses
        if "logout" not in address
    ]
    assert refused(asked) == []


def test_the_url_of_view_on_site_does_not_exist(walker):
    assert ask(walker, "/admin/r/1/abc/") == 404


def test_a_query_string_fills_a_form_with_its_valid_values(walker, rows):
    customer = rows[Customer]
    query = f"customer={customer.pk}&start_date=2026-01-02T03:04:05&external_id=a"
    page = walker.get(f"/admin/customers/subscription/add/?{query}").text
    for value in (customer.pk, "2026-01-02", "03:04:05", "a"):
        assert f'value="{value}"' in page
