"""Deletion whose related records PostgreSQL counts, instead of loading them all."""

from collections.abc import Iterable, Sequence

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext

from fluxrate.postgres.attribution import atomic_as
from fluxrate.text import reason_text

from . import errors
from .deletion_counts import count_cascades, sentences
from .language import grouped
from .password_again import require_password
from .question import QuestionAdmin
from .requests import staff_actor
from .typed_forms import pop_typed

MAX_SHOWN = 20
# In the session: the path of a deletion's page, and what was typed and rejected there.
REJECTED = "rejected_deletion"


class DeletionAdmin(QuestionAdmin):
    """A deletion's page takes as long with 50,000 related records as with none."""

    def deletion_blockers(self, records: Sequence[models.Model]) -> list[str]:
        """Sentences that say why these records cannot be deleted."""
        return []

    def check_deletion(self, request: HttpRequest, object_id: str) -> None:
        """Raises ValidationError for a form that does not confirm the deletion."""

    def delete_queryset(self, request: HttpRequest, queryset: models.QuerySet) -> None:
        with atomic_as(staff_actor(request)):
            super().delete_queryset(request, queryset)

    def delete_view(
        self,
        request: HttpRequest,
        object_id: str,
        extra_context: dict[str, object] | None = None,
    ) -> HttpResponse:
        if request.method != "POST":
            typed = _pop_rejected(request)
            return super().delete_view(
                request, object_id, (extra_context or {}) | typed
            )
        # A sentence about the form may name the record.
        if not self.has_delete_permission(request):
            raise PermissionDenied
        try:
            reason_text(request.POST.get("reason", ""))
            self.check_deletion(request, object_id)
            require_password(request)
            with atomic_as(staff_actor(request)):
                return super().delete_view(request, object_id, extra_context)
        except ValidationError as error:
            data = request.POST
            rejected = {"reason": data.get("reason"), "typed_name": data.get("name")}
            request.session[REJECTED] = [request.path, rejected]
            return self.redirect_with_error(request, error, request.get_full_path())
        except errors.SAVE_ERRORS as error:
            return self.redirect_with_error(request, error, self.change_url(object_id))

    def get_deleted_objects(
        self, objs: Iterable[models.Model], request: HttpRequest
    ) -> tuple[list[str], dict[str, int], set[str], list[str]]:
        """The names to list, counts by model, models without permission, blockers."""
        records = list(objs)
        names = [str(record) for record in records[:MAX_SHOWN]]
        if len(records) > MAX_SHOWN:
            names.append(gettext("… and %s more") % grouped(len(records) - MAX_SHOWN))
        below = count_cascades(self.model, records)
        forbidden = self._forbidden(request, below)
        counts = {self.model: len(records)}
        counts |= {model: count["total"] for model, count in below.items()}
        by_name = {
            str(model._meta.verbose_name_plural): n for model, n in counts.items()
        }
        return names, by_name, forbidden, self.deletion_blockers(records)

    def forbidden(self, request: HttpRequest, rows: models.QuerySet) -> set[str]:
        """The names of the models whose rows the user may not delete along."""
        return self._forbidden(request, count_cascades(self.model, rows))

    def deletion_details(
        self, request: HttpRequest, rows: models.QuerySet
    ) -> list[str]:
        counts = count_cascades(self.model, rows)
        if names := self._forbidden(request, counts):
            raise PermissionDenied(
                gettext("You may not delete: %s.") % ", ".join(sorted(names))
            )
        return sentences(self.model, counts)

    def _forbidden(
        self, request: HttpRequest, below: Iterable[type[models.Model]]
    ) -> set[str]:
        """The names of this model and of these that the user may not delete."""
        return {
            str(model._meta.verbose_name)
            for model in (self.model, *below)
            if not self._may_delete(request, model)
        }

    def _may_delete(self, request: HttpRequest, model: type[models.Model]) -> bool:
        if not self.admin_site.is_registered(model):
            return True
        return self.admin_site.get_model_admin(model).has_delete_permission(request)


def _pop_rejected(request: HttpRequest) -> dict[str, object]:
    """What was typed on this very page, and rejected or sent without a login; once."""
    if data := pop_typed(request):
        return {"reason": data.get("reason"), "typed_name": data.get("name")}
    path, rejected = request.session.get(REJECTED, ("", {}))
    if path != request.path:
        return {}
    del request.session[REJECTED]
    return dict(rejected)
