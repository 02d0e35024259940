"""`make demo` fills an organization and prints two ways in that work."""

import re

import pytest
from django.core.management import call_command
from django.test import Client

from customers.models import Customer, Subscription
from organizations.models import User

LOGIN = "/api/v1/auth/login"


def run(capsys):
    call_command("demo", "--customers", "30")
    return capsys.readouterr().out


@pytest.mark.django_db(transaction=True)
def test_the_demo_is_made_once_and_both_logins_work(capsys, stranger, static_files):
    first = run(capsys)
    logins = dict(re.findall(r"(\S+@\S+)  (\S+)$", first, re.MULTILINE))
    owner, staff = "demo@fluxrate.example", "staff@fluxrate.example"
    answer = stranger.post(LOGIN, {"email": owner, "password": logins[owner]})
    assert answer.status_code == 200, answer.content
    assert stranger.get("/api/v1/customers").json()["meta"]["total"] == 30
    typed = {"username": staff, "password": logins[staff], "next": "/admin/"}
    assert Client().post("/admin/login/", typed)["Location"] == "/admin/"
    assert Subscription.objects.exists()

    again = run(capsys)
    assert "30 customers" in again
    assert logins[owner] not in again
    assert (Customer.objects.count(), User.objects.count()) == (30, 2)
