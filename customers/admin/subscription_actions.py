"""The actions of a subscription in the admin, from the table of its actions."""

from collections.abc import Sequence
from typing import cast

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import QueryDict
from django.utils.translation import gettext_lazy as _

from customers.models import Plan, Subscription
from customers.models.plan import BillingInterval
from customers.models.subscription_actions import ACTIONS, Action
from customers.models.subscription_queryset import SubscriptionQuerySet
from fluxrate.admin.actions import ModelAction, ModelActionForm, Outcomes
from fluxrate.admin.fields import ISODateTimeField
from fluxrate.admin.widgets import OrganizationAutocomplete
from fluxrate.times import validate_time

from .metadata_actions import METADATA_ACTIONS


class CancelForm(ModelActionForm):
    when = forms.TypedChoiceField(
        choices=[
            ("period_end", "At the end of the period: until then it goes on"),
            ("now", "Now: it ends at once"),
        ],
        required=False,
        initial="period_end",
        empty_value="period_end",
        widget=forms.RadioSelect,
    )

    def clean(self) -> dict[str, object]:
        data = super().clean() or self.cleaned_data
        return data | {"cancel_at_period_end": data.pop("when", "") != "now"}


class PauseForm(ModelActionForm):
    resumes_at = ISODateTimeField(
        required=False,
        validators=[validate_time],
        help_text="Default: until somebody resumes it.",
    )


class ExtendTrialForm(ModelActionForm):
    trial_end_date = ISODateTimeField(
        validators=[validate_time],
        help_text="A time after the present end of the trial.",
    )


class ChangePlanForm(ModelActionForm):
    """Suggests the plans of the first subscription's organization."""

    billing_interval = forms.TypedChoiceField(
        choices=[("", "The plan's"), *BillingInterval.choices],
        required=False,
        empty_value=None,
    )
    at_period_end = forms.BooleanField(required=False, label="At the end of the period")

    def __init__(
        self, data: QueryDict | None = None, *, records: Sequence[Model] = ()
    ) -> None:
        super().__init__(data, records=records)
        first = next(iter(records), None)
        owner = first.organization_id if isinstance(first, Subscription) else None
        column = Subscription._meta.get_field("plan")
        plan = forms.ModelChoiceField(
            Plan.objects.all(),
            widget=OrganizationAutocomplete(column, admin.site, organization=owner),
            help_text=_("Subscriptions of other organizations are refused."),
        )
        self.fields = {"plan": plan, **self.fields}


# The forms of the actions that need more than a reason, by the action's name.
ACTION_FORMS: dict[str, type[ModelActionForm]] = {
    "cancel": CancelForm,
    "pause": PauseForm,
    "extend-trial": ExtendTrialForm,
    "change-plan": ChangePlanForm,
}


def _admin_action(action: Action) -> ModelAction:
    def run_many(rows: QuerySet, *, reason: str, **data: object) -> Outcomes:
        if action.name == "cancel":
            data["reason"] = reason or None
        subscriptions = cast(SubscriptionQuerySet, rows)
        return Outcomes(*subscriptions.perform(action, **data))

    def why_not(subscription: Subscription) -> str:
        refusal = action.now.refusal(subscription.state)
        return refusal.reason if refusal else ""

    return ModelAction(
        action.method,
        f"{action.name.replace('-', ' ').capitalize()}…",
        action.past_participle,
        form=ACTION_FORMS.get(action.name, ModelActionForm),
        available=lambda subscription: not why_not(subscription),
        run_many=run_many,
        refusal=why_not,
    )


ADMIN_ACTIONS = (*map(_admin_action, ACTIONS), *METADATA_ACTIONS)
