"""Responses that are stored with their effect, to be replayed to a retry."""

import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Self

import orjson
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import connection, models
from django.db.models.functions import Now

from fluxrate.errors import RuleBroken

LIFETIME = timedelta(hours=24)
ERASED = 0

# The lock is taken after the statement's snapshot, so a parallel request that ends in
# between is invisible; the INSERT below then meets its row and stores nothing.
_FIND = """
    SELECT pg_try_advisory_xact_lock(%s), fingerprint, status, headers, body
    FROM (VALUES (1)) AS one
    LEFT JOIN fluxrate_storedresponse
        ON id = %s AND created_at > statement_timestamp() - interval '24 hours'
"""
_STORE = """
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
        return self.filter(created_at__lte=Now() - LIFETIME)


class StoredResponse(models.Model):
    """The first response to an idempotency key; `id` hashes the key and its scope.

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
            # Without a pending list, which every deletion would read.
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
    """A key in its scope, locked by one transaction at a time."""

    id: uuid.UUID
    organization_id: uuid.UUID
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

    def store(self, response: ResponseData) -> None:
        """Store the response; KeyInFlight if a parallel request has stored its own."""
        headers = orjson.dumps(response.headers).decode()
        mentions = list(response.mentions)
        key = (self.id, self.organization_id, self.fingerprint)
        stored = (response.status, headers, response.body, mentions)
        with connection.cursor() as cursor:
            cursor.execute(_STORE, (*key, *stored))
            if not cursor.rowcount:
                raise KeyInFlight

    def release(self) -> None:
        """Free the key, whose request changed nothing."""
        StoredResponse.objects.filter(pk=self.id).delete()
