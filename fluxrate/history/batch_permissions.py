from typing import Any

from rest_framework.permissions import BasePermission

from .revert import revertible_models


class MayRevert(BasePermission):
    """Require `<scope>.write` of every kind of object that the batch changed."""

    # For the description of the operation.
    requirement = "The caller may change each kind of object that the batch changed."

    def has_permission(self, request: Any, view: object) -> bool:
        scopes = sorted({model.revert_scope for model in revertible_models().values()})
        return self._may(request, scopes, any)

    def has_object_permission(self, request: Any, view: object, obj: Any) -> bool:
        models = revertible_models()
        names = obj.object_types & models.keys()
        return self._may(request, sorted({models[n].revert_scope for n in names}), all)

    def _may(self, request: Any, scopes: list[str], judge: Any) -> bool:
        names = [f"{scope}.write" for scope in scopes]
        conjunction = " and " if judge is all else " or "
        self.message = f"This needs the scope {conjunction.join(names)}."
        caller = request.auth
        return caller is not None and judge(caller.may(name) for name in names)
