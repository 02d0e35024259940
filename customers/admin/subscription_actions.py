"""The verbs of a subscription, as its own table of transitions has them."""

from datetime import datetime
from typing import Any

from django import forms
from django.contrib import admin

from customers.models import Plan, Subscription
from customers.models.plan import BillingInterval
from fluxrate.admin.dates import ISODateTimeField
from fluxrate.admin.verbs import Verb, VerbForm
from fluxrate.admin.widgets import Suggest
from fluxrate.times import validate_time


class CancelForm(VerbForm):
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

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        return given | {"cancel_at_period_end": given.pop("when", "") != "now"}


class PauseForm(VerbForm):
    resumes_at = ISODateTimeField(
        required=False,
        validators=[validate_time],
        help_text="Until somebody resumes it, when nothing is given. UTC.",
    )


class ExtendTrialForm(VerbForm):
    trial_end_date = ISODateTimeField(
        validators=[validate_time],
        help_text="Later than the trial's present end. UTC.",
    )


class ChangePlanForm(VerbForm):
    """Suggests the plans of the organization of what was chosen first."""

    billing_interval = forms.TypedChoiceField(
        choices=[("", "The plan's"), *BillingInterval.choices],
        required=False,
        empty_value=None,
    )
    at_period_end = forms.BooleanField(required=False, label="At the end of the period")

    def __init__(self, *args: Any, records: Any = (), **options: Any) -> None:
        super().__init__(*args, records=records, **options)
        owner = records[0].organization_id if records else None
        column = Subscription._meta.get_field("plan")
        plan = forms.ModelChoiceField(
            Plan.objects.all(),
            widget=Suggest(column, admin.site, organization=owner),
        )
        self.fields = {"plan": plan, **self.fields}


FORMS = {
    "cancel": CancelForm,
    "pause": PauseForm,
    "extend-trial": ExtendTrialForm,
    "change-plan": ChangePlanForm,
}
DONE = {
    "cancel": "canceled",
    "uncancel": "no longer to be canceled",
    "pause": "paused",
    "resume": "resumed",
    "mark-past-due": "marked past due",
    "mark-paid": "marked paid",
    "activate": "activated",
    "extend-trial": "extended",
    "change-plan": "moved to the plan",
    "remove-scheduled-change": "to keep the plan",
}


def _verb(name: str) -> Verb:
    def do(
        subscription: Subscription, *, at: datetime, reason: str, **given: Any
    ) -> None:
        subscription.catch_up(at=at)
        if name == "cancel":
            given["reason"] = reason or None
        getattr(subscription, name.replace("-", "_"))(at=at, **given)

    def offered(subscription: Subscription) -> bool:
        return name in {each["name"] for each in subscription.available_actions}

    return Verb(
        name.replace("-", "_"),
        f"{name.replace('-', ' ').capitalize()}…",
        DONE[name],
        do,
        FORMS.get(name, VerbForm),
        offered,
        lambda subscription: subscription.organization.now(),
    )


VERBS = tuple(_verb(name) for name in DONE)
