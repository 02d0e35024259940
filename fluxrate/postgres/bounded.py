"""Bounds of every time of a model, which PostgreSQL enforces.

PostgreSQL holds `infinity` and the years 4713 BC to 294276 AD. Python holds the years
1 to 9999, so one such value would make every list that shows its row fail.
"""

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db.models import CheckConstraint, DateField, DateTimeField, Model, Q
from django.db.models.signals import class_prepared
from django.dispatch import receiver

from fluxrate.times import EARLIEST, LATEST

# Ends of periods lie after the times that callers send; adding a pause to one of these
# still gives a year that Python can hold.
FURTHEST = datetime(5000, 1, 1, tzinfo=UTC)


class BoundedTimes(Model):
    """Every column of a time or a date has a CHECK.

    `computed_times`, which are computed from other times, may reach the year 5000.
    """

    computed_times: ClassVar[frozenset[str]] = frozenset()

    class Meta:
        abstract = True


@receiver(class_prepared)
def add_bounds(sender: type[Model], **_: object) -> None:
    """Add the constraints to a model as if its Meta declared them."""
    if not issubclass(sender, BoundedTimes):
        return
    options = sender._meta
    bounds = [
        in_range(str(options.model_name), field, sender.computed_times)
        for field in options.local_concrete_fields
        if isinstance(field, DateField)
    ]
    options.constraints = [*options.constraints, *bounds]
    # Migrations read the constraints of models whose Meta has the option.
    options.original_attrs["constraints"] = options.constraints


def in_range(
    model: str, field: "DateField[Any, Any]", computed: frozenset[str]
) -> CheckConstraint:
    low, high = EARLIEST, FURTHEST if field.name in computed else LATEST
    first, end = (
        (low, high) if isinstance(field, DateTimeField) else (low.date(), high.date())
    )
    return CheckConstraint(
        condition=Q((f"{field.name}__gte", first), (f"{field.name}__lt", end)),
        name=f"{model}_{field.name}_in_range",
        violation_error_code="range",
        violation_error_message=(
            f"{field.name}: A time from {low:%Y} to before {high:%Y} is needed."
        ),
    )
