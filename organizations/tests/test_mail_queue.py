"""Emails are rows before they are sent; the worker sends them."""

import json
import re
from datetime import timedelta

import pytest
from django.core import mail
from django.core.mail import get_connection
from django.db import connection, models
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from conftest import PASSWORD
from fluxrate.tests.live_site import free_port
from fluxrate.tests.mail_server import mail_server
from organizations.auth import mail_queue
from organizations.auth.mail_queue import send_due
from organizations.models import Email, Invitation, Ticket, User

RESET = "/api/v1/auth/password/reset"
INVITATIONS = "/api/v1/invitations"


def ask_reset(email):
    response = APIClient().post(RESET, {"email": email})
    assert response.status_code == 202


def invite(api, email="grace@navy.example"):
    response = api.post(INVITATIONS, {"email": email, "role": "VIEWER"})
    assert response.status_code == 201
    return response.json()


@pytest.fixture
def server(settings):
    with mail_server() as server:
        settings.EMAIL_BACKEND = "fluxrate.email_backend.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = False
        yield server


def due_again():
    Email.objects.update(due_at=Now())


def link(message):
    return re.search(r"http\S+", message.get_content()).group()


def test_a_row_contains_neither_the_text_nor_the_secret(acme_api, mailoutbox):
    invite(acme_api)
    row = Email.objects.values().get()
    secret = re.search(r"#(\S{40,})", mailoutbox[-1].body).group(1)
    assert secret not in json.dumps(row, default=str)
    assert Ticket.objects.valid(
        secret, Ticket.Purpose.INVITATION, at=Invitation.objects.get().created_at
    )


def shape(sql):
    """A statement without its values and the names of savepoints."""
    return re.sub(r"""'[^']*'|"s\d+_x\d+"|[0-9.]+""", "?", sql)


def test_an_unknown_address_costs_the_same_and_gets_no_email(acme, mailoutbox):
    statements = []
    for email in (acme.owner.email, "nobody@acme.example"):
        with CaptureQueriesContext(connection) as queries:
            ask_reset(email)
        statements.append([shape(each["sql"]) for each in queries])
    assert statements[0] == statements[1]
    assert Email.objects.count() == 2
    assert [sent.to for sent in mailoutbox] == [[acme.owner.email]]
    row = Email.objects.get()
    assert (row.status, row.address) == (Email.Status.SENT, None)


def test_a_request_that_fails_leaves_no_email(acme):
    body = {"email": acme.owner.email, "password": PASSWORD, "organization_name": "N"}
    assert APIClient().post("/api/v1/auth/signup", body).status_code == 409
    assert not Email.objects.exists()


def test_a_revoked_invitation_is_not_sent(acme_api, mailoutbox):
    created = invite(acme_api)
    assert acme_api.delete(f"{INVITATIONS}/{created['id']}").status_code == 204
    assert not mailoutbox


def test_a_confirmed_address_gets_no_link_to_confirm(acme, acme_api, mailoutbox):
    acme_api.post("/api/v1/auth/email/resend")
    User.objects.update(email_confirmed_at=Now())
    assert not mailoutbox
    assert not Email.objects.exists()


def test_a_later_email_to_the_recipient_is_the_only_one(acme, mailoutbox):
    ask_reset(acme.owner.email)
    ask_reset(acme.owner.email.upper())
    assert list(send_due()) == [{"dropped": 1}, {"sent": 1}]
    assert len(mailoutbox) == 1


def test_a_mail_server_that_is_away_gets_the_same_email_later(
    acme_api, settings, server, log
):
    invite(acme_api)
    port, settings.EMAIL_PORT = settings.EMAIL_PORT, free_port()
    assert list(send_due()) == [{"failed": 1}]
    assert list(send_due()) == []
    pause = models.ExpressionWrapper(
        models.F("due_at") - Now(), output_field=models.DurationField()
    )
    assert 20 < Email.objects.values_list(pause).get()[0].total_seconds() <= 30
    line = json.loads(log.lines[-1])
    assert (line["level"], line["attempts"]) == ("WARNING", 1)
    assert line["message"] == "An email was not sent yet: ConnectionRefusedError"
    settings.EMAIL_PORT = port
    due_again()
    assert list(send_due()) == [{"sent": 1}]
    assert server.accepted[0].message["Message-ID"] == message_id()


def message_id():
    return f"<{Email.objects.get().pk}@localhost>"


def test_an_attempt_after_a_crash_repeats_the_email_word_for_word(acme_api, server):
    invite(acme_api)
    assert list(send_due()) == [{"sent": 1}]
    # The worker was killed before it noted that the server had accepted the email.
    Email.objects.update(status=Email.Status.WAITING)
    due_again()
    assert list(send_due()) == [{"sent": 1}]
    first, second = (each.message for each in server.accepted)
    assert first["Message-ID"] == second["Message-ID"] == message_id()
    assert link(first) == link(second)
    secret = link(second).partition("#")[2]
    body = {"token": secret, "password": "staple-orbit-lantern"}
    assert APIClient().post(f"{INVITATIONS}/accept", body).status_code == 201


def test_the_status_is_stored_before_the_next_command(acme_api, server, monkeypatch):
    finish, confirmed = Email.finish, []

    def finished(email, status):
        confirmed.append(server.accepted[-1].confirmed)
        finish(email, status)

    monkeypatch.setattr(Email, "finish", finished)
    for number in range(3):
        invite(acme_api, f"{number}@navy.example")
    assert list(send_due()) == [{"sent": 1}] * 3
    assert confirmed == [False] * 3
    assert server.lines.count(b"quit") == 1


@pytest.mark.parametrize(
    ("command", "reply", "outcome"),
    [
        (b"RCPT", b"550 no such mailbox", "undeliverable"),
        (b"RCPT", b"450 try later", "failed"),
        (b"DATA", b"554 spam", "undeliverable"),
        (b"MAIL", b"530 log in first", "failed"),
    ],
)
def test_only_a_refused_recipient_or_message_is_final(
    acme_api, server, log, command, reply, outcome
):
    invite(acme_api)
    server.refuses[command] = reply
    assert list(send_due()) == [{outcome: 1}]
    line = json.loads(log.lines[-1])
    assert line["smtp_code"] == int(reply[:3])
    is_final = outcome == "undeliverable"
    assert line["level"] == ("ERROR" if is_final else "WARNING")
    assert (Email.objects.get().status == Email.Status.UNDELIVERABLE) is is_final
    due_again()
    server.refuses.clear()
    assert list(send_due()) == ([] if is_final else [{"sent": 1}])


def test_the_pauses_grow_to_an_hour_and_end_after_a_day(acme_api, settings, server):
    invite(acme_api)
    settings.EMAIL_PORT = free_port()
    waits = []
    while Email.objects.get().status == Email.Status.WAITING:
        due_again()
        list(send_due())
        with connection.cursor() as cursor:
            cursor.execute("SELECT due_at - now() FROM organizations_email")
            waits.append(round(cursor.fetchone()[0] / timedelta(seconds=30)))
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 120, 120]
    assert 20 < sum(waits[:-1]) / 120 < 24
    assert Email.objects.get().status == Email.Status.UNDELIVERABLE


def test_an_email_that_cannot_be_made_waits_and_the_others_leave(
    acme_api, settings, server, log
):
    invite(acme_api)
    sender, settings.DEFAULT_FROM_EMAIL = settings.DEFAULT_FROM_EMAIL, "a\n@b.example"
    assert list(send_due()) == [{"failed": 1}]
    assert json.loads(log.lines[-1])["message"].endswith(": ValueError")
    settings.DEFAULT_FROM_EMAIL = sender
    invite(acme_api, "ada@navy.example")
    assert list(send_due()) == [{"sent": 1}]


@pytest.mark.django_db(transaction=True)
def test_an_email_is_claimed_by_one_worker_and_again_after_two_minutes(acme_api):
    for number in range(2):
        invite(acme_api, f"{number}@navy.example")
    claimed = [Email.objects.claim() for _ in range(3)]
    assert claimed[2] is None
    assert claimed[0].pk != claimed[1].pk
    Email.objects.update(due_at=models.F("due_at") - timedelta(minutes=2))
    assert Email.objects.claim().attempts == 2


def test_an_email_whose_row_is_deleted_after_the_claim_is_dropped(acme_api, server):
    """As by a revocation or a new password."""
    invite(acme_api)
    email = Email.objects.claim()
    Email.objects.all().delete()
    assert mail_queue._attempt(email, get_connection()) == "dropped"
    assert server.accepted == []


def test_the_mails_of_the_suite_leave_when_somebody_looks(acme_api, mailoutbox):
    invite(acme_api)
    assert mail.outbox == []
    assert len(mailoutbox) == 1
