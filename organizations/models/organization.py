import uuid
from datetime import UTC, datetime

from django.core.validators import MaxValueValidator
from django.db import connection, models, transaction
from django.db.models import Q

from fluxrate.history.cascade import rows_below
from fluxrate.models.event import Event
from fluxrate.models.owned import Owned
from fluxrate.models.querysets import LimitedQuerySet
from fluxrate.models.recorded import DeletionWarning, Recorded, RowCounts
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.triggers import history_triggers, response_erasure_triggers
from fluxrate.text import LineField

TABLE = "organizations_organization"
MAX_RESTORE_DAYS = 365


class OrganizationQuerySet(LimitedQuerySet["Organization"]):
    def within(self, organizations: tuple[uuid.UUID, ...]) -> Q:
        return Q(pk__in=organizations)


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

    require_deletion_preview = models.BooleanField(
        default=False,
        help_text="Whether a deletion over the API needs the token of its preview.",
    )
    restore_days = models.PositiveSmallIntegerField(
        default=30,
        validators=[MaxValueValidator(MAX_RESTORE_DAYS)],
        help_text="Days within which a deletion can be undone, 0 to 365; 0 is never.",
    )

    objects = OrganizationQuerySet.as_manager()

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
            models.CheckConstraint(
                condition=Q(restore_days__gte=0, restore_days__lte=MAX_RESTORE_DAYS),
                name="organization_restore_days_bounded",
                violation_error_code="range",
                violation_error_message="restore_days: 0 to 365 days are possible.",
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

    def delete(self, *_args: object, **_options: object) -> tuple[int, dict[str, int]]:
        """Delete the organization and all of its rows: one statement for each table.

        Django's own deletion would load every customer.
        """
        deleted: dict[str, int] = {}
        with transaction.atomic(), connection.cursor() as cursor:
            for model, rows in reversed(rows_below(self).items()):
                sql, parameters = rows.values("pk").query.sql_with_params()
                table = connection.ops.quote_name(model._meta.db_table)
                condition = f"id IN ({sql})"
                if issubclass(model, Owned):
                    condition += " AND organization_id = %s"
                    parameters = (*parameters, self.pk)
                cursor.execute(f"DELETE FROM {table} WHERE {condition}", parameters)
                deleted[model._meta.label] = int(cursor.rowcount)
        return sum(deleted.values()), deleted

    def deletion_warnings(self, counts: RowCounts) -> list[DeletionWarning]:
        """All access ends, and only staff can restore an organization."""
        members = counts.get("members", {"total": 0, "by_status": {}})["total"]
        message = "Nobody can log in to the organization, and only staff restore it."
        return [{"code": "access_ends", "message": message, "count": members}]

    def now_at(self, at: datetime) -> datetime:
        """The time for its subscriptions at an earlier time, from its history."""
        event = Event.objects.owned_by(self).as_of(self.pk, at=at)
        clock_at = event.restore(Organization).clock_at if event else None
        return clock_at or at

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
