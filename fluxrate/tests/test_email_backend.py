"""The SMTP dialogue for an address beyond ASCII."""

import smtplib

import pytest
from django.core.mail import send_mail

from fluxrate.tests.mail_server import mail_server
from organizations.auth.mail_queue import send_due

BACKEND = "fluxrate.email_backend.EmailBackend"


@pytest.fixture
def server(settings):
    """A mail server that offers SMTPUTF8; `offers` lists its extensions."""
    with mail_server() as server:
        settings.EMAIL_BACKEND = BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = False
        yield server


@pytest.mark.parametrize("address", ["josé@example.com", "用户@例子.广告"])
def test_an_address_is_sent_unchanged(server, address):
    assert send_mail("Grüße", "Ein Gruß\n", None, [address]) == 1
    to = next(line for line in server.lines if line.startswith(b"rcpt"))
    assert to.decode() == f"rcpt TO:<{address}>"
    sender = next(line for line in server.lines if line.startswith(b"mail"))
    assert b"SMTPUTF8" in sender
    message = server.accepted[0].message
    assert (message["To"], message["Subject"]) == (address, "Grüße")
    assert message.get_content().splitlines() == ["Ein Gruß"]


def test_a_domain_beyond_ascii_needs_no_extension(server):
    server.offers = []
    assert send_mail("Hello", "A message", None, ["user@bücher.example"]) == 1
    assert b"rcpt TO:<user@xn--bcher-kva.example>" in server.lines


def test_without_smtputf8_no_other_mailbox_receives_the_email(server):
    server.offers = []
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send_mail("Hello", "A message", None, ["josé@example.com"])
    assert not [line for line in server.lines if line.startswith(b"rcpt")]
    assert send_mail("Hello", "A message", None, ["é@a.co"], fail_silently=True) == 0


def test_signup_sends_its_email_by_this_backend(server, stranger):
    body = {"email": "josé@example.com", "password": "correct-horse-battery"}
    made = stranger.post("/api/v1/auth/signup", body | {"organization_name": "Navy"})
    assert made.status_code == 201
    assert list(send_due()) == [{"sent": 1}]
    assert "rcpt TO:<josé@example.com>".encode() in server.lines
