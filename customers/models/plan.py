from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import CheckConstraint, Index, Q, UniqueConstraint

from customers.fields import CurrencyField
from fluxrate.models import Owned
from fluxrate.postgres.constraints import PrimaryKey, known_choice, visible_text
from fluxrate.text import LineField, TextField


class BillingInterval(models.TextChoices):
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


class PlanType(models.TextChoices):
    FIXED = "FIXED"
    USAGE = "USAGE"
    HYBRID = "HYBRID"


class Plan(Owned):
    """The terms that a customer subscribes to."""

    Type = PlanType
    revert_scope = "subscriptions"

    name = LineField(max_length=255)
    lookup_id = LineField(
        max_length=255, null=True, blank=True, help_text="The client's own id."
    )
    type = models.CharField(max_length=6, choices=PlanType, default=PlanType.FIXED)
    billing_interval = models.CharField(
        max_length=5, choices=BillingInterval, default=BillingInterval.MONTH
    )
    currency = CurrencyField(default="USD", help_text="ISO 4217.")
    trial_days = models.PositiveSmallIntegerField(
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text="0 to 3650; 0 means no trial.",
    )
    description = TextField(max_length=2000, null=True, blank=True)
    is_active = models.BooleanField(
        default=True, help_text="An inactive plan takes no new subscriptions."
    )

    class Meta(Owned.Meta):
        permissions = [("export_plan", "Can export plans")]
        constraints = [
            PrimaryKey(
                fields=["organization", "id"],
                name="plan_in_organization",
                violation_error_code="conflict",
                violation_error_message="A plan with this id exists already.",
            ),
            UniqueConstraint(
                fields=["organization", "lookup_id"],
                name="plan_lookup_id_taken",
                violation_error_code="lookup_id_taken",
                violation_error_message="Another plan has this lookup_id.",
            ),
            known_choice("type", PlanType, name="plan_type_known"),
            known_choice(
                "billing_interval", BillingInterval, name="plan_billing_interval_known"
            ),
            CheckConstraint(
                condition=Q(currency__regex="^[A-Z]{3}$"),
                name="plan_currency_is_code",
                violation_error_code="unknown_currency",
                violation_error_message=(
                    "currency: Three upper-case letters are needed (ISO 4217)."
                ),
            ),
            CheckConstraint(
                condition=Q(trial_days__gte=0, trial_days__lte=3650),
                name="plan_trial_days_bounded",
                violation_error_code="range",
                violation_error_message="trial_days: 0 to 3650 days are possible.",
            ),
            visible_text("name", name="plan_has_a_name"),
            visible_text("lookup_id", name="plan_lookup_id_not_empty"),
        ]
        indexes = [
            Index(fields=["id"], name="plan_id"),
            Index(fields=["organization", "name", "id"], name="plan_name"),
        ]

    def __str__(self) -> str:
        return self.name
