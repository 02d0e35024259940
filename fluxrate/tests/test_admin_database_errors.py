"""The admin while PostgreSQL is unreachable or slow, or a row is locked."""

import json
import os
import subprocess
import sys
from contextlib import contextmanager
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.urls import reverse

from customers.models import Customer

# Runs in a process of its own, whose database is a socket without a server.
ASK = """
import json, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["admin_session"] = "a" * 32
answers = []
for method, path in {asked!r}:
    answer = client.generic(method, path)
    body = b"".join(answer) if answer.streaming else answer.content
    answers.append([path, answer.status_code, dict(answer.headers), body.decode()])
print(json.dumps(answers))
"""
ID = "0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"
AWAY = [
    ("GET", "/admin/"),
    ("GET", "/admin/login/"),
    ("POST", "/admin/login/"),
    ("GET", "/admin/customers/customer/"),
    ("GET", f"/admin/customers/customer/{ID}/change/"),
    ("POST", f"/admin/customers/customer/{ID}/change/"),
    ("POST", "/admin/customers/customer/"),
    ("GET", "/admin/autocomplete/"),
    ("GET", "/admin/nowhere/"),
]
THERE = ["/", "/docs", "/redoc", "/openapi.yaml", "/join", "/reset-password"]
THERE += ["/confirm-email", "/livez"]


def without_a_database(folder, asked):
    away = f"postgresql://fluxrate@/fluxrate?host={quote(str(folder), safe='')}"
    environment = os.environ | {
        "DATABASE_URL": away,
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "ALLOWED_HOSTS": "testserver",
    }
    asking = subprocess.run(
        [sys.executable, "-c", ASK.format(asked=asked)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(asking.stdout.splitlines()[-1])


def test_pages_that_need_the_database_answer_503_with_retry_after(
    tmp_path, static_files
):
    answers = without_a_database(tmp_path, AWAY)
    assert len(answers) == len(AWAY)
    for path, status, headers, text in answers:
        assert status == 503, (path, text)
        assert int(headers["Retry-After"]) >= 1
        assert headers["Content-Type"].startswith("text/html")
        assert headers["Cache-Control"] == "no-store"
        assert "The database is unavailable. Try again." in text
        assert headers["X-Request-ID"] in text
        assert 'href="/admin/"' in text


def test_pages_that_do_not_need_the_database_are_served(tmp_path, static_files):
    asked = [("GET", path) for path in THERE]
    for path, status, _, text in without_a_database(tmp_path, asked):
        assert status == 200, (path, text)


@pytest.fixture
def ada(acme):
    return Customer.objects.create(
        organization=acme.organization, name="Ada", email="ada@acme.example"
    )


@contextmanager
def held(statement, parameters=(), **timeouts):
    """Another connection holds a lock, for which ours waits a short time."""
    holder = connection.copy()
    with connection.cursor() as cursor:
        for name, value in timeouts.items():
            cursor.execute(f"SET {name} = '{value}'")
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(statement, parameters)
            yield
    finally:
        holder.close()
        with connection.cursor() as cursor:
            for name in timeouts:
                cursor.execute(f"RESET {name}")


LIST = "/admin/customers/customer/"


@pytest.mark.django_db(transaction=True)
def test_a_page_that_takes_too_long_says_so(staff: Client):
    lock = "LOCK TABLE customers_customer IN ACCESS EXCLUSIVE MODE"
    with held(lock, statement_timeout="100ms"):
        answer = staff.get(LIST)
    assert answer.status_code == 503
    assert answer["Retry-After"]
    assert "took too long and was stopped" in answer.text
    assert "Choose an organization" in answer.text


def typed(customer):
    return {
        "name": "Ada King",
        "email": customer.email,
        "status": "ACTIVE",
        "metadata": "{}",
        "revision": str(customer.revision),
    }


@pytest.mark.django_db(transaction=True)
def test_a_locked_row_is_an_error_on_a_form_with_the_typed_values(staff, ada):
    page = reverse("admin:customers_customer_change", args=[ada.pk])
    row = "SELECT id FROM customers_customer WHERE id = %s FOR UPDATE"
    with held(row, [ada.pk], lock_timeout="50ms"):
        answer = staff.post(page, typed(ada))
    assert answer.status_code == 200
    assert "Another request is changing this right now. Try again." in answer.text
    assert 'value="Ada King"' in answer.text


@pytest.mark.django_db(transaction=True)
def test_an_action_on_a_locked_row_is_an_error_on_its_page(staff, ada):
    chosen = {"action": "mark_inactive", "_selected_action": ada.pk}
    url = staff.post(LIST, chosen)["Location"]
    row = "SELECT id FROM customers_customer WHERE id = %s FOR UPDATE"
    with held(row, [ada.pk], lock_timeout="50ms"):
        answer = staff.post(url, {}, follow=True)
    assert "Another request is changing this right now" in answer.text
    ada.refresh_from_db()
    assert ada.status == "ACTIVE"
