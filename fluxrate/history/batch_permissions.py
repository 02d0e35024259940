from collections.abc import Callable, Iterable
from typing import cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from fluxrate.api.requests import Caller
from fluxrate.models import Batch

from .revert import revertible_models


class MayRevert(BasePermission):
    """Require `<scope>.write` of every kind of object that the batch changed."""

    # For the description of the operation.
    requirement = "The caller may change each kind of object that the batch changed."

    def has_permission(self, request: Request, view: object) -> bool:
        scopes = sorted({model.revert_scope for model in revertible_models().values()})
        return self._may(request, scopes, any)

    def has_object_permission(
        self, request: Request, view: object, obj: object
    ) -> bool:
        models = revertible_models()
        names = cast(Batch, obj).object_types & models.keys()
        return self._may(request, sorted({models[n].revert_scope for n in names}), all)

    def _may(
        self,
        request: Request,
        scopes: list[str],
        judge: Callable[[Iterable[object]], bool],
    ) -> bool:
        names = [f"{scope}.write" for scope in scopes]
        conjunction = " and " if judge is all else " or "
        self.message = f"This needs the scope {conjunction.join(names)}."
        caller = cast(Caller | None, request.auth)
        return caller is not None and judge(caller.may(name) for name in names)
