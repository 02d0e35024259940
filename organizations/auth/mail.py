"""Emails with a link, sent after the response."""

import logging
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from django.utils.timezone import now
from rest_framework.response import Response

from fluxrate.metrics.recorder import recorder
from organizations.models import Invitation, Ticket, User

logger = logging.getLogger("fluxrate.mail")


class DiscardingBackend(BaseEmailBackend):
    """Production without EMAIL_HOST: a warning is logged for each email.

    The text is not logged: it has the secret of a link.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for _ in email_messages:
            logger.warning("EMAIL_HOST is not set: an email was discarded.")
            recorder.count("emails", "discarded")
        return 0


INVITATION = """\
{inviter} invites you to join “{organization}” on Fluxrate as {role}.

Accept within 7 days; the link works once:
{link}

If you do not expect this invitation, do nothing.
"""
CONFIRMATION = """\
Please confirm your email address. The link works once, for 7 days:
{link}

If you have not signed up, do nothing: the address stays unconfirmed.
"""
RESET = """\
A new password was requested for your account. The link works once, for an hour:
{link}

If you did not request it, do nothing: your password does not change.
"""


def link(page: str, secret: str) -> str:
    """The address of an account page; a fragment is not sent to servers or logged."""
    return f"{settings.BASE_URL}/{page}#{secret}"


def send_invitation(invitation: Invitation, secret: str) -> None:
    inviter = invitation.invited_by
    text = INVITATION.format(
        inviter=(inviter.name or inviter.email) if inviter else "Somebody",
        organization=invitation.organization.name,
        role=invitation.role,
        link=link("join", secret),
    )
    send(f"Join {invitation.organization.name}", text, invitation.email)


def send_confirmation(user: User) -> None:
    purpose = Ticket.Purpose.EMAIL_CONFIRMATION
    secret = Ticket.issue(purpose, user, at=now())
    text = CONFIRMATION.format(link=link("confirm-email", secret))
    send("Confirm your address", text, user.email)


def send_password_reset(email: str) -> None:
    """Send a link to the active user with this address, if there is one."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return
    purpose = Ticket.Purpose.PASSWORD_RESET
    secret = Ticket.issue(purpose, user, at=now())
    text = RESET.format(link=link("reset-password", secret))
    send("A new password", text, email)


def send(subject: str, text: str, email: str) -> None:
    if send_mail(subject, text, None, [email]):
        recorder.count("emails", "sent")


def send_after(response: Response, send_email: Callable[[], None]) -> Response:
    """Send an email after the response, whose duration then reveals nothing about it.

    An email that cannot be sent is logged without its address.
    """

    def run() -> None:
        try:
            send_email()
        except Exception as error:  # noqa: BLE001 - the response has been sent
            recorder.count("emails", "failed")
            fields = {"smtp_code": getattr(error, "smtp_code", None)}
            name = type(error).__name__
            logger.error("An email was not sent: %s", name, extra={"fields": fields})

    # Django calls these when the response has been sent.
    closers: list[Callable[[], None]] = vars(response)["_resource_closers"]
    closers.append(run)
    return response
