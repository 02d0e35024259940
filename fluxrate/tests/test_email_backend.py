"""The SMTP dialogue for an address beyond ASCII."""

import smtplib
import socketserver
import threading
from email import message_from_bytes
from email.policy import SMTPUTF8

import pytest
from django.core.mail import send_mail

BACKEND = "fluxrate.email_backend.EmailBackend"


class SMTPHandler(socketserver.StreamRequestHandler):
    """Enough of SMTP for one sender."""

    def handle(self):
        self.say(b"220 test")
        for line in self.rfile:
            self.server.lines.append(line.rstrip())
            match line.split(b" ")[0].strip().upper():
                case b"EHLO":
                    self.say(b"250-test", *self.server.offers, b"250 8BITMIME")
                case b"DATA":
                    self.say(b"354 go on")
                    self.read_message()
                    self.say(b"250 taken")
                case b"QUIT":
                    return self.say(b"221 bye")
                case _:
                    self.say(b"250 ok")
        return None

    def read_message(self):
        lines = iter(self.rfile.readline, b".\r\n")
        self.server.messages.append(b"".join(lines))

    def say(self, *lines):
        self.wfile.write(b"".join(line + b"\r\n" for line in lines))


@pytest.fixture
def mail_server(settings):
    """A mail server that offers SMTPUTF8; `offers` lists its extensions."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), SMTPHandler) as server:
        server.lines, server.messages, server.offers = [], [], [b"250-SMTPUTF8"]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        settings.EMAIL_BACKEND = BACKEND
        settings.EMAIL_HOST, settings.EMAIL_PORT = server.server_address
        settings.EMAIL_USE_TLS = False
        yield server
        server.shutdown()


@pytest.mark.parametrize("address", ["josé@example.com", "用户@例子.广告"])
def test_an_address_is_sent_unchanged(mail_server, address):
    assert send_mail("Grüße", "Ein Gruß\n", None, [address]) == 1
    to = next(line for line in mail_server.lines if line.startswith(b"rcpt"))
    assert to.decode() == f"rcpt TO:<{address}>"
    sender = next(line for line in mail_server.lines if line.startswith(b"mail"))
    assert b"SMTPUTF8" in sender
    message = message_from_bytes(mail_server.messages[0], policy=SMTPUTF8)
    assert (message["To"], message["Subject"]) == (address, "Grüße")
    assert message.get_content().splitlines() == ["Ein Gruß"]


def test_a_domain_beyond_ascii_needs_no_extension(mail_server):
    mail_server.offers = []
    assert send_mail("Hello", "A message", None, ["user@bücher.example"]) == 1
    assert b"rcpt TO:<user@xn--bcher-kva.example>" in mail_server.lines


def test_without_smtputf8_no_other_mailbox_receives_the_email(mail_server):
    mail_server.offers = []
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send_mail("Hello", "A message", None, ["josé@example.com"])
    assert not [line for line in mail_server.lines if line.startswith(b"rcpt")]
    assert send_mail("Hello", "A message", None, ["é@a.co"], fail_silently=True) == 0


def test_signup_sends_its_email_by_this_backend(mail_server, stranger):
    body = {"email": "josé@example.com", "password": "correct-horse-battery"}
    made = stranger.post("/api/v1/auth/signup", body | {"organization_name": "Navy"})
    assert made.status_code == 201
    assert "rcpt TO:<josé@example.com>".encode() in mail_server.lines
