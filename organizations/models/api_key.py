"""API keys, with which the programs of an organization authenticate."""

import hashlib
import secrets
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import DatabaseError, models, transaction
from django.db.models import CheckConstraint, F, Func, Index, Q, UniqueConstraint

from fluxrate.errors import RuleBroken
from fluxrate.models.owned import Owned
from fluxrate.models.querysets import OwnedQuerySet
from fluxrate.postgres.constraint_triggers import ConstraintTrigger
from fluxrate.postgres.constraints import visible_text
from fluxrate.postgres.triggers import history_triggers
from fluxrate.text import LineField

from .organization import Organization

# By `is_test` of the organization when the key is issued.
KEY_PREFIXES = {False: "org_live_", True: "org_test_"}
PREFIX_LENGTH = len(KEY_PREFIXES[False]) + 8
MAX_ACTIVE_KEYS = 100
USE_INTERVAL = timedelta(minutes=1)


def sha256(secret: str) -> bytes:
    """The hash under which a random secret is stored; a slow one would gain nothing."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


class Scope(models.TextChoices):
    """The scopes that a key may have."""

    CUSTOMERS_READ = "customers.read"
    CUSTOMERS_WRITE = "customers.write"
    SUBSCRIPTIONS_READ = "subscriptions.read"
    SUBSCRIPTIONS_WRITE = "subscriptions.write"
    EVENTS_READ = "events.read"
    USAGE_READ = "usage.read"
    USAGE_WRITE = "usage.write"


def _live(at: datetime | Func) -> Q:
    return Q(Q(expires_at=None) | Q(expires_at__gt=at), revoked_at=None)


class ApiKeyQuerySet(OwnedQuerySet["ApiKey"]):
    def live(self, *, at: datetime | Func) -> Self:
        """Neither revoked nor expired."""
        return self.filter(_live(at))

    def in_status(self, *statuses: str, at: datetime) -> Self:
        """Keys that are in one of the statuses at a time."""
        conditions = {
            ApiKey.Status.ACTIVE: _live(at),
            ApiKey.Status.REVOKED: Q(revoked_at__isnull=False),
            ApiKey.Status.EXPIRED: Q(revoked_at=None, expires_at__lte=at),
        }
        return self.filter(
            reduce(or_, (conditions[ApiKey.Status(s)] for s in statuses))
        )

    def record_use(self, *, at: datetime) -> None:
        """Set `last_used_at`, at most once a minute.

        A row that is locked is skipped, and an error of the database is ignored: a
        standby, for example, cannot be written to.
        """
        stale = Q(last_used_at=None) | Q(last_used_at__lte=at - USE_INTERVAL)
        rows = self.filter(stale).select_for_update(skip_locked=True, no_key=True)
        try:
            with transaction.atomic():
                ApiKey.objects.filter(pk__in=rows.values("pk")).update(last_used_at=at)
        except DatabaseError:
            return


class ApiKey(Owned):
    """A program's credential, with its own scopes. Only its SHA-256 is stored."""

    class Status(models.TextChoices):
        ACTIVE = "ACTIVE"
        REVOKED = "REVOKED"
        EXPIRED = "EXPIRED"

    class NotActive(RuleBroken):
        code = "api_key_not_active"
        message = "This key is revoked or expired. Create a new one."

    class AlreadyRotated(RuleBroken):
        code = "api_key_already_rotated"
        message = "This key was rotated before. Rotate its successor."

    name = LineField(max_length=255)
    prefix = models.CharField(
        max_length=PREFIX_LENGTH,
        editable=False,
        help_text="The first characters of the key.",
    )
    key_hash = models.BinaryField(max_length=32, editable=False)
    scopes = ArrayField(models.CharField(max_length=32, choices=Scope))
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(
        null=True, editable=False, help_text="To the minute."
    )
    revoked_at = models.DateTimeField(null=True, editable=False)
    replaces = models.OneToOneField(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        editable=False,
        related_name="replaced_by",
    )

    # Not a column: only the instance that `issue` returns has it.
    secret: str | None = None

    objects: ClassVar = ApiKeyQuerySet.as_manager()

    class Meta(Owned.Meta):
        verbose_name = "API key"
        verbose_name_plural = "API keys"
        triggers = history_triggers(
            secret=["key_hash"],
            unrecorded=["last_used_at"],
            event_types={"revoked_at": "revoked"},
        )
        indexes = [
            Index(fields=["organization", "id"], name="api_key_organization"),
            Index(
                fields=["expires_at"],
                condition=Q(expires_at__isnull=False, revoked_at__isnull=True),
                name="api_key_expiry",
            ),
        ]
        constraints = [
            UniqueConstraint(
                fields=["key_hash"],
                name="api_key_hash",
                violation_error_code="conflict",
                violation_error_message="This key exists already. Make another one.",
            ),
            CheckConstraint(
                condition=Q(scopes__contained_by=Scope.values) & Q(scopes__len__gt=0),
                name="api_key_scopes_known",
                violation_error_code="invalid_choice",
                violation_error_message=(
                    "scopes: At least one scope, and only known scopes."
                ),
            ),
            CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")),
                name="api_key_expires_later",
                violation_error_code="in_the_past",
                violation_error_message="expires_at: This must lie in the future.",
            ),
            visible_text("name", name="api_key_has_a_name"),
            ConstraintTrigger(
                name="api_key_limit",
                events="INSERT OR UPDATE OF organization_id, revoked_at, expires_at",
                when="NEW.revoked_at IS NULL",
                row="NEW",
                lock="organizations_organization",
                violated_when=f"""{MAX_ACTIVE_KEYS} < (
                    SELECT count(*) FROM organizations_apikey
                    WHERE organization_id = NEW.organization_id
                    AND revoked_at IS NULL
                    AND (expires_at IS NULL OR expires_at > clock_timestamp())
                )""",
                violation_error_code="too_many_api_keys",
                violation_error_message=(
                    f"An organization has at most {MAX_ACTIVE_KEYS} active keys. "
                    "Revoke one that nobody uses."
                ),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"

    @classmethod
    def issue(
        cls,
        *,
        organization: Organization,
        name: str,
        scopes: list[str],
        **fields: object,
    ) -> Self:
        """Save a new key. Only the returned instance has its `secret`."""
        secret = KEY_PREFIXES[organization.is_test] + secrets.token_urlsafe(32)
        key = cls(
            organization=organization,
            name=name,
            scopes=[scope for scope in Scope.values if scope in scopes],
            prefix=secret[:PREFIX_LENGTH],
            key_hash=sha256(secret),
            **fields,
        )
        key.save(force_insert=True)
        key.secret = secret
        return key

    def rotate(self, *, at: datetime, overlap: timedelta) -> Self:
        """Issue a successor with the same name, scopes and lifetime.

        This key stays active for the overlap, or until it expires if that is earlier.
        """
        if self.status(at=at) != self.Status.ACTIVE:
            raise self.NotActive
        if ApiKey.objects.filter(replaces=self).exists():
            raise self.AlreadyRotated
        lifetime = self.expires_at and self.expires_at - self.created_at
        if overlap:
            self.expires_at = min(at + overlap, self.expires_at or at + overlap)
            self.save(update_fields=["expires_at"])
        else:
            self.revoke(at=at)
        return self.issue(
            organization=self.organization,
            name=self.name,
            scopes=self.scopes,
            expires_at=lifetime and at + lifetime,
            replaces=self,
        )

    def revoke(self, *, at: datetime) -> None:
        """Refuse the key from the next request on."""
        if self.revoked_at is None:
            self.revoked_at = at
            self.save(update_fields=["revoked_at"])

    def status(self, *, at: datetime) -> Status:
        if self.revoked_at is not None:
            return self.Status.REVOKED
        if self.expires_at is not None and self.expires_at <= at:
            return self.Status.EXPIRED
        return self.Status.ACTIVE

    def is_use_recorded(self, *, at: datetime) -> bool:
        """Whether `last_used_at` is less than a minute old."""
        return bool(self.last_used_at and self.last_used_at > at - USE_INTERVAL)
