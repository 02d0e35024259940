"""While PostgreSQL is away, everything is answered 503, and works again after."""

import json
import os
import subprocess
import sys
import time
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import close_old_connections, connection

# Runs in a process of its own, whose database is a socket that nobody listens to.
ASK = """
import json, django
django.setup()
from django.test import Client
client = Client(raise_request_exception=False)
client.cookies["access_token"] = {token!r}
answers = []
for method, path in {asked!r}:
    answer = client.generic(method, path, b"{{}}", content_type="application/json")
    answers.append([answer.status_code, dict(answer.headers), answer.text])
print(json.dumps(answers))
"""
ASKED = [
    ("GET", "/api/v1/customers"),
    ("POST", "/api/v1/customers"),
    ("DELETE", "/api/v1/customers/0193b0c4-7a1e-7c55-9f3c-5d1f0f6a1b2c"),
    ("GET", "/api/v1/auth/me"),
    ("POST", "/api/v1/auth/refresh"),
    ("GET", "/health"),
    ("GET", "/readyz"),
]


def test_nobody_listens(tmp_path, acme_api):
    token = acme_api.cookies["access_token"].value
    away = f"postgresql://fluxrate@/fluxrate?host={quote(str(tmp_path), safe='')}"
    environment = os.environ | {
        "DATABASE_URL": away,
        "DJANGO_SETTINGS_MODULE": "fluxrate.settings",
        "JWT_SIGNING_KEY": settings.JWT_SIGNING_KEY,
        "ALLOWED_HOSTS": "testserver",
    }
    asking = subprocess.run(
        [sys.executable, "-c", ASK.format(token=token, asked=ASKED)],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    answers = json.loads(asking.stdout.splitlines()[-1])
    assert len(answers) == len(ASKED)
    lines = [json.loads(line) for line in asking.stderr.splitlines()]
    classes = [line["class"] for line in lines if "class" in line]
    assert classes == ["connection_refused"] * len(ASKED)
    for (_, path), (status, headers, text) in zip(ASKED, answers, strict=True):
        assert status == 503, (path, text)
        assert int(headers["Retry-After"]) >= 1
        assert headers["Content-Type"] == "application/json"
        if path not in {"/health", "/readyz"}:
            assert json.loads(text)["code"] == "database_unavailable"
            assert (
                json.loads(text)["detail"] == "The database is unavailable. Try again."
            )


def cut():
    """End the server's side of the connection, which is idle."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    cutter = connection.copy()
    with cutter.cursor() as cursor:
        # Waits until it has ended.
        cursor.execute("SELECT pg_terminate_backend(%s, 10000)", [pid])
        assert cursor.fetchone() == (True,)
    cutter.close()


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_cut_between_requests_is_made_anew_at_once(acme_api):
    for _ in range(2):
        close_old_connections()
        assert acme_api.get("/api/v1/customers").status_code == 200
    cut()
    close_old_connections()
    assert acme_api.get("/api/v1/customers").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_a_connection_that_is_cut_is_made_anew(acme_api):
    assert acme_api.get("/api/v1/customers").status_code == 200
    cut()
    assert acme_api.get("/api/v1/customers").status_code == 200


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("rested", "asked"), [(1, False), (60, True)])
def test_a_connection_is_checked_after_a_rest(acme_api, monkeypatch, rested, asked):
    asking = []
    monkeypatch.setattr(connection, "is_usable", lambda: asking.append(1) or True)
    monkeypatch.setattr(connection, "checked_at", time.monotonic() - rested)
    close_old_connections()
    assert acme_api.get("/api/v1/customers").status_code == 200
    assert bool(asking) is asked


@pytest.mark.django_db(transaction=True)
def test_a_row_that_others_hold_is_503_busy(acme_api, settings):
    created = acme_api.post("/api/v1/customers", {"name": "A", "email": "a@b.co"})
    holder = connection.copy()
    with connection.cursor() as cursor:
        cursor.execute("SET lock_timeout = '50ms'")
    try:
        with holder.cursor() as cursor:
            cursor.execute("BEGIN")
            cursor.execute(
                "SELECT id FROM customers_customer WHERE id = %s FOR UPDATE",
                [created.json()["id"]],
            )
            answer = acme_api.patch(created["Location"], {"name": "B"})
    finally:
        holder.close()
        with connection.cursor() as cursor:
            cursor.execute("RESET lock_timeout")
    assert answer.status_code == 503
    assert answer.json()["code"] == "busy"
    assert answer["Retry-After"]
