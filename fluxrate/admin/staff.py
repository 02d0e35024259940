"""Members of staff, as history knows them."""

from typing import Any

from django.core.exceptions import ValidationError

from fluxrate.text import reason_text


def on_behalf(request: Any) -> str:
    """The actor of what is done in a request: `staff:<id>`."""
    return f"staff:{request.user.pk}"


def reason(request: Any) -> str:
    """The reason that a form of the admin has sent; where it is wrong, the form says
    so and nothing is written."""
    try:
        return reason_text(request.POST.get("reason", ""))
    except ValidationError:
        return ""


def is_superuser(request: Any) -> bool:
    """Whether the one who asks may hand out rights."""
    return bool(request.user.is_active and getattr(request.user, "is_superuser", False))
