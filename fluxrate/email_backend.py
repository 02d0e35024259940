"""Mail to addresses beyond ASCII (RFC 6531), which Django's backend would misspell."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTPUTF8
from typing import Any

from django.core.mail.backends import smtp
from django.core.mail.message import sanitize_address


class EmailBackend(smtp.EmailBackend):
    """Django's, which writes a local part beyond ASCII as an encoded word: that names
    another mailbox. Such an address is sent as it is, where the server offers SMTPUTF8.
    """

    def _send(self, email_message: Any) -> bool:
        if all(map(_has_ascii_local, email_message.recipients())):
            return bool(super()._send(email_message))  # type: ignore[misc]
        try:
            self._send_unicode(email_message)
        except smtplib.SMTPException:
            if not self.fail_silently:
                raise
            return False
        return True

    def _send_unicode(self, email_message: Any) -> None:
        connection: Any = self.connection
        connection.ehlo_or_helo_if_needed()
        if not connection.has_extn("smtputf8"):
            raise smtplib.SMTPNotSupportedError("The mail server lacks SMTPUTF8.")
        connection.sendmail(
            sanitize_address(email_message.from_email, "utf-8"),
            email_message.recipients(),
            _unicode(email_message).as_bytes(),
            mail_options=["SMTPUTF8", "BODY=8BITMIME"],
        )


def _has_ascii_local(address: str) -> bool:
    """Django encodes the domain itself."""
    return address.rpartition("@")[0].isascii()


def _unicode(email_message: Any) -> EmailMessage:
    """The plain text with headers in UTF-8 (RFC 6532)."""
    django = email_message.message()
    message = EmailMessage(policy=SMTPUTF8)
    message["Subject"] = email_message.subject
    message["From"] = email_message.from_email
    message["To"] = ", ".join(email_message.to)
    for name in ("Date", "Message-ID"):
        message[name] = django[name]
    message.set_content(email_message.body)
    return message
