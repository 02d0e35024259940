"""The deletion of selected records."""

from collections.abc import Mapping, Sequence

from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from fluxrate.models import Owned
from fluxrate.postgres.refusals import refusals

from .actions import ModelAction, RecordDeleted
from .deletion import DeletionAdmin
from .question import QuestionAdmin


class DeleteSelected(ModelAction):
    """`delete_queryset` of the admin deletes the rows; a constraint may refuse some."""

    allowed_permissions = ("delete",)

    def details(
        self, admin: QuestionAdmin, request: HttpRequest, rows: QuerySet
    ) -> list[str]:
        return admin.deletion_details(request, rows)

    def confirmation(self, admin: QuestionAdmin, rows: QuerySet, total: int) -> str:
        return admin.deletion_confirmation(rows, total)

    def return_url(self, admin: QuestionAdmin, record: Model) -> str:
        return admin.changelist_url()

    def perform(
        self,
        admin: QuestionAdmin,
        request: HttpRequest,
        ids: Sequence[str],
        data: Mapping[str, object],
    ) -> dict[str, Exception]:
        rows = admin.get_queryset(request).filter(pk__in=ids)
        if not isinstance(admin, DeletionAdmin) or admin.forbidden(request, rows):
            raise PermissionDenied
        every = admin.model._meta.default_manager
        locked = every.filter(pk__in=rows.values("pk")).select_for_update()
        is_owned = issubclass(admin.model, Owned)
        pairs = locked.values_list("pk", "organization_id" if is_owned else "pk")
        present = dict(pairs.order_by("pk"))

        def delete(chosen: list[object]) -> None:
            selected = every.filter(pk__in=chosen)
            if is_owned:
                owners = {present[pk] for pk in chosen}
                selected = selected.filter(organization_id__in=owners)
            admin.delete_queryset(request, selected)

        failures = {str(pk): error for pk, error in refusals(delete, list(present))}
        missing = set(ids).difference(map(str, present))
        return failures | {pk: RecordDeleted() for pk in missing}


DELETE_SELECTED = DeleteSelected(
    "delete_selected", "Delete…", "deleted", needs_password=True
)
