"""Email to addresses whose local part is not ASCII (RFC 6531)."""

import email.message
import smtplib
from email.policy import SMTPUTF8
from typing import cast

from django.core.mail import EmailMessage
from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address


class EmailBackend(smtp.EmailBackend):
    """Sends such an address unchanged if the server offers SMTPUTF8.

    Django would send an encoded word, which names another mailbox.
    """

    def _send(self, email_message: EmailMessage) -> bool:
        if all(map(_has_ascii_local_part, email_message.recipients())):
            return bool(super()._send(email_message))  # type: ignore[misc]
        try:
            self._send_unicode(email_message)
        except smtplib.SMTPException:
            if not self.fail_silently:
                raise
            return False
        return True

    def _send_unicode(self, email_message: EmailMessage) -> None:
        connection = cast(smtplib.SMTP, self.connection)
        connection.ehlo_or_helo_if_needed()
        if not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("The mail server lacks SMTPUTF8.")
        connection.sendmail(
            sanitize_address(email_message.from_email, "utf-8"),
            email_message.recipients(),
            _with_unicode_headers(email_message).as_bytes(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME"],
        )


def _has_ascii_local_part(address: str) -> bool:
    """Django encodes the domain itself."""
    return address.rpartition("@")[0].isascii()


def _with_unicode_headers(email_message: EmailMessage) -> email.message.EmailMessage:
    """The plain text with headers in UTF-8 (RFC 6532)."""
    original = email_message.message()
    message = email.message.EmailMessage(policy=SMTPUTF8)
    message["Subject"] = email_message.subject
    message["From"] = email_message.from_email
    message["To"] = ", ".join(email_message.to)
    for name in ("Date", "Message-ID", *email_message.extra_headers):
        if name not in message:
            message[name] = original[name]
    message.set_content(email_message.body)
    return message
