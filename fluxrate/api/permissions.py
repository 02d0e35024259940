"""May the caller do this? The caller's `may(scope)` decides."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission


class HasScope(BasePermission):
    """`<view.scope>.read` for safe methods, `<view.scope>.write` for the others."""

    def has_permission(self, request: Any, view: Any) -> bool:
        if request.auth is None:
            return False
        if request.method not in view.allowed_methods:
            return True  # 405 follows, which no scope would change.
        verb = "read" if request.method in SAFE_METHODS else "write"
        self.message = f"This needs the scope {view.scope}.{verb}."
        return bool(request.auth.may(f"{view.scope}.{verb}"))
