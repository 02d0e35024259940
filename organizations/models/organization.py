from datetime import UTC, datetime

from django.db import connection, models
from django.db.models import Q

from fluxrate.models.recorded import Recorded
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LineField

TABLE = "organizations_organization"


class Organization(Recorded):
    """The tenant: it owns its customers, plans and subscriptions."""

    name = LineField(max_length=255)
    is_test = models.BooleanField(
        default=False,
        help_text="Whether the organization has a clock, which only its callers move.",
    )
    clock_at = models.DateTimeField(
        null=True, editable=False, help_text="The time of a test organization."
    )

    class Meta(Recorded.Meta):
        triggers = [
            *history_triggers(owner="id"),
            *response_erasure_triggers(of_organizations=True),
        ]
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_test=True, clock_at__isnull=False)
                | Q(is_test=False, clock_at__isnull=True),
                name="organization_clock_if_test",
                violation_error_code="invalid",
                violation_error_message=(
                    "is_test: A test organization has a clock, and no other has one."
                ),
            ),
            ConstraintTrigger(
                name="organization_test_for_good",
                events="UPDATE OF is_test",
                when="OLD.is_test AND NOT NEW.is_test",
                row="NEW",
                lock=TABLE,
                owner="id",
                violated_when="true",
                violation_error_code="test_for_good",
                violation_error_message="is_test: A test organization stays one.",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clock_after(self, *, is_test: bool, at: datetime) -> datetime | None:
        """`clock_at` after a change of `is_test`: a test clock begins at `at`."""
        if is_test == self.is_test:
            return self.clock_at
        return at if is_test else None

    def lock(self) -> None:
        """Lock the row until the transaction ends; its team and keys do not change.

        Rows that refer to it can still be added (FOR NO KEY UPDATE).
        """
        rows = Organization.objects.select_for_update(no_key=True)
        rows.only("pk").get(pk=self.pk)

    def now(self) -> datetime:
        """The time for its subscriptions: `clock_at` of a test organization, else now.

        A test clock is locked until the transaction ends (FOR SHARE).
        """
        if not self.is_test:
            return datetime.now(UTC)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT clock_at FROM {TABLE} WHERE id = %s FOR SHARE", [self.pk]
            )
            row = cursor.fetchone()
        return row[0] if row else datetime.now(UTC)
