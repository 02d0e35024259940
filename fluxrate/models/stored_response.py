"""Answers that are kept with what they did, to be given again to a retry."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Self

import orjson
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models.functions import Now

from fluxrate.errors import RuleBroken

KEPT_FOR = timedelta(hours=24)
ERASED = 0

# The lock is taken after the statement's snapshot, so a twin that ends in between is
# not seen; then the insertion below finds its row and refuses.
_FIND = """
    SELECT pg_try_advisory_xact_lock(%s), fingerprint, status, headers, body
    FROM (VALUES (1)) AS one
    LEFT JOIN fluxrate_storedresponse
        ON id = %s AND created_at > statement_timestamp() - interval '24 hours'
"""
_KEEP = """
    INSERT INTO fluxrate_storedresponse AS stored
        (id, organization_id, fingerprint, status, headers, body, mentions)
    VALUES (%s, %s, %s, %s, %s, %s, %s)
    ON CONFLICT (id) DO UPDATE SET
        fingerprint = excluded.fingerprint, status = excluded.status,
        headers = excluded.headers, body = excluded.body, mentions = excluded.mentions,
        created_at = excluded.created_at
    WHERE stored.created_at <= statement_timestamp() - interval '24 hours'
"""


class KeyInFlight(RuleBroken):
    code = "idempotency_key_in_flight"
    message = "The first request with this Idempotency-Key is still running."


class KeyReused(RuleBroken):
    status = 422
    code = "idempotency_key_reused"
    message = "This Idempotency-Key came with another body before."


class KeyErased(RuleBroken):
    code = "idempotency_key_erased"
    message = (
        "The object that this Idempotency-Key created was deleted, and the stored "
        "response with it. Use a new key to create another."
    )


class StoredResponseQuerySet(models.QuerySet):
    def expired(self) -> Self:
        return self.filter(created_at__lte=Now() - KEPT_FOR)


class StoredResponse(models.Model):
    """The first answer to an idempotency key; `id` hashes the key and its scope.

    Deleting a row that it mentions empties it (the trigger `erase_stored_responses`):
    the status becomes 0, and the key stays in use.
    """

    id = models.UUIDField(primary_key=True)
    organization_id = models.UUIDField()
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    mentions = ArrayField(models.UUIDField(), default=list)
    created_at = models.DateTimeField(db_default=Now())

    objects = StoredResponseQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["created_at"], name="stored_response_created"),
            # Whatever waits in a list would be read by every deletion.
            GinIndex(
                fields=["mentions"], name="stored_response_mentions", fastupdate=False
            ),
        ]

    def __str__(self) -> str:
        return str(self.pk)


@dataclass(frozen=True, slots=True)
class ResponseData:
    status: int
    headers: dict[str, str]
    body: bytes
    mentions: frozenset[uuid.UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key in its scope, held by one transaction at a time."""

    id: uuid.UUID
    organization_id: Any
    fingerprint: bytes

    def find(self) -> ResponseData | None:
        """The stored response; None if this transaction is the first with the key.

        Raises KeyInFlight, KeyReused or KeyErased.
        """
        lock = int.from_bytes(self.id.bytes[:8], signed=True)
        with connection.cursor() as cursor:
            cursor.execute(_FIND, [lock, self.id])
            first, fingerprint, status, headers, body = cursor.fetchone()
        if status is None:
            if not first:
                raise KeyInFlight
            return None
        if bytes(fingerprint) != self.fingerprint:
            raise KeyReused
        if status == ERASED:
            raise KeyErased
        return ResponseData(status, orjson.loads(headers), bytes(body))

    def keep(self, answer: ResponseData) -> None:
        """Keep the answer; KeyInFlight where a twin has kept its own."""
        headers = orjson.dumps(answer.headers).decode()
        row = [self.id, self.organization_id, self.fingerprint]
        row += [answer.status, headers, answer.body, list(answer.mentions)]
        with connection.cursor() as cursor:
            cursor.execute(_KEEP, row)
            if not cursor.rowcount:
                raise KeyInFlight

    def release(self) -> None:
        """Forget the key: what came with it was not done."""
        StoredResponse.objects.filter(pk=self.id).delete()
