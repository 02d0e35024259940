"""The texts of emails: who gets one, and with which link."""

from email.utils import parseaddr

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.timezone import now

from organizations.models import Email, Invitation, Ticket, User

_PAGES = {
    Ticket.Purpose.INVITATION: "join",
    Ticket.Purpose.EMAIL_CONFIRMATION: "confirm-email",
    Ticket.Purpose.PASSWORD_RESET: "reset-password",
}
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


def compose(email: Email) -> EmailMessage | None:
    """Issue the link's ticket and return the message; None if nobody needs it any more.

    Each attempt has the same Message-ID and the same link.
    """
    recipient = _recipient(email)
    if recipient is None or email.is_superseded():
        return None
    Ticket.issue(email.purpose, recipient, email.link_secret, at=now())
    # A fragment is not sent to servers, nor logged.
    page = _PAGES[Ticket.Purpose(email.purpose)]
    link = f"{settings.BASE_URL}/{page}#{email.link_secret}"
    subject, text = _text(email.purpose, recipient, link)
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    headers = {
        "Message-ID": f"<{email.pk}@{sender.rpartition('@')[2]}>",
        # Nobody's absence note answers it (RFC 3834).
        "Auto-Submitted": "auto-generated",
    }
    return EmailMessage(subject, text, None, [recipient.email], headers=headers)


def _recipient(email: Email) -> User | Invitation | None:
    """None for an address without an active user, or one that is confirmed already."""
    if email.purpose == Ticket.Purpose.PASSWORD_RESET:
        users = User.objects.filter(email=email.address, is_active=True)
        active: User | None = users.first()
        return active
    if email.purpose == Ticket.Purpose.INVITATION:
        invitation: Invitation | None = email.invitation
        return invitation
    user: User | None = email.user
    return None if user is None or user.email_confirmed_at else user


def _text(purpose: str, recipient: User | Invitation, link: str) -> tuple[str, str]:
    if purpose == Ticket.Purpose.PASSWORD_RESET:
        return "A new password", RESET.format(link=link)
    if isinstance(recipient, User):
        return "Confirm your address", CONFIRMATION.format(link=link)
    inviter = recipient.invited_by
    text = INVITATION.format(
        inviter=(inviter.name or inviter.email) if inviter else "Somebody",
        organization=recipient.organization.name,
        role=recipient.role,
        link=link,
    )
    return f"Join {recipient.organization.name}", text
