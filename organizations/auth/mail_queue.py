"""The worker's lane `mail`: sends the emails that wait."""

import logging
import smtplib
from collections.abc import Generator, Sequence
from datetime import timedelta

from django.core.mail import EmailMessage, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import transaction

from organizations.models import Email

from .mail import compose

logger = logging.getLogger("fluxrate.mail")
# The pauses double from half a minute to an hour; the last attempt is a day later.
_FIRST_PAUSE, _LONGEST_PAUSE = timedelta(seconds=30), timedelta(hours=1)
_MAX_ATTEMPTS = 30
_MAX_DOUBLINGS = 7


class DiscardingBackend(BaseEmailBackend):
    """Production without EMAIL_HOST: a warning is logged for each email.

    The text is not logged: it has the secret of a link.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for _ in email_messages:
            logger.warning("EMAIL_HOST is not set: an email was discarded.")
        return 0


def send_due() -> Generator[dict[str, int], None, None]:
    """Send each email that is due; yields what became of it.

    The status is stored after the mail server has accepted an email and before the next
    command is sent to it. A process that is killed between the two sends the email
    again, with the same Message-ID.
    """
    server = get_connection()
    try:
        while (email := Email.objects.claim()) is not None:
            yield {_attempt(email, server): 1}
    finally:
        server.close()


def _attempt(email: Email, server: BaseEmailBackend) -> str:
    with transaction.atomic():
        message = compose(email) if email.lock() else None
        if message is None:
            email.delete()
            return "dropped"
    try:
        # Otherwise `send_messages` opens a connection and closes it, by a command.
        server.open()
        sent = server.send_messages([message])
    except Exception as error:  # noqa: BLE001 - other emails must not wait for this one
        server.close()
        return _failed(email, error)
    email.finish(Email.Status.SENT if sent else Email.Status.DISCARDED)
    return "sent" if sent else "discarded"


def _failed(email: Email, error: Exception) -> str:
    """Log the failure without the address; try again later unless it is permanent."""
    code = _smtp_code(error)
    is_final = _is_permanent(error, code) or email.attempts >= _MAX_ATTEMPTS
    fields = {"smtp_code": code, "email": str(email.pk), "attempts": email.attempts}
    name = type(error).__name__
    if is_final:
        logger.error("An email is undeliverable: %s", name, extra={"fields": fields})
        email.finish(Email.Status.UNDELIVERABLE)
        return "undeliverable"
    logger.warning("An email was not sent yet: %s", name, extra={"fields": fields})
    doublings = min(email.attempts - 1, _MAX_DOUBLINGS)
    email.postpone(min(_FIRST_PAUSE * 2**doublings, _LONGEST_PAUSE))
    return "failed"


def _smtp_code(error: Exception) -> int | None:
    """The code of the mail server's reply; that of the recipient, if it is refused."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return min((code for code, _ in error.recipients.values()), default=None)
    code: int | None = getattr(error, "smtp_code", None)
    return code


def _is_permanent(error: Exception, code: int | None) -> bool:
    """Whether the recipient or the message is refused for good. Other refusals, such as
    that of a login, end when somebody corrects the settings.
    """
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return True
    refused = isinstance(error, smtplib.SMTPRecipientsRefused | smtplib.SMTPDataError)
    return refused and code is not None and code >= 500
