"""Members of staff, as history knows them."""

from typing import Any


def on_behalf(request: Any) -> str:
    """The actor of what is done in a request: `staff:<id>`."""
    return f"staff:{request.user.pk}"


def reason(request: Any) -> str:
    """The reason that a form of the admin has sent; the form checks it."""
    given = str(request.POST.get("reason", "")).strip()
    return given[:500] if given.isprintable() else ""


def is_superuser(request: Any) -> bool:
    """Whether the one who asks may hand out rights."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
