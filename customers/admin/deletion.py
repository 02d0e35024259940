"""The deletions of all organizations, each with a way back."""

from collections.abc import Mapping
from typing import ClassVar

from django import forms
from django.apps import apps
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest

from fluxrate.admin.actions import ModelAction, ModelActionForm
from fluxrate.admin.html import badge
from fluxrate.history.deletion import Deletion, ExternalId, deletion_events
from fluxrate.history.deletion_errors import DeletionState
from fluxrate.models import DeletionEvent, Owned, Recorded
from fluxrate.postgres.triggers import object_type
from organizations.admin import EventAdmin, of_owner
from organizations.models import Organization

NOUNS: list[type[Recorded]] = [
    Organization,
    *(m for m in apps.get_app_config("customers").get_models() if issubclass(m, Owned)),
]
MODELS = {object_type(model): model for model in NOUNS}


class RestoreForm(ModelActionForm):
    external_id = forms.TypedChoiceField(
        label="External id",
        choices=[("keep", "Keep it"), ("drop", "Restore without it")],
        coerce=lambda choice: ExternalId(drop=choice == "drop"),
        initial="keep",
        widget=forms.RadioSelect,
    )
    catch_up = forms.BooleanField(
        label="Count the billing periods that ended meanwhile",
        initial=True,
        required=False,
        help_text="Otherwise the subscriptions continue as after a pause.",
    )


class RestoreAction(ModelAction):
    allowed_permissions = ("restore",)

    def _run_locked(self, record: Model, data: Mapping[str, object]) -> None:
        """No lock: events do not change, and a restoration locks its object."""
        self.run(record, **data)


def restore(
    record: DeletionEvent, *, external_id: ExternalId, catch_up: bool, **_: object
) -> None:
    deletion(record).restore(external_id=external_id, catch_up=catch_up)


def deletion(record: DeletionEvent) -> Deletion:
    """The deletion of an event; a deleted organization's setting is in the event."""
    days = record.restore_days
    if days is None:
        days = record.data.get("restore_days", 0)
    return Deletion(record, MODELS[record.object_type], days)


def is_restorable(record: DeletionEvent) -> bool:
    return deletion(record).state is DeletionState.RESTORABLE


@admin.register(DeletionEvent)
class DeletionAdmin(EventAdmin):
    list_display = ("created_at", "type", "name", "state", "who", "reason", "owner")
    fields: ClassVar = (
        ("created_at", "type"),
        ("state", "until"),
        "counts",
        ("owner", "what"),
        ("who", "reason"),
        "after",
    )
    readonly_fields = (*EventAdmin.readonly_fields, "state", "until", "counts")
    actions = (
        RestoreAction(
            "restore",
            "Restore…",
            "restored",
            restore,
            form=RestoreForm,
            available=is_restorable,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet:
        names = {"owner_name": "name", "owner_is_test": "is_test"}
        names["restore_days"] = "restore_days"
        owned = {name: of_owner(field) for name, field in names.items()}
        rows: QuerySet = deletion_events(NOUNS).annotate(**owned)
        return rows

    def has_restore_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("fluxrate.change_deletionevent")

    def object_actions(self, request: HttpRequest, record: Model) -> list[ModelAction]:
        restorable = isinstance(record, DeletionEvent) and is_restorable(record)
        may_restore = restorable and self.has_restore_permission(request)
        return list(self.actions) if may_restore else []

    def label(self, record: Model) -> str:
        return self.name(record)  # type: ignore[arg-type]

    @admin.display(description="name")
    def name(self, record: DeletionEvent) -> str:
        name = record.data.get("name") or record.data.get("plan_name")
        return str(name or record.object_id)

    @admin.display(description="state")
    def state(self, record: DeletionEvent) -> str:
        state = deletion(record).state
        return badge(state.value, state.label)

    @admin.display(description="restorable until")
    def until(self, record: DeletionEvent) -> str:
        return f"{deletion(record).restorable_until:%Y-%m-%d %H:%M}"

    @admin.display(description="deleted")
    def counts(self, record: DeletionEvent) -> str:
        return ", ".join(
            f"{count['total']} {noun}"
            for noun, count in deletion(record).counts().items()
        )
