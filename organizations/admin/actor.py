"""The people, keys and programs that wrote events, by their names."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import TextField, Value
from django.db.models.functions import Coalesce, NullIf
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext

from fluxrate.admin.query_values import parse_uuid
from fluxrate.models import INSTALLATION, Event
from fluxrate.models.limits import current_limit, limited_to
from fluxrate.postgres.triggers import object_type
from organizations.models import ApiKey, User

_MODELS = {"staff": User, "user": User, "key": ApiKey}
_LABELS = {"key": "API key {}", "shell": "{} (shell)", "command": "{} (command)"}


@dataclass(frozen=True)
class Actor:
    """An actor as events store it, such as `staff:<id>`, and its row's name if any."""

    text: str
    row_name: str = ""

    @property
    def kind(self) -> str:
        return self.text.partition(":")[0]

    @property
    def name(self) -> str:
        if self.kind in _MODELS:
            noun = _MODELS[self.kind]._meta.verbose_name
            deleted = gettext("a former %s") % noun
            name = self.row_name or deleted
        else:
            name = self.text.partition(":")[2] or self.text
        return _LABELS.get(self.kind, "{}").format(name)

    def url(self, request: HttpRequest) -> str:
        """The page of the user or key; "" if there is none for the request's user, or
        none for certain because of a limit.
        """
        if not self.row_name or current_limit() is not None:
            return ""
        opts = _MODELS[self.kind]._meta
        if not request.user.has_perm(f"{opts.app_label}.view_{opts.model_name}"):
            return ""
        name = f"admin:{opts.app_label}_{opts.model_name}_change"
        return reverse(name, args=[self.text.partition(":")[2]])


def actors(texts: Iterable[str]) -> dict[str, Actor]:
    """The actors by their text, read in one statement."""
    ids = {text: parse_uuid(text.partition(":")[2]) for text in texts}
    # With the nil UUID, a page without a user or key sends the same statement.
    pks = {INSTALLATION, *filter(None, ids.values())}
    # Who changed a visible record is visible, whichever organization has the person.
    with limited_to(None):
        names = _names(pks)
    return {text: Actor(text, names.get(pk, "")) for text, pk in ids.items()}


def user_of(event: Event) -> str:
    """The user whom the event is about, as an actor; "" for other objects."""
    is_user = event.object_type == object_type(User)
    return f"user:{event.object_id}" if is_user else ""


def _names(pks: set[uuid.UUID]) -> dict[uuid.UUID | None, str]:
    name = Coalesce(NullIf("name", Value("")), "email", output_field=TextField())
    users = User.objects.filter(pk__in=pks).order_by().values_list("pk", name)
    keys = ApiKey.objects.filter(pk__in=pks).order_by().values_list("pk", "name")
    return dict(users.union(keys, all=True))
