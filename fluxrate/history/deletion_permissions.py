"""Who may see and undo deletions."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request


class MaySeeDeletions(BasePermission):
    """Require the read or write scope of one of the view's nouns."""

    # For the description of the operation.
    requirement = "The caller needs the scope of the kind of object that was deleted."

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.auth is None:
            return False
        if request.method not in view.allowed_methods:
            return True  # get_handler answers 405
        self.message = f"This needs the scope {view.scope}.{access(request)}."
        return bool(view.permitted_nouns(request))


def access(request: Request) -> str:
    return "read" if request.method in SAFE_METHODS else "write"
