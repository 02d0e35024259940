import uuid
from datetime import datetime

from .email import Email
from .session import Session
from .ticket import Ticket
from .user import User


def end_all_sessions(user: User, *, at: datetime) -> None:
    """Log the user out in every browser of the admin, and of the API."""
    user.sessions_ended_at = at
    user.save(update_fields=["sessions_ended_at"])
    Session.objects.filter(user=user).end(at=at)


def change_password(
    user: User, password: str, *, at: datetime, keep_session: uuid.UUID | None = None
) -> None:
    """Save a password; end the user's other sessions and delete reset links, those of
    emails that wait first: the worker issues their tickets.
    """
    user.set_password(password)
    user.save(update_fields=["password"])
    sessions = Session.objects.filter(user=user)
    (sessions.exclude(pk=keep_session) if keep_session else sessions).end(at=at)
    Email.objects.filter(address=user.email, status=Email.Status.WAITING).delete()
    Ticket.objects.filter(user=user, purpose=Ticket.Purpose.PASSWORD_RESET).delete()
