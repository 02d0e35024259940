"""Letters with a link, sent by Django's mail backend once the answer is on its way."""

import logging
from collections.abc import Callable, Sequence

from django.conf import settings
from django.core.mail import EmailMessage, send_mail
from django.core.mail.backends.base import BaseEmailBackend
from rest_framework.response import Response

from organizations.models import Invitation, Ticket, User

from .tokens import now

logger = logging.getLogger("fluxrate.mail")


class DiscardingBackend(BaseEmailBackend):
    """Production without EMAIL_HOST: an email is lost, and a warning says so.

    Its text must not reach the log, since it carries the secret of a link.
    """

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        for _ in email_messages:
            logger.warning("EMAIL_HOST is not set: an email was discarded.")
        return 0


INVITATION = """\
{inviter} invites you to join “{organization}” on Fluxrate as {role}.

Accept within 7 days; the link works once:
{link}

If you do not know what this is about, do nothing.
"""
CONFIRMATION = """\
Please confirm that this is your address; the link works once, for 7 days:
{link}

If you have not signed up, do nothing: nobody can use this address without the link.
"""
RESET = """\
Somebody, you we hope, asked for a new password. The link works once, for an hour:
{link}

If it was not you, do nothing: your password stays as it is.
"""


def link(page: str, secret: str) -> str:
    """Where a letter leads. The secret is behind a #: no server and no log sees it."""
    return f"{settings.BASE_URL}/{page}#{secret}"


def send_invitation(invitation: Invitation, secret: str) -> None:
    by = invitation.invited_by
    text = INVITATION.format(
        inviter=(by.name or by.email) if by else "Somebody",
        organization=invitation.organization.name,
        role=invitation.role,
        link=link("join", secret),
    )
    send(f"Join {invitation.organization.name}", text, invitation.email)


def ask_to_confirm(user: User) -> None:
    purpose = Ticket.Purpose.EMAIL_CONFIRMATION
    secret = Ticket.issue(purpose, at=now(), email=user.email, user=user)
    text = CONFIRMATION.format(link=link("confirm-email", secret))
    send("Confirm your address", text, user.email)


def offer_reset(email: str) -> None:
    """Send a link to the address's user; to nobody, where there is none."""
    user = User.objects.filter(email=email, is_active=True).first()
    if user is None:
        return
    purpose = Ticket.Purpose.PASSWORD_RESET
    secret = Ticket.issue(purpose, at=now(), email=email, user=user)
    text = RESET.format(link=link("reset-password", secret))
    send("A new password", text, email)


def send(subject: str, text: str, email: str) -> None:
    send_mail(subject, text, None, [email])


def after(response: Response, work: Callable[[], None]) -> Response:
    """Do the work when the answer has been sent: its time tells the caller nothing.

    An email that cannot be sent is logged, without its address, and can be asked for
    again; the answer was right either way.
    """

    def run() -> None:
        try:
            work()
        except Exception as error:  # noqa: BLE001 - nobody is left to answer to
            fields = {"smtp_code": getattr(error, "smtp_code", None)}
            name = type(error).__name__
            logger.error("An email was not sent: %s", name, extra={"fields": fields})

    # Django's own list of what to close behind an answer that was sent.
    closers: list[Callable[[], None]] = vars(response)["_resource_closers"]
    closers.append(run)
    return response
