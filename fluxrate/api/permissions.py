"""Permission by scope; the caller's `require(scope)` decides."""

from typing import Any, cast

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from .requests import Caller


class HasScope(BasePermission):
    """Require `<view.scope>.read` for safe methods, `<view.scope>.write` for others.

    A key has the scopes that it was created with, a member the scopes of their role
    (`organizations.auth.authentication`).
    """

    def has_permission(self, request: Request, view: Any) -> bool:
        caller = cast(Caller | None, request.auth)
        if caller is None:
            return False
        if request.method not in view.allowed_methods:
            return True  # get_handler answers 405
        access = "read" if request.method in SAFE_METHODS else "write"
        caller.require(f"{view.scope}.{access}")
        return True
